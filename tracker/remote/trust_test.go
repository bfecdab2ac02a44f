package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inkstone/tracker"
)

func TestATokenGoesWhereNobodyReadsIt(t *testing.T) {
	for server, token := range map[string]string{
		"https://lab.example": "inkstone_a", "http://localhost:7433": "inkstone_a", "http://127.0.0.1:7433": "inkstone_a", "http://[::1]:7433": "inkstone_a",
		"http://lab.example": "", "http://lab.example#refused": "inkstone_a", "http://localhost.example#refused": "inkstone_a",
		"http://10.0.0.1#refused": "inkstone_a", "https://lab.example#refused": "inkstone a\n",
	} {
		server, refused := strings.CutSuffix(server, "#refused")
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		if err := mayCarry(u, token); refused != errors.Is(err, tracker.ErrInvalid) {
			t.Errorf("%q to %s: %v", token, server, err)
		}
	}
}

func TestFilesThatVouchForNobody(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.pem")
	if err := os.WriteFile(text, []byte("not a certificate"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{text, "nowhere.pem"} {
		if _, err := trusting(file); !errors.Is(err, tracker.ErrInvalid) || !strings.Contains(err.Error(), filepath.Base(file)) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestAClientWaitsAsLongAsTheServerAsks tells it to come back later.
func TestAClientWaitsAsLongAsTheServerAsks(t *testing.T) {
	for asked, want := range map[string]time.Duration{"7": 7 * time.Second, "": 50 * time.Millisecond / 2, "86400": mostWait, "soon": 50 * time.Millisecond / 2} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			err := rest(context.Background(), 50*time.Millisecond, &refusal{after: wait(&http.Response{Header: http.Header{"Retry-After": {asked}}})})
			if waited := time.Since(began); err != nil || waited < want || waited > 2*want {
				t.Errorf("asked to wait %q, it waited %v, %v", asked, waited, err)
			}
		})
	}
}
