package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"inkstone/notebooks"
	"inkstone/server/live"
	"inkstone/tracker"
	"inkstone/viz"
)

const (
	// keptFigures is how many figures the cache keeps.
	keptFigures = 256
	// newest asks for a figure as it is at this moment.
	newest int64 = math.MaxInt64
)

// figures is the cache of figures: each is read and laid out once for everybody who looks at it, and written once in every
// form.
type figures struct {
	store  *tracker.Store
	budget *live.Budget
	mu     sync.Mutex
	byKey  map[string]*figure
}

// figure is one figure of the cache; its lock is held while it is drawn, so that equal ones are drawn once.
type figure struct {
	request viz.Request // on a light ground
	used    time.Time   // under figures.mu

	mu      sync.Mutex
	reading *viz.Reading // of a figure of lines
	drawn   *viz.Figure
	data    *viz.Data // of drawn, where pages watch it
	running bool      // runs went on when it was drawn
	version int64     // of the data that is drawn
	at      time.Time // of the last update for those who watch
	forms   map[string]form

	interest atomic.Pointer[interest]
}

// form is a figure in a format, on a ground.
type form struct {
	plain, zipped []byte
	tag           string
}

func newFigures(store *tracker.Store) *figures {
	return &figures{store: store, budget: &live.Budget{}, byKey: map[string]*figure{}}
}

// get is a figure in a format, of a version of the data or of a later one.
func (c *figures) get(ctx context.Context, r viz.Request, format string, least int64) (form, error) {
	f := c.entry(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func(began time.Time) { c.budget.Spend(time.Since(began)) }(time.Now())
	if err := f.bring(ctx, c.store, least); err != nil {
		return form{}, err
	}
	name := format
	if r.Dark {
		name += " dark"
	}
	written, ok := f.forms[name]
	if !ok {
		figure := f.drawn
		if r.Dark {
			figure = figure.Themed(viz.Dark)
		}
		var out bytes.Buffer
		if err := figure.Write(&out, format); err != nil {
			return form{}, err
		}
		written = form{plain: out.Bytes(), zipped: zip(out.Bytes()), tag: fmt.Sprintf(`"%d-%d"`, f.version, out.Len())}
		f.forms[name] = written
	}
	return written, nil
}

// caption is that of a figure, of a version of the data or of a later one.
func (c *figures) caption(ctx context.Context, r viz.Request, least int64) (string, error) {
	f := c.entry(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func(began time.Time) { c.budget.Spend(time.Since(began)) }(time.Now())
	if err := f.bring(ctx, c.store, least); err != nil {
		return "", err
	}
	return f.drawn.Caption(), nil
}

// bring makes the figure at least as new as a version.
func (f *figure) bring(ctx context.Context, store *tracker.Store, least int64) error {
	if f.drawn != nil && (f.request.Fixed() || f.version >= least) {
		return nil
	}
	version, err := store.Version(ctx)
	if err != nil || f.drawn != nil && f.version == version {
		return err
	}
	if f.request.Lines() {
		reading, err := f.request.Read(ctx, store)
		if err != nil {
			return err
		}
		f.read(reading)
		f.show(reading.Figure(), version)
		f.running = reading.Running()
	} else {
		figure, err := notebooks.Draw(ctx, store, f.request)
		if err != nil {
			return err
		}
		f.show(figure, version)
	}
	return nil
}

// show makes a drawn figure the one that everybody gets.
func (f *figure) show(drawn *viz.Figure, version int64) {
	f.drawn, f.data, f.version, f.forms = drawn, nil, version, map[string]form{}
}

// read takes what was read for the figure.
func (f *figure) read(r *viz.Reading) {
	f.reading = r
	i := &interest{experiment: f.request.Experiment, runs: map[string]bool{}, metrics: r.Metrics()}
	for _, run := range r.Runs() {
		i.runs[run] = true
	}
	f.interest.Store(i)
}

// watchedFor is how long after its last update a figure counts as watched.
const watchedFor = 5 * time.Second

// shown is the version of a figure's picture that a page shows: where others watch it, the one that they see, since what is
// beyond it comes by itself.
func (c *figures) shown(r viz.Request, version int64) int64 {
	f := c.entry(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.data != nil && time.Since(f.at) < watchedFor {
		return f.version
	}
	return version
}

// entry finds a figure's place in the cache, or makes it.
func (c *figures) entry(r viz.Request) *figure {
	r.Dark = false
	key := r.Kind + "?" + r.Values().Encode()
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.byKey[key]
	if f == nil {
		f = &figure{request: r}
		c.byKey[key] = f
		c.forget()
	}
	f.used = time.Now()
	return f
}

// forget drops the figure that was not asked for the longest, when there are too many.
func (c *figures) forget() {
	if len(c.byKey) <= keptFigures {
		return
	}
	var oldest string
	for key, f := range c.byKey {
		if !f.used.IsZero() && (oldest == "" || f.used.Before(c.byKey[oldest].used)) {
			oldest = key
		}
	}
	delete(c.byKey, oldest)
}

func zip(plain []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, _ = w.Write(plain)
	_ = w.Close()
	return out.Bytes()
}
