package remote_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"inkstone/server"
	"inkstone/tracker"
	"inkstone/tracker/remote"
	"inkstone/tracker/sinktest"
)

// bench is a store and its server.
type bench struct {
	t     testing.TB
	store *tracker.Store
	url   string
}

func newStore(t testing.TB, dir string) *tracker.Store {
	t.Helper()
	store, err := tracker.Open(dir, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// newBench serves a store; wrap, if given, stands before the server.
func newBench(t testing.TB, wrap func(http.Handler) http.Handler) *bench {
	t.Helper()
	store := newStore(t, filepath.Join(t.TempDir(), "store"))
	handler := server.New(server.Config{Store: store}).Handler()
	if wrap != nil {
		handler = wrap(handler)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return &bench{t: t, store: store, url: s.URL}
}

// serve answers at an address until the function that it returns is called.
func serve(t testing.TB, store *tracker.Store, address string) (url string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.New(server.Config{Store: store}).Serve(ctx, listener) }()
	return "http://" + listener.Addr().String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// open opens a client with a journal of its own, unless one is given. The test's end closes it.
func (b *bench) open(c remote.Config) *remote.Client {
	b.t.Helper()
	if c.URL = b.url; c.Dir == "" {
		c.Dir = filepath.Join(b.t.TempDir(), "journal")
	}
	client, err := remote.Open(c)
	b.must(err)
	b.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = client.Close(ctx)
	})
	return client
}

// begin begins an attempt of a new run.
func (b *bench) begin(c *remote.Client) *remote.Attempt {
	b.t.Helper()
	run, err := c.CreateRun(context.Background(), tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 1})
	b.must(err)
	a, err := c.BeginAttempt(context.Background(), run.ID, tracker.AttemptInfo{Host: "there"}, nil)
	b.must(err)
	return a
}

// batch is the attempt's batch of that sequence, of one point.
func batch(a *remote.Attempt, sequence int64) tracker.Batch {
	return tracker.Batch{Run: a.Run(), Attempt: a.Number(), Sequence: sequence, Samples: []tracker.Sample{
		{Metric: "count", Step: sequence, Time: time.UnixMicro(1_700_000_000_000_000 + sequence).UTC(), Value: float64(sequence)},
	}}
}

// put appends batches from … to.
func (b *bench) put(a *remote.Attempt, from, to int64) {
	b.t.Helper()
	for sequence := from; sequence <= to; sequence++ {
		b.must(a.Sink().Append(context.Background(), batch(a, sequence)))
	}
}

// arrived checks that of a series 1 … n are in the store, each once, but for what was lost.
func (b *bench) arrived(run string, n int64, lost ...int64) {
	b.t.Helper()
	missing := map[int64]bool{}
	for _, l := range lost {
		missing[l] = true
	}
	points, err := b.store.Points(context.Background(), run, tracker.Series{Metric: "count"})
	b.must(err)
	at := 0
	for want := int64(1); want <= n; want++ {
		if missing[want] {
			continue
		}
		if at >= len(points) || points[at].Step != want || points[at].Value != tracker.Value(want) {
			b.t.Fatalf("point %d is missing or out of place: %d points arrived, want %d", want, len(points), n-int64(len(lost)))
		}
		at++
	}
	if at != len(points) {
		b.t.Fatalf("%d points arrived, want %d", len(points), at)
	}
}

func (b *bench) status(run string) tracker.Run {
	b.t.Helper()
	r, err := b.store.Run(context.Background(), run)
	b.must(err)
	return r
}

// sound checks the store.
func (b *bench) sound() {
	b.t.Helper()
	report, err := b.store.Check(context.Background(), nil)
	b.must(err)
	if len(report.Findings) > 0 {
		b.t.Errorf("the store: %+v", report.Findings)
	}
}

func TestSinkContract(t *testing.T) {
	for name, c := range map[string]remote.Config{
		"each call":         {},
		"a group fsync":     {SyncWithin: 5 * time.Millisecond},
		"durable by server": {Durable: remote.Server},
		"small segments":    {Segment: 300, Request: 200},
	} {
		t.Run(name, func(t *testing.T) {
			sinktest.Test(t, func(t *testing.T) sinktest.Subject {
				b := newBench(t, nil)
				client := b.open(c)
				return sinktest.Subject{
					Sink: client, Store: b.store,
					Begin:  func() (string, int) { a := b.begin(client); return a.Run(), a.Number() },
					Settle: func() { b.must(client.Flush(context.Background())) },
					Close:  func() error { return client.Close(context.Background()) },
				}
			})
		})
	}
}
