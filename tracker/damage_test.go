package tracker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// damageable is a store with three runs that have everything, folded and not, and a histogram.
func damageable(t *testing.T) (*Store, []string) {
	t.Helper()
	s := newStore(t, Options{})
	var runs []string
	for i := range int64(3) {
		a := begin(t, s, addRun(t, s, "e", "baseline", i, fmt.Sprint("d", i)).ID, nil)
		runs = append(runs, a.run)
		c := noisy(2*chunkPoints + 500)
		var batch []Sample
		for k := range c.len() {
			batch = append(batch, at("loss", c.steps[k], c.values[k]+float64(i))) // other pages for each run
			if k%50 == 0 {
				batch = append(batch, at("lr", c.steps[k], 1/c.values[k]))
			}
		}
		put(t, s, a, 1, batch[:2*chunkPoints]...)
		put(t, s, a, 2, batch[2*chunkPoints:]...)
		floor, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.foldRun(t.Context(), a.run, floor); err != nil { // the journals of the others stay
			t.Fatal(err)
		}
		a.release()
		a = begin(t, s, a.run, &Resume{1, 1})
		put(t, s, a, 1, batch[50:54]...)
		put(t, s, a, 2, batch[50:54]...)
		histogram := Capture{Kind: Histogram, Name: "h", Step: 2, Layers: 2, Heads: 1, Queries: 1, Keys: 3, Edges: []float64{0, 1, 2, 4}, Values: []float32{1, 2, 3, 4, 5, 6}}
		if err := errors.Join(a.Capture(t.Context(), attention(1, 2, 2, 40), 1), a.Capture(t.Context(), histogram, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return s, runs
}

// readings are all that can be read of runs, as texts, by what they are of.
func readings(t *testing.T, s *Store, runs []string) map[string]string {
	t.Helper()
	ctx := t.Context()
	all := map[string]string{}
	note := func(run, what string, value any, err error) { all[run+" "+what] = fmt.Sprint(value, err) }
	for _, run := range runs {
		r, err := s.Run(ctx, run)
		note(run, "itself", r, err)
		for _, metric := range []string{"loss", "lr"} {
			points, err := s.Points(ctx, run, Series{Metric: metric})
			note(run, metric, bitsOf(points), err)
			envelope, err := s.Envelope(ctx, run, Series{Metric: metric}, 100)
			note(run, metric+" envelope", envelope, err)
			hidden, err := s.Superseded(ctx, run, Series{Metric: metric})
			note(run, metric+" superseded", bitsOf(hidden), err)
		}
		captures, err := s.Captures(ctx, run)
		note(run, "captures", captures, err)
		for _, c := range captures {
			for i := range c.Layers * c.Heads {
				_, head, err := s.CaptureHead(ctx, c.ID, i/c.Heads, i%c.Heads)
				note(run, fmt.Sprint("capture ", c.Step, " head ", i), head, err)
			}
			if c.Kind == Attention {
				thumbnails, err := s.CaptureThumbnails(ctx, c.ID)
				note(run, "thumbnails", thumbnails, err)
			}
		}
	}
	return all
}

// bitsOf is quicker to make than a text.
func bitsOf(points []Point) string {
	var bits []byte
	for _, p := range points {
		for _, n := range []uint64{uint64(p.Step), uint64(p.Time.UnixMicro()), math.Float64bits(float64(p.Value))} {
			bits = binary.LittleEndian.AppendUint64(bits, n)
		}
	}
	return string(bits)
}

// changed lists what reads otherwise.
func changed(before, after map[string]string) (names []string) {
	for name, text := range before {
		if after[name] != text {
			names = append(names, name)
		}
	}
	return names
}

// TestAFlippedBitIsFoundNamedAndIsolated flips bits all over one blob of each kind.
func TestAFlippedBitIsFoundNamedAndIsolated(t *testing.T) {
	takesLong(t)
	s, runs := damageable(t)
	before := readings(t, s, runs)
	for name, c := range map[string]struct {
		table, column, where string
		found                string // by Check
		reads                string // what may read otherwise
	}{
		"a batch":            {"journal", "payload", "run = ? AND attempt = 2 AND sequence = 2", "batch 2 of run ", "l"},
		"a chunk's top":      {"chunks", "top", "id = (SELECT id << 24 FROM series WHERE run = ? AND name = 'loss')", "the pyramid of chunk 0", "loss"},
		"a chunk's levels":   {"chunks", "levels", "id = (SELECT id << 24 FROM series WHERE run = ? AND name = 'loss')", "the pyramid of chunk 0", "loss"},
		"a chunk's points":   {"chunks", "data", "id = (SELECT id << 24 FROM series WHERE run = ? AND name = 'loss')", "chunk 0 of series ", "loss"},
		"a superseded chunk": {"superseded_chunks", "data", "id = (SELECT min(c.id) FROM superseded_chunks c JOIN series s ON s.id = c.series WHERE run = ? AND name = 'lr')", "superseded chunk ", "lr superseded"},
		"a head":             {"capture_heads", "data", "layer = 1 AND head = 1 AND capture = (SELECT id FROM captures WHERE run = ? AND step = 1)", "layer 1, head 1", "capture 1 head 3"},
		"thumbnails":         {"captures", "thumbnails", "run = ? AND step = 1", "its thumbnails", "thumbnails"},
		"edges":              {"captures", "edges", "run = ? AND step = 2", "the edges of a histogram", "capture"},
	} {
		t.Run(name, func(t *testing.T) {
			var whole []byte
			if err := s.read.QueryRow("SELECT "+c.column+" FROM "+c.table+" WHERE "+c.where, runs[1]).Scan(&whole); err != nil {
				t.Fatal(err)
			}
			set := func(blob []byte) {
				t.Helper()
				if _, err := s.write.Exec("UPDATE "+c.table+" SET "+c.column+" = ? WHERE "+c.where, blob, runs[1]); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 4 {
				bit := i * (8*len(whole) - 1) / 3
				spoilt := append([]byte(nil), whole...)
				spoilt[bit/8] ^= 1 << (bit % 8)
				set(spoilt)
				report, err := s.Check(t.Context(), nil)
				if err != nil || len(report.Findings) == 0 {
					t.Errorf("bit %d: %v, nothing was found", bit, err)
				}
				for _, f := range report.Findings { // a batch is named for each series that it may have had points of
					if !strings.Contains(f.Where+": "+f.What, c.found) {
						t.Errorf("bit %d: found %+v, want nothing but %q", bit, f, c.found)
					}
				}
				for _, other := range changed(before, readings(t, s, runs)) {
					if !strings.HasPrefix(other, runs[1]+" "+c.reads) {
						t.Errorf("bit %d: %s reads otherwise", bit, other)
					}
				}
			}
			set(whole)
			if others := changed(before, readings(t, s, runs)); len(others) > 0 {
				t.Errorf("repaired, and still read otherwise: %v", others)
			}
		})
	}
}

// TestDamageOfOneRunLetsOthersBeFolded has one run with a damaged open chunk, and another one.
func TestDamageOfOneRunLetsOthersBeFolded(t *testing.T) {
	s, a := folded(t, 100)
	b := begin(t, s, addRun(t, s, "e", "baseline", 2, "d2").ID, nil)
	if _, err := s.write.Exec("UPDATE chunks SET data = x'00'"); err != nil {
		t.Fatal(err)
	}
	put(t, s, a, 2, at("loss", 1, 1))
	put(t, s, b, 1, at("loss", 1, 1))
	if err := errors.Join(a.End(t.Context(), Finished, ""), b.End(t.Context(), Finished, "")); err != nil {
		t.Fatal(err)
	}
	floor, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.maintain(t.Context(), floor); err != nil {
		t.Fatal(err)
	}
	left, err := collect(t.Context(), s.read, scanText, "SELECT run FROM journal WHERE kind = 'points'")
	if err != nil || len(left) != 1 || left[0] != a.run {
		t.Errorf("the journal has points of %v, %v; want those of the damaged run alone", left, err)
	}
}
