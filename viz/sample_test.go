package viz

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"inkstone/tracker/stats"
)

// TestThinKeepsExtremes draws many series at random and checks every pixel column of each.
func TestThinKeepsExtremes(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		points, width := randomPoints(r), 1+r.IntN(40)
		all := thin(len(points), width, func(i int) xy { return points[i] })
		column := columnsOf(points[0].x, points[len(points)-1].x, width)
		type extremes struct {
			low, high float64
			n         int
		}
		none := extremes{math.Inf(1), math.Inf(-1), 0}
		want, got := make([]extremes, width), make([]extremes, width)
		for i := range want {
			want[i], got[i] = none, none
		}
		widen := func(in []extremes, p xy) {
			at := &in[column(p.x)]
			at.low, at.high, at.n = min(at.low, p.y), max(at.high, p.y), at.n+1
		}
		for _, p := range points {
			if finite(p.y) {
				widen(want, p)
			}
		}
		before := -1
		for _, k := range all {
			widen(got, points[k.index])
			if k.index <= before {
				t.Fatalf("seed %d: index %d after %d", seed, k.index, before)
			}
			broken := before >= 0 && anyBroken(func(i int) xy { return points[i] }, before, k.index)
			if k.gap != broken {
				t.Fatalf("seed %d: gap %v before %d, want %v", seed, k.gap, k.index, broken)
			}
			before = k.index
		}
		for i := range want {
			if got[i].low != want[i].low || got[i].high != want[i].high || got[i].n > 2 {
				t.Fatalf("seed %d, column %d: got %v, want the extremes of %v in two points at most", seed, i, got[i], want[i])
			}
		}
	}
}

func randomPoints(r *rand.Rand) []xy {
	points := make([]xy, 1+r.IntN(300))
	x := 0.0
	for i := range points {
		x += float64(1 + r.IntN(3))
		points[i] = xy{x, r.NormFloat64()}
		if r.IntN(10) == 0 {
			points[i].y = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
		}
	}
	return points
}

// TestEnvelopeCovers checks that no interval reaches out of what is drawn of its piece, and that pieces are bounded.
func TestEnvelopeCovers(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		var points []interval
		low, high, pieces := math.Inf(1), math.Inf(-1), 0
		open := false
		for _, p := range randomPoints(r) {
			half := math.Abs(r.NormFloat64())
			points = append(points, interval{p.x, p.y, p.y - half, p.y + half, 3})
			if !finite(p.y) {
				open = false
				continue
			}
			low, high = min(low, p.y-half), max(high, p.y+half)
			if !open {
				pieces, open = pieces+1, true
			}
		}
		gotLow, gotHigh := math.Inf(1), math.Inf(-1)
		got := envelope(points, 20, scale{})
		for _, piece := range got {
			if len(piece) > 22 {
				t.Fatalf("seed %d: a piece of %d points in 20 columns", seed, len(piece))
			}
			for _, p := range piece {
				gotLow, gotHigh = min(gotLow, p.low), max(gotHigh, p.high)
			}
		}
		if gotLow != low || gotHigh != high || len(got) != pieces {
			t.Fatalf("seed %d: %v to %v in %d pieces, want %v to %v in %d", seed, gotLow, gotHigh, len(got), low, high, pieces)
		}
	}
}

func TestAverage(t *testing.T) {
	nan := math.NaN()
	got := average([][]xy{
		{{0, 1}, {10, 2}, {20, 3}, {25, 9}, {30, 5}},
		{{0, 3}, {10, 4}, {20, nan}, {30, 7}},
		{{0, 5}, {10, 9}},
	})
	_, want := stats.MeanInterval([]float64{2, 4, 9}, level)
	if len(got.points) != 4 || got.undefined != 1 || got.apart != 1 {
		t.Fatalf("got %+v", got)
	}
	if p := got.points[1]; p.mean != 5 || p.n != 3 || math.Abs(p.low-want.Low) > 1e-12 || math.Abs(p.high-want.High) > 1e-12 {
		t.Errorf("at step 10: %+v, want %v", p, want)
	}
	if p := got.points[2]; !math.IsNaN(p.mean) {
		t.Errorf("the mean with a NaN is %v", p.mean)
	}
	if p := got.points[3]; p.mean != 6 || p.n != 2 {
		t.Errorf("beyond the third series: %+v", p)
	}
	if least, most := got.counts(); least != 2 || most != 3 {
		t.Errorf("n from %d to %d", least, most)
	}
}

