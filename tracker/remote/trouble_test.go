package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// flaky disturbs some of the requests that deliver batches.
func flaky(disturb func(w http.ResponseWriter, r *http.Request, next http.Handler)) func(http.Handler) http.Handler {
	var count atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/batches") && count.Add(1)%3 != 0 {
				disturb(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestADisturbedServerGetsEverythingOnce(t *testing.T) {
	for name, disturb := range map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler){
		"it answers 500": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			http.Error(w, "the disk sulks", http.StatusInternalServerError)
		},
		"it answers 503 after it took all": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"a page in between answers 200": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, _ = w.Write([]byte("<html>please log in"))
		},
		"it takes all and says nothing": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			hangUp(w)
		},
		"it reads half and hangs up": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
			hangUp(w)
		},
		"half an answer": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
			hangUp(w)
		},
		"a byte changes on the way": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			body, _ := io.ReadAll(r.Body)
			body[len(body)-1] ^= 1
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			next.ServeHTTP(w, r)
		},
		"it is slow": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			time.Sleep(20 * time.Millisecond)
			next.ServeHTTP(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, flaky(disturb))
			client := b.open(remote.Config{Segment: 2000, Request: 800})
			a := b.begin(client)
			b.put(a, 1, 60)
			b.must(client.Flush(t.Context()))
			b.put(a, 61, 80)
			b.must(a.End(t.Context(), tracker.Finished, ""))
			b.must(client.Close(t.Context()))
			b.arrived(a.Run(), 80)
			if r := b.status(a.Run()); r.Status != tracker.Finished {
				t.Errorf("the run is %s", r.Status)
			}
			b.sound()
		})
	}
}

// TestAnAppendWaitsForNoNetwork appends while the server never answers.
func TestAnAppendWaitsForNoNetwork(t *testing.T) {
	release := make(chan struct{})
	b := newBench(t, flaky(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
		hangUp(w)
	}))
	client := b.open(remote.Config{})
	a := b.begin(client)
	b.put(a, 1, 100)
	if p := client.Pending(); p.Frames != 100 || p.Bytes == 0 {
		t.Errorf("pending %+v, want 100 frames", p)
	}
	close(release)
	b.must(client.Flush(t.Context()))
	b.arrived(a.Run(), 100)
}

func TestAServerMayGoAndComeBack(t *testing.T) {
	store := newStore(t, filepath.Join(t.TempDir(), "store"))
	url, stop := serve(t, store, "127.0.0.1:0")
	b := &bench{t: t, store: store, url: url}
	client := b.open(remote.Config{})
	a := b.begin(client)
	b.put(a, 1, 10)
	b.must(client.Flush(t.Context()))
	stop()
	if r := b.status(a.Run()); r.Status != tracker.Lost {
		t.Errorf("without a server the run is %s, want lost", r.Status)
	}
	b.put(a, 11, 20)
	for p := client.Pending(); p.LastError == nil; p = client.Pending() {
		time.Sleep(time.Millisecond)
	}
	if p := client.Pending(); p.Frames != 10 || p.Oldest <= 0 {
		t.Errorf("pending %+v", p)
	}
	_, stop = serve(t, store, strings.TrimPrefix(url, "http://"))
	defer stop()
	b.must(client.Flush(t.Context()))
	b.arrived(a.Run(), 20)
	if r := b.status(a.Run()); r.Status != tracker.Running {
		t.Errorf("the run is %s, want running", r.Status)
	}
	if p := client.Pending(); p.Frames != 0 || p.LastError != nil {
		t.Errorf("pending %+v", p)
	}
	b.must(a.End(t.Context(), tracker.Stopped, "enough"))
	b.must(client.Close(t.Context()))
	if r := b.status(a.Run()); r.Status != tracker.Stopped || r.Attempts[0].Error != "enough" {
		t.Errorf("the run is %+v", r)
	}
}

