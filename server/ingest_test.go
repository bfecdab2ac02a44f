package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// wire carries requests to a handler without a network, so that a test's clock may run ahead.
type wire struct{ handler http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	r.Host = "localhost"
	w.handler.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// remoteBench is a server, and a client that records to it.
type remoteBench struct {
	*testing.T
	store  *tracker.Store
	server *Server
}

func newRemoteBench(t *testing.T) *remoteBench {
	t.Helper()
	store, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Store: store})
	t.Cleanup(func() { s.holds.close(); store.Close() })
	return &remoteBench{t, store, s}
}

func (b *remoteBench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *remoteBench) client() *remote.Client {
	b.Helper()
	c, err := remote.Open(remote.Config{URL: "http://localhost", Dir: filepath.Join(b.TempDir(), "journal"), Transport: wire{b.server.Handler()}})
	b.must(err)
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func (b *remoteBench) begin(c *remote.Client, run string, resume *tracker.Resume) *remote.Attempt {
	b.Helper()
	a, err := c.BeginAttempt(b.Context(), run, tracker.AttemptInfo{}, resume)
	b.must(err)
	return a
}

func (b *remoteBench) put(a *remote.Attempt, sequence int64) {
	b.Helper()
	samples := []tracker.Sample{{Metric: "loss", Step: sequence, Value: float64(sequence)}}
	b.must(a.Sink().Append(b.Context(), tracker.Batch{Run: a.Run(), Attempt: a.Number(), Sequence: sequence, Samples: samples}))
}

func (b *remoteBench) create() string {
	b.Helper()
	r, err := b.store.CreateRun(b.Context(), tracker.NewRun{Experiment: "e", Variant: "v", Spec: json.RawMessage("{}")})
	b.must(err)
	return r.ID
}

func (b *remoteBench) expect(run string, want tracker.Status) {
	b.Helper()
	if r, err := b.store.Run(b.Context(), run); err != nil || r.Status != want {
		b.Errorf("the run is %s (%v), want %s", r.Status, err, want)
	}
}

func TestAnAttemptIsLostAfterASilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRemoteBench(t)
		run, client := b.create(), b.client()
		a := b.begin(client, run, nil)
		b.put(a, 1)
		time.Sleep(10 * time.Minute) // as a compilation may take
		b.expect(run, tracker.Running)
		b.must(client.Close(t.Context())) // and the process is gone
		time.Sleep(silence - 11*time.Second)
		b.expect(run, tracker.Running)
		time.Sleep(12 * time.Second)
		b.expect(run, tracker.Lost)
	})
}

// TestAnAttemptThatComesBackTooLate goes silent; another goes on, and what the first one still has is kept, and hidden.
func TestAnAttemptThatComesBackTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRemoteBench(t)
		run := b.create()
		line := &cable{wire: wire{b.server.Handler()}}
		first, err := remote.Open(remote.Config{URL: "http://localhost", Dir: filepath.Join(t.TempDir(), "journal"), Transport: line})
		b.must(err)
		a := b.begin(first, run, nil)
		b.put(a, 1)
		b.must(first.Flush(t.Context()))
		line.cut.Store(true)
		b.put(a, 2)
		b.must(a.End(t.Context(), tracker.Failed, "late"))
		other := b.client()
		if _, err := other.BeginAttempt(t.Context(), run, tracker.AttemptInfo{}, nil); !errors.Is(err, tracker.ErrConflict) {
			t.Errorf("got %v, want ErrConflict while the first one may come back", err)
		}
		time.Sleep(silence + time.Second)
		second := b.begin(other, run, &tracker.Resume{Attempt: 1, Sequence: 1})
		b.put(second, 1)
		line.cut.Store(false)
		b.must(first.Close(t.Context()))
		b.must(other.Flush(t.Context()))
		b.expect(run, tracker.Running)
		points, err := b.store.Superseded(t.Context(), run, tracker.Series{Metric: "loss"})
		if err != nil || len(points) != 1 || points[0].Value != 2 {
			t.Errorf("superseded %v (%v), want the late batch", points, err)
		}
		b.must(second.End(t.Context(), tracker.Finished, ""))
		b.must(other.Close(t.Context()))
		b.expect(run, tracker.Finished)
		r, err := b.store.Run(t.Context(), run)
		if err != nil || r.Attempts[0].Error != "the process died" {
			t.Errorf("the first attempt: %+v (%v)", r.Attempts[0], err)
		}
	})
}

