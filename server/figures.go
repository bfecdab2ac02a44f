package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"inkstone/notebooks"
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
	store *tracker.Store
	mu    sync.Mutex
	byKey map[string]*figure
}

// figure is one figure of the cache; its lock is held while it is drawn, so that equal ones are drawn once.
type figure struct {
	request viz.Request // on a light ground
	used    time.Time   // under figures.mu

	mu      sync.Mutex
	reading *viz.Reading // of a figure of lines
	drawn   *viz.Figure
	version int64 // of the data that is drawn
	at      time.Time
	took    time.Duration
	forms   map[string]form
}

// form is a figure in a format, on a ground.
type form struct {
	plain, zipped []byte
	tag           string
}

func newFigures(store *tracker.Store) *figures {
	return &figures{store: store, byKey: map[string]*figure{}}
}

// get is a figure in a format, of a version of the data or of a later one.
func (c *figures) get(ctx context.Context, r viz.Request, format string, least int64) (form, error) {
	f := c.entry(r)
	f.mu.Lock()
	defer f.mu.Unlock()
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

// bring makes the figure at least as new as a version.
func (f *figure) bring(ctx context.Context, store *tracker.Store, least int64) error {
	if f.drawn != nil && (f.request.Fixed() || f.version >= least) {
		return nil
	}
	version, err := store.Version(ctx)
	if err != nil || f.drawn != nil && f.version == version {
		return err
	}
	began := time.Now()
	if f.request.Lines() {
		if f.reading, err = f.request.Read(ctx, store); err != nil {
			return err
		}
		f.show(f.reading.Figure(), version)
	} else {
		figure, err := notebooks.Draw(ctx, store, f.request)
		if err != nil {
			return err
		}
		f.show(figure, version)
	}
	f.took, f.at = time.Since(began), time.Now()
	return nil
}

// show makes a drawn figure the one that everybody gets.
func (f *figure) show(drawn *viz.Figure, version int64) {
	f.drawn, f.version, f.forms = drawn, version, map[string]form{}
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
