package server

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"inkstone/internal/specimen"
	"inkstone/server/live"
	"inkstone/tracker"
)

// servedSpecimen is a store of made-up research with a server at an address, until the test ends.
func servedSpecimen(t *testing.T) (made *specimen.Store, s *Server, home string) {
	t.Helper()
	made, err := specimen.Open(t.Context(), filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	s = New(Config{Store: made.Store, Version: "test"})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.live.Close(); server.Close(); s.close(); made.Close() })
	return made, s, server.URL
}

// bench is a store with one experiment of two variants and two seeds, and its server.
type bench struct {
	t      *testing.T
	store  *tracker.Store
	made   *Server
	server *httptest.Server
	runs   map[string]tracker.Run // by variant/seed
}

// newBench fills a store: variant names are untrusted text, as everything stored is.
func newBench(t *testing.T, ablation string) *bench {
	t.Helper()
	store, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: store, runs: map[string]tracker.Run{}}
	s := New(Config{Store: store, Version: "test"})
	b.made, b.server = s, httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.live.Close(); b.server.Close(); store.Close() })
	if ablation == "" {
		return b
	}
	plan := tracker.Plan{
		Name: "study", Question: "Does it matter?", Source: "spec: 1\n", Spec: json.RawMessage(`{}`), Seeds: []int64{1, 2},
		Compare:  tracker.Compare{Metric: "val/loss", Goal: "minimize", Baseline: "baseline"},
		Variants: []tracker.Variant{{Name: "baseline", Parameters: 12345, Spec: json.RawMessage(`{"train": {"rate": 0.1}}`)}, {Name: ablation, Changes: "a: b", Spec: json.RawMessage(`{}`)}},
	}
	for _, seed := range plan.Seeds {
		for _, v := range plan.Variants {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: v.Name, Seed: seed, Digest: fmt.Sprint(v.Name, seed)})
		}
	}
	b.must(store.SavePlan(t.Context(), plan))
	for _, trial := range plan.Trials {
		run, err := store.CreateRun(t.Context(), tracker.NewRun{
			Experiment: "study", Variant: trial.Variant, Seed: trial.Seed, Digest: trial.Digest, Spec: json.RawMessage(`{"model": {}}`), Parameters: 12345,
		})
		b.must(err)
		b.runs[fmt.Sprintf("%s/%d", trial.Variant, trial.Seed)] = run
	}
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// train begins an attempt of a run that the caller feeds and ends.
func (b *bench) train(trial string) (*tracker.Attempting, *tracker.Recorder) {
	b.t.Helper()
	run := b.runs[trial]
	a, err := b.store.BeginAttempt(b.t.Context(), run.ID, tracker.AttemptInfo{Host: "here", Backend: "go", Threads: 1}, nil)
	b.must(err)
	b.must(b.store.DeclareMetrics(b.t.Context(), run.ID, []tracker.MetricInfo{{Name: "val/loss", Unit: "nats", Key: "k"}}))
	r := tracker.NewRecorder(a.Sink(), run.ID, a.Number(), tracker.RecorderOptions{Every: 10 * time.Millisecond})
	b.t.Cleanup(func() { _ = r.Close(context.Background()) })
	return a, r
}

// finish trains every run to its end, with an attention map.
func (b *bench) finish() {
	b.t.Helper()
	for i, trial := range []string{"baseline/1", "baseline/2", "other/1", "other/2"} {
		a, r := b.train(trial)
		for step := range int64(5) {
			b.must(r.Log(step, map[string]float64{"val/loss": 3/float64(step+1) + float64(i)/10, "train/loss": 1}))
		}
		sequence, err := r.Flush(b.t.Context())
		b.must(err)
		b.must(a.Capture(b.t.Context(), tracker.Capture{
			Name: "attention", Context: "prompt-0", Step: 4, Layers: 2, Heads: 2, Queries: 3, Keys: 3, Tokens: []string{"床", "前", "<b>"}, DType: "f32",
			Values: make([]float32, 2*2*9),
		}, sequence))
		b.must(os.WriteFile(b.store.LogPath(b.runs[trial].ID, 1), []byte("first line\n\x1b[31mred\x1b[0m <script>alert(1)</script>\n"), 0o644))
		b.must(a.End(b.t.Context(), tracker.Finished, ""))
	}
}

