package live

import (
	"context"
	"slices"

	"inkstone/tracker"
)

// Figures opens figures by the keys that pages know them by.
type Figures interface {
	// Open finds a figure; it reads nothing yet.
	Open(key string) (Figure, error)
}

// Figure is one that pages watch.
type Figure interface {
	// Update brings the figure up to date with the store: some runs again or, where whole is true, everything. It tells what the
	// figure has beyond its newest picture.
	Update(ctx context.Context, runs []string, whole bool) (State, error)
	// Concerns tells what an event means for the figure: that a run's points are to be read again, or everything.
	Concerns(e tracker.Event) (run string, whole, concerned bool)
}

// State is how a figure stands: its newest picture, and what it has beyond. Lines hold each knot as JSON.
type State struct {
	// Picture is the version of the picture that the lines go on from; Version that of the figure.
	Picture int64
	Version int64
	// Place says where the picture's axes lie, as JSON; it changes with the picture alone.
	Place []byte
	// Lines are, for each line of the picture, what goes beyond it.
	Lines [][][]byte
}

// watch is a figure that somebody watches.
type watch struct {
	key       string
	figure    Figure
	listeners map[*Listener]bool // true: it has heard the state
	// dirty are runs to be read again; whole: everything is.
	dirty []string
	whole bool
	state *State
	turn  int // of the painter, when it was last painted
}

// Watch makes a listener watch exactly these figures. Those that cannot be opened are left out.
func (h *Hub) Watch(l *Listener, keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.listeners[l]; !there {
		return
	}
	for key, w := range l.watches {
		if !slices.Contains(keys, key) {
			h.unwatch(l, key, w)
		}
	}
	for _, key := range keys[:min(len(keys), mostWatched)] {
		if l.watches[key] == nil {
			h.watch(l, key)
		}
	}
	h.paint.wake()
}

// mostWatched bounds the figures that one page watches.
const mostWatched = 64

func (h *Hub) watch(l *Listener, key string) {
	w := h.watches[key]
	if w == nil {
		figure, err := h.paint.figures.Open(key)
		if err != nil {
			return
		}
		w = &watch{key: key, figure: figure, listeners: map[*Listener]bool{}, whole: true}
		h.watches[key] = w
	}
	l.watches[key] = w
	w.listeners[l] = false
	if w.state != nil {
		w.listeners[l] = true
		h.give(l, w.full())
	}
}

func (h *Hub) unwatch(l *Listener, key string, w *watch) {
	delete(l.watches, key)
	delete(w.listeners, l)
	if len(w.listeners) == 0 {
		delete(h.watches, key)
	}
}

// hear notes what news mean for the figure.
func (w *watch) hear(n tracker.News) {
	w.whole = w.whole || n.Reset
	for _, e := range n.Events {
		run, whole, concerned := w.figure.Concerns(e)
		switch {
		case whole:
			w.whole = true
		case concerned && !slices.Contains(w.dirty, run):
			w.dirty = append(w.dirty, run)
		}
	}
}

func (w *watch) due() bool { return w.whole || len(w.dirty) > 0 }