func TestWhatADeadProcessLeftIsSent(t *testing.T) {
	store := newStore(t, filepath.Join(t.TempDir(), "store"))
	url, stop := serve(t, store, "127.0.0.1:0")
	b := &bench{t: t, store: store, url: url}
	c := remote.Config{Dir: filepath.Join(t.TempDir(), "journal"), Segment: 1000}
	client := b.open(c)
	a := b.begin(client)
	b.must(a.DeclareMetrics(t.Context(), []tracker.MetricInfo{{Name: "count", Unit: "1", Key: "k", WallTime: true}}))
	b.must(client.Flush(t.Context()))
	stop()
	b.put(a, 1, 30)
	b.must(a.DeclareMetrics(t.Context(), []tracker.MetricInfo{{Name: "count", Unit: "2"}}))
	b.must(a.End(t.Context(), tracker.Failed, "it broke"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := client.Close(ctx); !errors.Is(err, remote.ErrPending) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrPending", err)
	}
	_, stop = serve(t, store, strings.TrimPrefix(url, "http://"))
	defer stop()
	p, err := remote.Drain(t.Context(), remote.Config{Dir: c.Dir}, nil)
	if err != nil || p.Frames != 0 {
		t.Fatalf("%v, %+v", err, p)
	}
	b.arrived(a.Run(), 30)
	infos, err := store.MetricInfos(t.Context(), a.Run())
	b.must(err)
	if r := b.status(a.Run()); r.Status != tracker.Failed || r.Error != "it broke" || infos["count"] != (tracker.MetricInfo{Name: "count", Unit: "2"}) {
		t.Errorf("the run is %s (%s), %+v", r.Status, r.Error, infos)
	}
	b.sound()
}

// TestWhatWillNeverPassIsReported points a client at a server that has another store.
func TestWhatWillNeverPassIsReported(t *testing.T) {
	first, second := newBench(t, nil), newBench(t, nil)
	transport := &redirected{}
	transport.to.Store(&first.url)
	client := first.open(remote.Config{Transport: transport})
	a := first.begin(client)
	transport.to.Store(&second.url)
	first.put(a, 1, 1)
	for name, err := range map[string]error{
		"flush":  client.Flush(t.Context()),
		"append": client.Append(t.Context(), batch(a, 2)),
		"end":    a.End(t.Context(), tracker.Finished, ""),
		"close":  client.Close(t.Context()),
	} {
		if !errors.Is(err, tracker.ErrNotFound) || !strings.Contains(err.Error(), "there is no such attempt (status 404)") {
			t.Errorf("%s: got %v, want what the server refused", name, err)
		}
	}
	if p := client.Pending(); p.Frames != 1 || p.LastError == nil {
		t.Errorf("pending %+v, want the batch", p)
	}
}

// redirected sends requests to another server than they are for.
type redirected struct{ to atomic.Pointer[string] }

func (r *redirected) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Host = strings.TrimPrefix(*r.to.Load(), "http://")
	return http.DefaultTransport.RoundTrip(request)
}

func TestARunHasOneWriter(t *testing.T) {
	b := newBench(t, nil)
	client, other := b.open(remote.Config{}), b.open(remote.Config{})
	a := b.begin(client)
	b.put(a, 1, 3)
	if _, err := other.BeginAttempt(t.Context(), a.Run(), tracker.AttemptInfo{}, nil); !errors.Is(err, tracker.ErrConflict) || !strings.Contains(err.Error(), "being recorded by another writer") {
		t.Errorf("a second writer: got %v, want ErrConflict", err)
	}
	if _, err := b.store.BeginAttempt(t.Context(), a.Run(), tracker.AttemptInfo{}, nil); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a writer at the server: got %v, want ErrConflict", err)
	}
	b.put(a, 4, 6)
	second, err := client.BeginAttempt(t.Context(), a.Run(), tracker.AttemptInfo{}, &tracker.Resume{Attempt: 1, Sequence: 5})
	if err != nil || second.Number() != 2 {
		t.Fatalf("the same writer goes on: %v", err)
	}
	b.arrived(a.Run(), 5)
	_, err = client.BeginAttempt(t.Context(), a.Run(), tracker.AttemptInfo{}, &tracker.Resume{Attempt: 2, Sequence: 1})
	if !errors.Is(err, tracker.ErrConflict) || !strings.Contains(err.Error(), "have arrived") {
		t.Errorf("a resume from a batch that is not there: got %v, want ErrConflict", err)
	}
}

func TestRunsAreFound(t *testing.T) {
	b := newBench(t, nil)
	client := b.open(remote.Config{})
	n := tracker.NewRun{Experiment: "e", Variant: "v", Seed: 3, Digest: "d", Spec: []byte(`{"train":{"learning_rate":0.1}}`), Parameters: 7}
	run, err := client.CreateRun(t.Context(), n)
	b.must(err)
	found, err := client.FindRun(t.Context(), run.ID[:12])
	if err != nil || found != run || run.Status != tracker.Planned || run.Seed != 3 {
		t.Errorf("created %+v, found %+v, %v", run, found, err)
	}
	if r := b.status(run.ID); r.Parameters != 7 || r.Digest != "d" || string(r.Spec) != string(n.Spec) {
		t.Errorf("stored %+v", r)
	}
	if _, err := client.FindRun(t.Context(), "zz/top/1"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := client.BeginAttempt(t.Context(), run.ID[:12], tracker.AttemptInfo{}, nil); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("a prefix begins an attempt: %v", err)
	}
	if _, err := client.CreateRun(t.Context(), tracker.NewRun{Experiment: "e"}); !errors.Is(err, tracker.ErrInvalid) {
		t.Errorf("a run without a variant: %v", err)
	}
}