// get asks for a page or figure.
func (b *bench) get(path string, header ...string) (int, http.Header, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.server.URL+path, nil)
	b.must(err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := b.server.Client().Do(request)
	b.must(err)
	defer answer.Body.Close()
	var text strings.Builder
	buffer := make([]byte, 1<<16)
	for {
		n, err := answer.Body.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return answer.StatusCode, answer.Header, text.String()
		}
	}
}

func TestPages(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	run := "/runs/" + b.runs["baseline/1"].ID
	for name, c := range map[string]struct {
		path string
		want []string
	}{
		"home":       {"/", []string{"study", "Does it matter?", "4 of 4 finished", "best so far, n = 2", "<strong>baseline</strong>", "0.650 ± 0.635"}},
		"experiment": {"/experiments/study", []string{"<th scope=\"row\">other</th>", "seed 2", "curves.svg?experiment=study&amp;live=1&amp;metric=val%2Floss", "difference.svg", "p (Holm)", "12,345", "2 seeds"}},
		"run":        {run, []string{"baseline, seed 1", "val/loss", "attention.svg?capture=1", "layer 1, head 0", "/attention"}},
		"log":        {run + "/log", []string{"first line", "<span class=\"fg-1\">red</span> &lt;script&gt;"}},
		"a metric":   {run + "?metric=train/loss", []string{"curve.svg?metric=train%2Floss"}},
		"by trial":   {"/runs/study%2Fbaseline%2F2", []string{"baseline, seed 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, text := b.get(c.path)
			if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Fatalf("status %d, %s\n%s", status, header.Get("Content-Type"), text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "<script>") || strings.Contains(text, "\x1b") {
				t.Error("stored text reached the page as markup or escape codes")
			}
		})
	}
}

func TestEmptyStoreTeaches(t *testing.T) {
	b := newBench(t, "")
	if status, _, text := b.get("/"); status != http.StatusOK || !strings.Contains(text, "inkstone run experiments/library/demo.yaml") {
		t.Errorf("status %d\n%s", status, text)
	}
}

func TestPlannedExperimentHasFiguresAndNoTableYet(t *testing.T) {
	b := newBench(t, "other")
	for _, path := range []string{"/experiments/study", "/figures/curves.svg?experiment=study", "/figures/difference.svg?experiment=study", "/runs/study%2Fother%2F1"} {
		if status, _, text := b.get(path); status != http.StatusOK {
			t.Errorf("%s: status %d\n%s", path, status, text)
		}
	}
}

func TestHostileNamesAreText(t *testing.T) {
	evil := `<img src=x onerror=alert(1)>"'`
	b := newBench(t, evil)
	for _, path := range []string{"/", "/experiments/study", "/runs/" + b.runs[evil+"/1"].ID, "/experiments/" + "%3Cscript%3Ealert(1)%3C%2Fscript%3E"} {
		if _, _, text := b.get(path); strings.Contains(text, "<img src=x") || strings.Contains(text, "<script>alert") {
			t.Errorf("%s holds a stored name as markup:\n%s", path, text)
		}
	}
}

