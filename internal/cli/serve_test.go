package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"inkstone/internal/certify"
	"inkstone/tracker"
	"inkstone/tracker/remote"
)

func TestTokensFromTheCommandLine(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	r := inkstone(t, "token", "create", "wall screen", "--store", store, "--expires", "90d")
	if r.status != 0 || !regexp.MustCompile(`^inkstone_[a-z2-7]{52}\n$`).MatchString(r.stdout) || !strings.Contains(r.stderr, `"wall screen" may read, until `) {
		t.Fatalf("got %+v", r)
	}
	mustRun(t, "token", "create", "ci", "--role", "write", "--store", store)
	if list := mustRun(t, "token", "list", "--store", store); !regexp.MustCompile(`(?m)^ci +write +\S+ +never +until it is revoked$`).MatchString(list) || strings.Contains(list, strings.TrimSpace(r.stdout)[9:]) {
		t.Errorf("the list says\n%s", list)
	}
	var listed []tracker.Token
	if err := json.Unmarshal([]byte(mustRun(t, "token", "list", "--json", "--store", store)), &listed); err != nil || len(listed) != 2 || listed[1].Name != "wall screen" {
		t.Errorf("got %+v, %v", listed, err)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a name twice":   {[]string{"create", "ci"}, "revoke it"},
		"a role":         {[]string{"create", "x", "--role", "admin"}, "read and write"},
		"a time":         {[]string{"create", "x", "--expires", "soon"}, "90d or 12h"},
		"no name":        {[]string{"create"}, "NAME"},
		"revoke no one":  {[]string{"revoke", "nobody"}, "inkstone token list"},
		"a subcommand":   {[]string{"creat"}, "inkstone token create"},
		"negative times": {[]string{"create", "x", "--expires", "-3d"}, "90d or 12h"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"token"}, c.args...)
			if c.args[0] != "creat" {
				args = append(args, "--store", store)
			}
			if r := inkstone(t, args...); r.status != 2 || !strings.Contains(r.stderr, c.says) || r.stdout != "" {
				t.Errorf("got %+v", r)
			}
		})
	}
	if out := mustRun(t, "token", "revoke", "ci", "--store", store); out != "revoked \"ci\"\n" {
		t.Errorf("got %q", out)
	}
}

