package live

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// told takes a figure's new state and tells its listeners what is new in it: those that know the state before get the
// difference, the others everything.
func (h *Hub) told(w *watch, now State, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		return // the page's own requests tell of it; the next event tries again
	}
	before := w.state
	w.state = &now
	var difference, full []byte
	for l, knows := range w.listeners {
		w.listeners[l] = true
		if knows && before != nil && before.Picture == now.Picture {
			if difference == nil {
				difference = w.message(before)
			}
			h.give(l, difference)
			continue
		}
		if full == nil {
			full = w.full()
		}
		h.give(l, full)
	}
}

func (w *watch) full() []byte { return w.message(nil) }

// message tells the state: for every line how many of the knots that the listener has stay, and those behind them. A listener
// that knows no state of this picture has none.
//
//	{"figure": key, "picture": 7, "version": 9, "since": 8, "place": {…}, "lines": [[keep, [x, y, low, high, n], …], …]}
func (w *watch) message(before *State) []byte {
	var b bytes.Buffer
	key, _ := json.Marshal(w.key)
	b.WriteString(`{"figure":`)
	b.Write(key)
	b.WriteString(`,"picture":` + strconv.FormatInt(w.state.Picture, 10) + `,"version":` + strconv.FormatInt(w.state.Version, 10))
	if before != nil {
		b.WriteString(`,"since":` + strconv.FormatInt(before.Version, 10))
	} else if w.state.Place != nil {
		b.WriteString(`,"place":`)
		b.Write(w.state.Place)
	}
	b.WriteString(`,"lines":[`)
	for i, line := range w.state.Lines {
		if i > 0 {
			b.WriteByte(',')
		}
		keep := 0
		if before != nil && i < len(before.Lines) {
			keep = shared(before.Lines[i], line)
		}
		b.WriteString("[" + strconv.Itoa(keep))
		for _, knot := range line[keep:] {
			b.WriteByte(',')
			b.Write(knot)
		}
		b.WriteByte(']')
	}
	b.WriteString("]}")
	return b.Bytes()
}

// shared is how many knots two lines begin with alike.
func shared(a, b [][]byte) int {
	n := 0
	for n < len(a) && n < len(b) && bytes.Equal(a[n], b[n]) {
		n++
	}
	return n
}