func TestFailuresSayWhatToDo(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	for name, c := range map[string]struct {
		path   string
		status int
		want   string
	}{
		"unknown experiment": {"/experiments/nothing", 404, "study"},
		"unknown run":        {"/runs/zzzz", 404, "inkstone runs"},
		"unknown page":       {"/nowhere", 404, "no such page"},
		"unknown figure":     {"/figures/pie.svg?experiment=study", 404, "curves"},
		"unknown form":       {"/figures/curves.gif?experiment=study", 404, "svg"},
		"unknown metric":     {"/figures/curves.svg?experiment=study&metric=val/lost", 404, "val/loss"},
		"bad capture":        {"/figures/attention.svg?capture=x", 400, "no number"},
		"unknown head":       {"/figures/attention.svg?capture=1&head=7", 404, "2 layers of 2 heads"},
		"bad version":        {"/live?after=x", 400, "no version"},
		"templates":          {"/assets/home/page.html", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := b.get(c.path, "Accept", "application/json")
			if status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("status %d, want %d with %q:\n%s", status, c.status, c.want, text)
			}
		})
	}
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	b := newBench(t, "")
	for host, want := range map[string]int{
		"localhost:7433": 200, "127.0.0.1": 200, "[::1]:80": 200, "LOCALHOST": 200,
		"evil.example": 403, "127.0.0.1.evil.example": 403, "10.0.0.1:7433": 403,
	} {
		if status, _, _ := b.get("/", "Host", host); status != want {
			t.Errorf("Host %s: status %d, want %d", host, status, want)
		}
	}
	if status, _, _ := b.get("/live?after=0", "Origin", "http://evil.example"); status != http.StatusForbidden {
		t.Errorf("a foreign page may listen: status %d", status)
	}
	_, header, _ := b.get("/")
	if got := header.Get("Content-Security-Policy"); strings.Contains(got, "unsafe") || !strings.Contains(got, "default-src 'none'") {
		t.Errorf("policy %q", got)
	}
}

func TestJSONOfEveryPage(t *testing.T) {
	b := newBench(t, "other")
	a, r := b.train("baseline/1")
	b.must(r.Log(1, map[string]float64{"val/loss": math.NaN()}))
	_, err := r.Flush(t.Context())
	b.must(err)
	b.must(a.End(t.Context(), tracker.Failed, "the loss is NaN"))
	for path, key := range map[string]string{"/": "experiments", "/experiments/study": "variants", "/runs/" + b.runs["baseline/1"].ID: "metrics"} {
		_, header, text := b.get(path, "Accept", "application/json")
		var data map[string]any
		if err := json.Unmarshal([]byte(text), &data); err != nil || data[key] == nil {
			t.Errorf("%s: %v, %s\n%s", path, err, header.Get("Content-Type"), text)
		}
	}
}

// A run that a stop rule finished says so, and not as a failure.
func TestPageOfARunThatEndedEarly(t *testing.T) {
	b := newBench(t, "other")
	a, _ := b.train("baseline/1")
	b.must(a.End(t.Context(), tracker.Finished, "at step 3 by the rule plateau: nothing improves"))
	_, _, text := b.get("/runs/" + b.runs["baseline/1"].ID)
	if !strings.Contains(text, "Ended early: at step 3 by the rule plateau: nothing improves") || strings.Contains(text, `class="failure"`) {
		t.Errorf("the page says\n%s", text)
	}
}

func TestFiguresAreDrawnOnceAndChangeWithTheData(t *testing.T) {
	b := newBench(t, "other")
	a, r := b.train("baseline/1")
	log := func(step int64, v float64) {
		b.must(r.Log(step, map[string]float64{"val/loss": v}))
		_, err := r.Flush(t.Context())
		b.must(err)
	}
	log(0, 3)
	const path = "/figures/curves.svg?experiment=study&metric=val/loss"
	_, first, text := b.get(path)
	if !strings.Contains(text, "<svg") {
		t.Fatalf("no figure:\n%s", text)
	}
	if status, _, _ := b.get(path, "If-None-Match", first.Get("ETag")); status != http.StatusNotModified {
		t.Errorf("status %d for an unchanged figure, want 304", status)
	}
	log(1, 2)
	_, second, changed := b.get(path)
	if changed == text || second.Get("ETag") == first.Get("ETag") {
		t.Error("the figure did not change with its data")
	}
	if _, old, _ := b.get(path + "&v=1"); old.Get("ETag") != second.Get("ETag") {
		t.Error("a picture of an older version is not answered with the newer one")
	}
	if _, zipped, _ := b.get(path, "Accept-Encoding", "gzip"); zipped.Get("Content-Encoding") != "gzip" {
		t.Error("the figure was not compressed")
	}
	for _, format := range []string{"png", "pdf", "tex", "csv", "json"} {
		status, header, body := b.get("/figures/curves." + format + "?experiment=study&metric=val/loss&download")
		if status != http.StatusOK || body == "" || !strings.Contains(header.Get("Content-Disposition"), "curves."+format) {
			t.Errorf("%s: status %d, %s", format, status, header.Get("Content-Disposition"))
		}
	}
	b.must(a.End(t.Context(), tracker.Stopped, ""))
}

