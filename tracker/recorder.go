package tracker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// RecorderOptions bound how long and how much a recorder buffers. The zero value means the defaults.
type RecorderOptions struct {
	// Every is the time between appends; 200 ms by default.
	Every time.Duration
	// Samples is the size at which a batch is appended at once; 10,000 by default. No batch is larger by more than one call's
	// values.
	Samples int
	// Memory is how many bytes may wait in memory; what is more waits in a file. 64 MiB by default.
	Memory int
	// SpillDir is the folder of that file; the system's for temporary files by default.
	SpillDir string
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

func (o RecorderOptions) withDefaults() RecorderOptions {
	if o.Every <= 0 {
		o.Every = 200 * time.Millisecond
	}
	if o.Samples <= 0 {
		o.Samples = 10_000
	}
	if o.Memory <= 0 {
		o.Memory = 64 << 20
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// loggedBytes is what a point takes in memory while it waits.
const loggedBytes = 32

// Recorder buffers what a run logs and appends it to a sink in the background. It is safe for concurrent use, and logging
// never waits for the sink.
//
// A failed append is tried again with growing pauses while the failure is one that passes; any other is kept, and
// returned by the next Log, Flush or Close. What is buffered is never dropped: where it outgrows the memory it waits in a
// file, and where that cannot be written, Log says so.
type Recorder struct {
	sink    Sink
	run     string
	attempt int
	options RecorderOptions
	backlog backlog

	appending chan struct{} // one place, taken while a batch is on its way: batches go in order
	flying    []Sample      // the batch on its way; its holder is who appends

	mu       sync.Mutex
	names    []seriesName
	index    map[seriesName]Handle
	sequence int64 // of the last appended batch
	failed   error
	overflow error // the last failure to make room; nil when there is some

	full, over chan struct{}
	stop       chan struct{}
	cancel     context.CancelFunc // of the append under way
	workers    sync.WaitGroup
	once       sync.Once
}

// Handle is a series of a recorder, prepared for logging.
type Handle uint32

// NewRecorder starts a recorder for an attempt. Close it.
func NewRecorder(sink Sink, run string, attempt int, o RecorderOptions) *Recorder {
	o = o.withDefaults()
	r := &Recorder{sink: sink, run: run, attempt: attempt, options: o, index: map[seriesName]Handle{},
		backlog:   backlog{block: o.Samples, limit: o.Memory / loggedBytes, dir: o.SpillDir},
		appending: make(chan struct{}, 1), full: make(chan struct{}, 1), over: make(chan struct{}, 1), stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.workers.Go(func() { r.work(ctx) })
	r.workers.Go(r.makeRoom)
	return r
}

// Series prepares a series for LogSeries: a metric in a context, which is often empty.
func (r *Recorder) Series(metric, context string) (Handle, error) {
	if metric == "" || len(metric) > maxName || len(context) > maxName {
		return 0, fmt.Errorf("%w: a metric's name has %d bytes and its context %d, want 1 to %d and at most %d", ErrInvalid, len(metric), len(context), maxName, maxName)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.handle(seriesName{metric, context}), nil
}

func (r *Recorder) handle(name seriesName) Handle {
	h, ok := r.index[name]
	if !ok {
		h = Handle(len(r.names))
		r.names, r.index[name] = append(r.names, name), h
	}
	return h
}

// Log buffers values of a step and returns. The error is that of an earlier append that will not succeed.
func (r *Recorder) Log(step int64, values map[string]float64) error {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	handles, numbers := make([]Handle, len(names)), make([]float64, len(names))
	for i, name := range names {
		h, err := r.Series(name, "")
		if err != nil {
			return err
		}
		handles[i], numbers[i] = h, values[name]
	}
	return r.LogSeries(step, handles, numbers)
}

// LogContext takes values of a step whose metrics are told apart from others of the same names by a context, as those of one
// attention head.
func (r *Recorder) LogContext(step int64, context string, values map[string]float64) error {
	series, numbers := make([]Handle, 0, len(values)), make([]float64, 0, len(values))
	for _, metric := range slices.Sorted(maps.Keys(values)) {
		h, err := r.Series(metric, context)
		if err != nil {
			return err
		}
		series, numbers = append(series, h), append(numbers, values[metric])
	}
	return r.LogSeries(step, series, numbers)
}

// LogSeries buffers a value of each of some series at a step and returns. The error is that of an earlier append that will
// not succeed.
func (r *Recorder) LogSeries(step int64, series []Handle, values []float64) error {
	if len(series) != len(values) {
		return fmt.Errorf("%w: %d values for %d series", ErrInvalid, len(values), len(series))
	}
	now := r.options.Clock().UnixMicro()
	r.mu.Lock()
	known, err := Handle(len(r.names)), r.failed
	if err == nil {
		err = r.overflow
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	for _, h := range series {
		if h >= known {
			return fmt.Errorf("%w: series %d was not prepared by this recorder", ErrInvalid, h)
		}
	}
	full, over := r.backlog.add(func(block []logged) []logged {
		for i, h := range series {
			block = append(block, logged{h, step, now, values[i]})
		}
		return block
	})
	if full {
		signal(r.full)
	}
	if over {
		signal(r.over)
	}
	return nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// work appends what is buffered, again and again.
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

// makeRoom moves what is too much for the memory to a file.
func (r *Recorder) makeRoom() {
	for {
		select {
		case <-r.stop:
			return
		case <-r.over:
		}
		err := r.backlog.spill(r.known)
		r.mu.Lock()
		r.overflow = err
		r.mu.Unlock()
	}
}

func (r *Recorder) known() []seriesName {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[:len(r.names):len(r.names)]
}

// drain appends everything that is buffered now, in batches.
func (r *Recorder) drain(ctx context.Context) error {
	select {
	case r.appending <- struct{}{}:
		defer func() { <-r.appending }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for mark := r.backlog.mark(); ; {
		r.mu.Lock()
		batch, err := Batch{Run: r.run, Attempt: r.attempt, Sequence: r.sequence + 1}, r.failed
		r.mu.Unlock()
		if err == nil && len(r.flying) == 0 {
			r.flying, err = r.backlog.take(mark, r.known)
		}
		if err != nil || len(r.flying) == 0 {
			return r.fail(err)
		}
		batch.Samples = r.flying
		if err := r.append(ctx, batch); err != nil {
			return err
		}
		r.flying = nil
		r.mu.Lock()
		r.sequence, r.overflow = batch.Sequence, nil
		r.mu.Unlock()
	}
}

// fail keeps an error that will not pass.
func (r *Recorder) fail(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
	return err
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
			return r.fail(err)
		}
		sleep(ctx, pause)
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
	r.workers.Wait()
	_, err := r.Flush(ctx)
	return errors.Join(err, r.backlog.close())
}
