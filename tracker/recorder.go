package tracker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// RecorderOptions bound how long and how much a recorder buffers. The zero value means the defaults.
type RecorderOptions struct {
	// Every is the time between appends; 200 ms by default.
	Every time.Duration
	// Samples is the size at which a batch is appended at once, and of the largest batch; 10,000 by default.
	Samples int
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Recorder buffers what a run logs and appends it to a sink in the background. It is safe for concurrent use.
//
// A failed append is tried again with growing pauses while the failure is one that passes; any other is kept, and
// returned by the next Log, Flush or Close. What is buffered is never dropped.
type Recorder struct {
	sink    Sink
	run     string
	attempt int
	options RecorderOptions

	appending chan struct{} // one place, taken while a batch is on its way: batches go in order

	mu       sync.Mutex
	buffer   []Sample
	sequence int64 // of the last appended batch
	failed   error

	full   chan struct{}
	stop   chan struct{}
	cancel context.CancelFunc // of the append under way
	worker sync.WaitGroup
	once   sync.Once
}

// NewRecorder starts a recorder for an attempt. Close it.
func NewRecorder(sink Sink, run string, attempt int, o RecorderOptions) *Recorder {
	if o.Every <= 0 {
		o.Every = 200 * time.Millisecond
	}
	if o.Samples <= 0 {
		o.Samples = 10_000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	r := &Recorder{sink: sink, run: run, attempt: attempt, options: o,
		appending: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.worker.Go(func() { r.work(ctx) })
	return r
}

// Log buffers values of a step and returns. The error is that of an earlier append that will not succeed.
func (r *Recorder) Log(step int64, values map[string]float64) error {
	names := make([]string, 0, len(values))
	for name := range values {
		if name == "" || len(name) > maxName {
			return fmt.Errorf("%w: a metric's name has %d bytes, want 1 to %d", ErrInvalid, len(name), maxName)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	now := r.options.Clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	for _, name := range names {
		r.buffer = append(r.buffer, Sample{Metric: name, Step: step, Time: now, Value: values[name]})
	}
	if len(r.buffer) >= r.options.Samples {
		select {
		case r.full <- struct{}{}:
		default:
		}
	}
	return nil
}

func (r *Recorder) work(ctx context.Context) {
	defer r.cancel()
	tick := time.NewTicker(r.options.Every)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-tick.C:
		case <-r.full:
		}
		_ = r.drain(ctx) // kept in r.failed
	}
}

// drain appends everything that is buffered now, in batches.
func (r *Recorder) drain(ctx context.Context) error {
	select {
	case r.appending <- struct{}{}:
		defer func() { <-r.appending }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		r.mu.Lock()
		batch := Batch{Run: r.run, Attempt: r.attempt, Sequence: r.sequence + 1, Samples: slices.Clone(r.buffer[:min(len(r.buffer), r.options.Samples)])}
		err := r.failed
		r.mu.Unlock()
		if err != nil || len(batch.Samples) == 0 {
			return err
		}
		if err := r.append(ctx, batch); err != nil {
			return err
		}
		r.mu.Lock()
		r.buffer = slices.Delete(r.buffer, 0, len(batch.Samples))
		r.sequence = batch.Sequence
		r.mu.Unlock()
	}
}

// append appends one batch, patiently.
func (r *Recorder) append(ctx context.Context, b Batch) error {
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := r.sink.Append(ctx, b)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return err
		case !transient(err):
			r.mu.Lock()
			r.failed = err
			r.mu.Unlock()
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// Flush returns when everything that was logged before is committed, with the sequence of the last batch.
func (r *Recorder) Flush(ctx context.Context) (sequence int64, err error) {
	err = r.drain(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sequence, err
}

// Close flushes and ends the recorder; when ctx ends first, what is buffered still is lost with an error. A second call
// only flushes.
func (r *Recorder) Close(ctx context.Context) error {
	defer context.AfterFunc(ctx, r.cancel)()
	r.once.Do(func() { close(r.stop) })
	r.worker.Wait()
	_, err := r.Flush(ctx)
	return err
}
