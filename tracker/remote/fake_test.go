package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"inkstone/tracker"
)

// acceptor is a server of one attempt, in memory: it refuses gaps, ignores what is repeated, and keeps the rest.
type acceptor struct {
	mu      sync.Mutex
	down    bool
	batches [][]tracker.Sample
	metrics []Metric
	ended   *End
}

var errDown = errors.New("the server is down")

// RoundTrip implements http.RoundTripper, without a network.
func (a *acceptor) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return nil, errDown
	}
	mux := http.NewServeMux()
	handle := func(pattern string, f func(body []byte) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = f(body)
			}
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(w).Encode(Failure{err.Error()})
				return
			}
			_ = json.NewEncoder(w).Encode(State{1, tracker.Running, int64(len(a.batches))})
		})
	}
	const attempt = "/api/runs/r/attempts/1"
	handle("POST /api/runs/r/attempts", func([]byte) error { return nil })
	handle("GET "+attempt, func([]byte) error { return nil })
	handle("POST "+attempt+"/batches", a.take)
	handle("POST "+attempt+"/metrics", func(body []byte) error {
		var m Metrics
		err := json.Unmarshal(body, &m)
		a.metrics = m.Metrics
		return err
	})
	handle("POST "+attempt+"/end", func(body []byte) error {
		var e End
		if err := json.Unmarshal(body, &e); err != nil || e.Sequence > int64(len(a.batches)) {
			return errors.Join(err, errors.New("a gap before the end"))
		}
		a.ended = &e
		return nil
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result(), nil
}

func (a *acceptor) take(body []byte) error {
	for len(body) > 0 {
		f, size, err := DecodeFrame(body)
		if err != nil {
			return err
		}
		samples, err := tracker.DecodeSamples(f.Payload)
		switch last := int64(len(a.batches)); {
		case err != nil:
			return err
		case f.Sequence > last+1:
			return errors.New("a gap")
		case f.Sequence == last+1:
			a.batches = append(a.batches, samples)
		}
		body = body[size:]
	}
	return nil
}

func (a *acceptor) turn(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// values is the first value of each batch; 0 of an empty one.
func (a *acceptor) values() []float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]float64, len(a.batches))
	for i, samples := range a.batches {
		if len(samples) > 0 {
			list[i] = samples[0].Value
		}
	}
	return list
}

// started opens a client in a folder and begins the attempt.
func started(t testing.TB, c Config, a *acceptor) (*Client, *Attempt) {
	t.Helper()
	c.URL, c.Transport = "http://fake", a
	client, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(over()) })
	attempt, err := client.BeginAttempt(t.Context(), "r", tracker.AttemptInfo{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client, attempt
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// put appends the batches from … to, each with its sequence as its value.
func put(t testing.TB, a *Attempt, from, to int64) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := a.Sink().Append(t.Context(), valued(a, i)); err != nil {
			t.Fatal(err)
		}
	}
}

func valued(a *Attempt, sequence int64) tracker.Batch {
	return tracker.Batch{Run: a.Run(), Attempt: a.Number(), Sequence: sequence, Samples: []tracker.Sample{{Metric: "count", Step: sequence, Value: float64(sequence)}}}
}