// cable carries requests unless it is cut.
type cable struct {
	wire
	cut atomic.Bool
}

func (c *cable) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.cut.Load() {
		return nil, errors.New("the cable is cut")
	}
	return c.wire.RoundTrip(r)
}

// ask sends a request as any program may.
func (b *bench) ask(method, path, writer string, body []byte) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, bytes.NewReader(body))
	b.must(err)
	if writer != "" {
		r.Header.Set(remote.WriterHeader, writer)
	}
	answer, err := b.server.Client().Do(r)
	b.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	b.must(err)
	if kind := answer.Header.Get("Content-Type"); kind != "application/json" {
		b.t.Errorf("%s %s answers %s", method, path, kind)
	}
	return answer.StatusCode, string(text)
}

func frames(t *testing.T, all ...remote.Frame) (body []byte) {
	t.Helper()
	for _, f := range all {
		var err error
		if body, err = remote.AppendFrame(body, f); err != nil {
			t.Fatal(err)
		}
	}
	return body
}

func TestTheInterfaceSaysWhatIsWrong(t *testing.T) {
	b := newBench(t, "other")
	run := b.runs["other/1"].ID
	begun := "/api/runs/" + run + "/attempts"
	if status, text := b.ask("POST", begun, "w", []byte(`{"key": "k"}`)); status != 200 || !strings.Contains(text, `"attempt": 1`) {
		t.Fatalf("status %d: %s", status, text)
	}
	if status, text := b.ask("POST", begun, "w", []byte(`{"key": "k"}`)); status != 200 || !strings.Contains(text, `"attempt": 1`) {
		t.Errorf("the same request again: status %d: %s", status, text)
	}
	attempt := begun + "/1"
	good := remote.Frame{Kind: remote.Points, Run: run, Attempt: 1, Sequence: 1, Payload: tracker.EncodeSamples(nil)}
	with := func(change func(*remote.Frame)) []byte {
		f := good
		change(&f)
		return frames(t, good, f)
	}
	damaged := frames(t, good)
	damaged[len(damaged)-1] ^= 1
	for name, c := range map[string]struct {
		method, path, writer string
		body                 []byte
		status               int
		want                 string
	}{
		"no JSON":               {"POST", "/api/runs", "w", []byte("run: 1"), 400, "read the request"},
		"a misspelt field":      {"POST", "/api/runs", "w", []byte(`{"experimnt": "e"}`), 400, "experimnt"},
		"no variant":            {"POST", "/api/runs", "w", []byte(`{"experiment": "e"}`), 400, "needs an experiment and a variant"},
		"a spec that is none":   {"POST", "/api/runs", "w", []byte(`{"experiment": "e", "variant": "v", "spec": [1]}`), 400, "no JSON object"},
		"a long body":           {"POST", "/api/runs", "w", bytes.Repeat([]byte(" "), remote.MaxJSON+1), 413, "too large"},
		"a path for a run":      {"POST", "/api/runs/..%2F..%2Fetc/attempts", "w", []byte(`{"key": "k"}`), 404, "not found"},
		"no key":                {"POST", begun, "w", []byte(`{}`), 400, "key of its own"},
		"no writer":             {"POST", begun, "", []byte(`{"key": "k"}`), 400, remote.WriterHeader},
		"another writer":        {"POST", begun, "v", []byte(`{"key": "l"}`), 409, "another writer"},
		"its batches":           {"POST", attempt + "/batches", "v", frames(t, good), 409, "another writer"},
		"an attempt's name":     {"GET", begun + "/first", "", nil, 400, "no number"},
		"an unknown attempt":    {"GET", begun + "/7", "", nil, 404, "no such attempt"},
		"an unknown run":        {"POST", "/api/runs/nobody/attempts/1/batches", "w", nil, 404, "no such attempt"},
		"a gap":                 {"POST", attempt + "/batches", "w", with(func(f *remote.Frame) { f.Sequence = 3 }), 400, "a gap, the batch before it was 1"},
		"another's batch":       {"POST", attempt + "/batches", "w", with(func(f *remote.Frame) { f.Attempt = 2 }), 400, "sent as batches of"},
		"another kind":          {"POST", attempt + "/batches", "w", with(func(f *remote.Frame) { f.Kind = remote.Ended }), 400, "sent as batches of"},
		"no samples":            {"POST", attempt + "/batches", "w", with(func(f *remote.Frame) { f.Payload = []byte("x") }), 400, "frame 2, at byte"},
		"no frame":              {"POST", attempt + "/batches", "w", []byte("loss=3"), 400, "no frame begins here"},
		"a damaged frame":       {"POST", attempt + "/batches", "w", damaged, 422, "frame 1, at byte 0: the frame is damaged"},
		"half a frame":          {"POST", attempt + "/batches", "w", frames(t, good)[:60], 422, "the frame is cut"},
		"too many frames":       {"POST", attempt + "/batches", "w", make([]byte, remote.MaxBody+1), 413, "too large"},
		"an end that is none":   {"POST", attempt + "/end", "w", []byte(`{"status": "running"}`), 400, "cannot end as"},
		"an end before its due": {"POST", attempt + "/end", "w", []byte(`{"status": "finished", "sequence": 9}`), 400, "a gap before the end"},
		"a metric's field":      {"POST", attempt + "/metrics", "w", []byte(`{"metrics": [{"nam": 1}]}`), 400, "nam"},
		"another method":        {"GET", attempt + "/batches", "w", nil, 404, "no such page"},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := b.ask(c.method, c.path, c.writer, c.body)
			var f remote.Failure
			if err := json.Unmarshal([]byte(text), &f); err != nil || status != c.status || !strings.Contains(f.Error, c.want) {
				t.Errorf("status %d, want %d with %q:\n%s", status, c.status, c.want, text)
			}
		})
	}
	b.endTwice(attempt)
}