// hear connects to the live updates after a version.
func (b *bench) hear(after int64) *websocket.Conn {
	b.t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(b.t.Context(), "ws"+strings.TrimPrefix(b.server.URL, "http")+fmt.Sprintf("/live?after=%d", after), nil)
	b.must(err)
	b.t.Cleanup(func() { conn.Close() })
	return conn
}

func TestLiveTellsWhatChangedAndCatchesUp(t *testing.T) {
	b := newBench(t, "other")
	version, err := b.store.Version(t.Context())
	b.must(err)
	conn := b.hear(version)
	a, r := b.train("other/2")
	b.must(r.Log(7, map[string]float64{"val/loss": 1}))
	_, err = r.Flush(t.Context())
	b.must(err)
	points := tracker.Event{Kind: "points", Experiment: "study", Run: b.runs["other/2"].ID, Metrics: []string{"val/loss"}, Values: map[string]tracker.Value{"val/loss": 1}}
	awaitEvent(t, conn, points)

	late := b.hear(version) // a browser that was away since then
	awaitEvent(t, late, points)
	b.must(a.End(t.Context(), tracker.Finished, ""))
	ended := tracker.Event{Kind: "run", Experiment: "study", Run: b.runs["other/2"].ID, Metrics: []string{}}
	awaitEvent(t, conn, ended)
	awaitEvent(t, late, ended)

	future := b.hear(1 << 40) // a browser that knew another store at this address
	var m live.Message
	b.must(future.ReadJSON(&m))
	if !m.Reset {
		t.Errorf("got %+v, want a reset", m)
	}
}

// awaitEvent reads until an event arrives.
func awaitEvent(t *testing.T, conn *websocket.Conn, want tracker.Event) {
	t.Helper()
	if want.Metrics == nil {
		want.Metrics = []string{}
	}
	var seen []tracker.Event
	for {
		var m live.Message
		if err := conn.ReadJSON(&m); err != nil {
			t.Fatalf("%v; heard only %+v", err, seen)
		}
		for _, e := range m.Events {
			if e.Metrics == nil {
				e.Metrics = []string{}
			}
			seen = append(seen, e)
			if cmp.Equal(e, want) {
				return
			}
		}
	}
}

// TestTheEndWaitsForOpenPages ends a server while a page listens: it hears so, and may still fetch; one that stays is left.
func TestTheEndWaitsForOpenPages(t *testing.T) {
	for name, leaves := range map[string]bool{"a page that goes": true, "a page that stays": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "other")
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			b.must(err)
			ctx, end := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- New(Config{Store: b.store}).Serve(ctx, listener) }()
			address := listener.Addr().String()
			conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+"/live?after=0", nil)
			b.must(err)
			defer conn.Close()
			end()
			for m := (live.Message{}); !m.Ended; {
				b.must(conn.ReadJSON(&m))
			}
			answer, err := http.Get("http://" + address + "/experiments/study")
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("a page could not be fetched before the end: %v", err)
			}
			answer.Body.Close()
			if leaves {
				conn.Close()
			}
			b.must(<-served)
		})
	}
}