func TestRepeatedStepsKeepTheLast(t *testing.T) {
	got := lastOfPlace([]xy{{1, 1}, {2, 2}, {3, 3}, {2, 20}, {3, 30}})
	want := []xy{{1, 1}, {2, 20}, {3, 30}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high   float64
		steps       bool
		first, last string
	}{
		{0, 1000, true, "0", "1000"}, {0, 20000, true, "0", "20k"}, {0, 2.5e6, true, "0", "2.5M"}, {0, 3, true, "0", "3"},
		{1.52, 4.1, false, "2.0", "4.0"}, {-0.2, 0.21, false, "−0.2", "0.2"}, {0, 3.1e-4, false, "0", "3e−4"}, {0, 614400, false, "0", "600,000"}, {1e6, 3e6, false, "1.0e6", "3.0e6"}, {5, 5.001, false, "5.0000", "5.0010"},
	} {
		all := valueTicks{}.Ticks(c.low, c.high)
		if c.steps {
			all = stepTicks{}.Ticks(c.low, c.high)
		}
		if n := len(all); n < 3 || n > 8 || all[0].Label != c.first || all[n-1].Label != c.last {
			t.Errorf("%v to %v: %v", c.low, c.high, all)
		}
	}
}

func TestTimesHaveUnits(t *testing.T) {
	for _, c := range []struct {
		to     float64
		labels string
	}{
		{30, "0 5 s 10 s 15 s 20 s 25 s 30 s"}, {150, "0 30 s 1.0 min 1.5 min 2.0 min 2.5 min"}, {5400, "0 15 min 30 min 45 min 60 min 75 min 90 min"},
		{20000, "0 1 h 2 h 3 h 4 h 5 h"}, {400000, "0 1 d 2 d 3 d 4 d"}, {0.5, "0 0.1 s 0.2 s 0.3 s 0.4 s 0.5 s"},
	} {
		var labels []string
		for _, tick := range (timeTicks{}).Ticks(0, c.to) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.labels {
			t.Errorf("up to %v: %s, want %s", c.to, got, c.labels)
		}
	}
	for to, want := range map[float64]string{0.5: "0.5", 3e9: "3G", 5e18: "5e18"} {
		all := amountTicks{}.Ticks(0, to)
		if got := all[len(all)-1].Label; got != want {
			t.Errorf("amounts up to %v end with %s, want %s", to, got, want)
		}
	}
}

// TestSystemFont draws with a font of this machine, where it has one.
func TestSystemFont(t *testing.T) {
	font := systemFont()
	if font == nil || !hasGlyph(font, '人') {
		t.Skip("this machine has no font with Chinese characters")
	}
	before := fallback
	defer func() { fallback = before }()
	plain := bytesOf(t, draw20(t), "pdf")
	fallback = systemFont
	f := draw20(t)
	if got := newTypesetter("pdf").runs("a人b"); len(got) != 3 || got[1].text != "人" || !got[1].foreign {
		t.Errorf("got %v", got)
	}
	if got := f.Caption(); strings.Contains(got, "code point") {
		t.Errorf("caption %q", got)
	}
	if got := bytesOf(t, f, "pdf"); bytes.Equal(got, plain) || !bytes.Equal(got, bytesOf(t, f, "pdf")) {
		t.Error("the font is not used, or not always in the same way")
	}
}

// TestCodePoints: without a font, what the typeface lacks is escaped, and the caption warns.
func TestCodePoints(t *testing.T) {
	if got := newTypesetter("pdf").runs("a人b"); len(got) != 1 || got[0].text != "aU+4EBAb" {
		t.Errorf("got %v", got)
	}
	if got := newTypesetter("svg").runs("a人b"); len(got) != 3 || !got[1].foreign {
		t.Errorf("in SVG: got %v", got)
	}
	if got := missingGlyphs([]string{"人工人", "a"}); got == "" || got[:len("In PNG and PDF 2 characters are")] != "In PNG and PDF 2 characters are" {
		t.Errorf("got %q", got)
	}
}

// TestLongNamesKeepBothEnds: a name that does not fit into its row is cut in the middle.
func TestLongNamesKeepBothEnds(t *testing.T) {
	l := newLook(Light, "svg")
	e := entry{name: "first" + strings.Repeat("x", 500) + "last", remark: "n = 5"}
	name, width := e.fit(l, 300)
	if width > 300 || width < 280 || !strings.HasPrefix(name, "firstx") || !strings.HasSuffix(name, "xlast") || !strings.Contains(name, "x…x") {
		t.Errorf("got %q, %v wide", name, width)
	}
	all, rows := flow(l, []entry{{name: "a"}, {name: "b"}, e, {name: "c"}}, 300)
	for _, p := range all {
		if _, w := p.fit(l, 300); p.left+w > 300 || p.row >= rows {
			t.Errorf("%q reaches to %v in row %d of %d", p.name, p.left+w, p.row, rows)
		}
	}
}