func TestServingBeyondThisMachineIsRefusedWithTheRemedy(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	cert, key := certify.Files(t, t.TempDir(), time.Hour, "localhost")
	_, otherKey := certify.Files(t, t.TempDir(), time.Hour, "localhost")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no certificate":         {[]string{"--addr", "0.0.0.0:0"}, "--tls-cert"},
		"every address":          {[]string{"--addr", ":0"}, "--tls-cert"},
		"no token":               {[]string{"--addr", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key}, "inkstone token create NAME --role write --store " + store},
		"no token for a name":    {[]string{"--addr", "127.0.0.1:0", "--host", "lab.example"}, "inkstone token create"},
		"no token, though asked": {[]string{"--addr", "127.0.0.1:0", "--require-token"}, "inkstone token create"},
		"no key":                 {[]string{"--addr", "127.0.0.1:0", "--tls-cert", cert}, "go together"},
		"another key":            {[]string{"--addr", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", otherKey}, "does not match"},
		"no address":             {[]string{"--addr", "here"}, "host:port"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := inkstone(t, append([]string{"serve", "--store", store}, c.args...)...); r.status != 2 || !strings.Contains(r.stderr, c.says) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// served is a running `inkstone serve`.
type served struct {
	cmd *exec.Cmd
	url string
}

// startServing serves a store until the test's end.
func startServing(t *testing.T, args ...string) served {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"serve"}, args...)...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	found := regexp.MustCompile(`dashboard: (\S+)/ `).FindStringSubmatch(line)
	if err != nil || found == nil {
		rest, _ := io.ReadAll(out)
		t.Fatalf("it says %q, %v\n%s", line, err, rest)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return served{cmd, found[1]}
}

// TestRecordingOverTLSWithAToken serves on every address of this machine, and has `inkstone sync` send a journal there.
func TestRecordingOverTLSWithAToken(t *testing.T) {
	journal, store, run := leftBehind(t)
	cert, key := certify.Files(t, t.TempDir(), time.Hour, "localhost", "127.0.0.1")
	token := func(name, role string) string {
		return strings.TrimSpace(mustRun(t, "token", "create", name, "--role", role, "--store", store))
	}
	reader, writer := token("wall", "read"), token("slurm", "write")
	s := startServing(t, "--store", store, "--addr", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://localhost:") {
		t.Fatalf("it serves %s", s.url)
	}
	plain := "http" + strings.TrimPrefix(s.url, "https")
	if answer, err := http.Get(plain); err == nil {
		answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: status %d", answer.StatusCode)
		}
	}
	sync := func(server string, env ...string) result {
		t.Helper()
		t.Setenv("INKSTONE_TOKEN", "")
		t.Setenv("INKSTONE_CA", "")
		for _, e := range env {
			name, value, _ := strings.Cut(e, "=")
			t.Setenv(name, value)
		}
		r := inkstone(t, "sync", journal, "--server", server, "--patience", "300ms")
		for _, secret := range []string{reader, writer} {
			if strings.Contains(r.stdout+r.stderr, secret) {
				t.Errorf("a token is printed:\n%s%s", r.stdout, r.stderr)
			}
		}
		return r
	}
	for name, c := range map[string]struct {
		server string
		env    []string
		says   string
	}{
		"an unknown certificate": {s.url, []string{"INKSTONE_TOKEN=" + writer}, "INKSTONE_CA"},
		"no token":               {s.url, []string{"INKSTONE_CA=" + cert}, "Set INKSTONE_TOKEN"},
		"a wrong token":          {s.url, []string{"INKSTONE_CA=" + cert, "INKSTONE_TOKEN=inkstone_wrong"}, "INKSTONE_TOKEN is not valid there"},
		"a token that reads":     {s.url, []string{"INKSTONE_CA=" + cert, "INKSTONE_TOKEN=" + reader}, `"wall" may only read`},
		"in the clear":           {"http://lab.example:7433", []string{"INKSTONE_TOKEN=" + writer}, "https://"},
		"no file":                {s.url, []string{"INKSTONE_CA=nowhere.pem"}, "nowhere.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := sync(c.server, c.env...); r.status != 1 || !strings.Contains(r.stdout+r.stderr, c.says) {
				t.Errorf("got %+v", r)
			}
		})
	}
	if r := sync(s.url, "INKSTONE_CA="+cert, "INKSTONE_TOKEN="+writer); r.status != 0 {
		t.Fatalf("got %+v", r)
	}
	opened, err := tracker.Open(store, tracker.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if points, err := opened.Points(t.Context(), run, tracker.Series{Metric: "loss"}); err != nil || len(points) != 10 {
		t.Errorf("%d points arrived, %v", len(points), err)
	}
	t.Run("a trainer", func(t *testing.T) {
		client, err := remote.Open(remote.Config{URL: s.url, Dir: filepath.Join(t.TempDir(), "j"), Token: writer, CA: cert})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close(t.Context())
		created, err := client.CreateRun(t.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 2})
		if err != nil || created.ID == "" {
			t.Errorf("%+v, %v", created, err)
		}
		mustRun(t, "token", "revoke", "slurm", "--store", store)
		if _, err := client.FindRun(t.Context(), created.ID); err == nil || !strings.Contains(err.Error(), "not valid there") {
			t.Errorf("a revoked token: %v", err)
		}
	})
	files, err := filepath.Glob(filepath.Join(journal, "*"))
	if err != nil || len(files) == 0 {
		t.Errorf("the journal's files: %q, %v", files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), writer) {
			t.Errorf("%s keeps the token, or %v", file, err)
		}
	}
}
