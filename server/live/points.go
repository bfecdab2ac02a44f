package live

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// A watched figure is brought up to date at the pace of the budget. The points themselves go ahead of that: as they arrive,
// pages get those that have a place in the figure, which costs next to nothing.

// versioned is a point that came with a version.
type versioned struct {
	Point
	version int64
}

// keptPoints bounds what is kept of a run for pages that come late.
const keptPoints = 4096

// point tells those who know the figure's state of new points.
func (h *Hub) point(w *watch, new map[string][]versioned) {
	if len(new) == 0 {
		return
	}
	for run, points := range new {
		kept := append(w.points[run], points...)
		w.points[run] = kept[max(0, len(kept)-keptPoints):]
	}
	var b bytes.Buffer
	key, _ := json.Marshal(w.key)
	b.WriteString(`{"figure":`)
	b.Write(key)
	writePoints(&b, new)
	b.WriteByte('}')
	for l, knows := range w.listeners {
		if knows {
			h.give(l, b.Bytes())
		}
	}
}

// forget drops the points that a picture shows.
func (w *watch) forget(picture int64) {
	for run, points := range w.points {
		w.points[run] = slices.DeleteFunc(points, func(p versioned) bool { return p.version <= picture })
		if len(w.points[run]) == 0 {
			delete(w.points, run)
		}
	}
}

// writePoints writes the field "points", where there are any.
func writePoints(b *bytes.Buffer, all map[string][]versioned) {
	before := `,"points":{`
	for run, points := range all {
		name, _ := json.Marshal(run)
		b.WriteString(before)
		b.Write(name)
		b.WriteString(":[")
		for i, p := range points {
			if i > 0 {
				b.WriteByte(',')
			}
			out := strconv.AppendFloat(append(b.AvailableBuffer(), '['), p.X, 'g', -1, 64)
			out = strconv.AppendFloat(append(out, ','), p.Y, 'g', -1, 64)
			b.Write(append(strconv.AppendInt(append(out, ','), p.version, 10), ']'))
		}
		b.WriteByte(']')
		before = ","
	}
	if len(all) > 0 {
		b.WriteByte('}')
	}
}