// endTwice ends an attempt: the first end counts.
func (b *bench) endTwice(attempt string) {
	b.t.Helper()
	if status, text := b.ask("POST", attempt+"/end", "w", []byte(`{"status": "finished", "sequence": 1}`)); status != 200 || !strings.Contains(text, "finished") {
		b.t.Errorf("status %d: %s", status, text)
	}
	if status, text := b.ask("POST", attempt+"/end", "another", []byte(`{"status": "failed", "error": "no"}`)); status != 200 || !strings.Contains(text, "finished") {
		b.t.Errorf("a second end: status %d: %s", status, text)
	}
}

func TestForeignPagesMayNotWrite(t *testing.T) {
	b := newBench(t, "")
	for name, header := range map[string][2]string{"another name": {"Host", "evil.example"}, "another origin": {"Origin", "http://evil.example"}} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", b.server.URL+"/api/runs", strings.NewReader(`{"experiment": "e", "variant": "v"}`))
		b.must(err)
		if r.Header.Set(header[0], header[1]); header[0] == "Host" {
			r.Host = header[1]
		}
		answer, err := b.server.Client().Do(r)
		b.must(err)
		var f remote.Failure
		err = json.NewDecoder(answer.Body).Decode(&f)
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden || err != nil || f.Error == "" {
			t.Errorf("%s: status %d, %+v, %v", name, answer.StatusCode, f, err)
		}
	}
	if runs, err := b.store.Runs(t.Context(), tracker.RunFilter{}); err != nil || len(runs) > 0 {
		t.Errorf("%d runs were created, %v", len(runs), err)
	}
}
