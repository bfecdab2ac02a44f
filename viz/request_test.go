package viz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

func number64(v float64) *float64 { return &v }

// shapes are requests of a study, by the name of their golden.
func shapes() map[string]Request {
	return map[string]Request{
		"compare":       {Kind: "compare", Where: "experiment = study", Metric: loss},
		"compare-pairs": {Kind: "compare-difference", Where: "experiment = study", Metric: loss, Baseline: "post-norm"},
		"compare-time":  {Kind: "compare", Where: "experiment = study and seed in (1, 2)", Metric: loss, X: "time"},
		"log-log":       {Kind: "curves", Experiment: "study", Metric: loss, XScale: "log", YScale: "log"},
		"symlog":        {Kind: "difference", Experiment: "study", Metric: loss, YScale: "symlog"},
		"window":        {Kind: "curves", Experiment: "study", Metric: loss, From: number64(300), To: number64(500)},
		"smooth":        {Kind: "curve", Where: "variant = baseline and seed = 1", Metric: loss, Smooth: "ema:100"},
		"smooth-group":  {Kind: "curves", Experiment: "study", Metric: loss, Smooth: "gaussian:60"},
		"runs":          {Kind: "curve", Where: "seed = 1", Metric: loss},
		"spark":         {Kind: "spark", Experiment: "study", Metric: loss},
	}
}

func TestRequestsGolden(t *testing.T) {
	s := fill(t, ablations())
	for name, request := range shapes() {
		f, err := request.Draw(t.Context(), s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden.Check(t, "testdata/"+name+".svg", string(bytesOf(t, f, "svg")))
		golden.Check(t, "testdata/"+name+".txt", f.Caption()+"\n")
		again, err := ParseRequest(request.Kind, request.Values())
		check(t, err)
		request.Query = -1
		if d := cmp.Diff(request, again); d != "" {
			t.Errorf("%s changes on its way through an address:\n%s", name, d)
		}
	}
}

func TestRequestsOfAttentionGoThroughAnAddress(t *testing.T) {
	want := Request{Kind: "attention", Capture: 3, Against: 4, Layer: 2, Head: 5, Query: 7, HideFirst: true, Dark: true, Live: true}
	if got, err := ParseRequest("attention", want.Values()); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
}

func TestRequestsAreRefused(t *testing.T) {
	s := fill(t, ablations())
	for name, c := range map[string]struct {
		request Request
		kind    error
		says    string
	}{
		"an unknown kind":     {Request{Kind: "pie"}, tracker.ErrNotFound, "curves"},
		"smoothing":           {Request{Kind: "curves", Experiment: "study", Smooth: "ema"}, tracker.ErrInvalid, "ema:50"},
		"a scale":             {Request{Kind: "curves", Experiment: "study", YScale: "cube"}, tracker.ErrInvalid, "symlog"},
		"log of a difference": {Request{Kind: "difference", Experiment: "study", YScale: "log"}, tracker.ErrInvalid, "symlog"},
		"a window":            {Request{Kind: "curves", Experiment: "study", From: number64(2), To: number64(1)}, tracker.ErrInvalid, "from=2"},
		"no runs":             {Request{Kind: "compare", Where: "seed = 99", Metric: loss}, tracker.ErrInvalid, "no runs"},
		"a baseline":          {Request{Kind: "compare", Where: "seed = 1", Metric: loss, Baseline: "x"}, tracker.ErrNotFound, `"x"`},
	} {
		if _, err := c.request.Draw(t.Context(), s); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseRequest("curves", url.Values{"from": {"here"}}); !errors.Is(err, tracker.ErrInvalid) {
		t.Errorf("from=here: %v", err)
	}
}

// TestWindowReadsEveryPoint: what a wide figure thins out, a window shows.
func TestWindowReadsEveryPoint(t *testing.T) {
	s := fill(t, study{variants: []string{"baseline"}, seeds: 1, steps: 50_000, every: 1, value: func(_ int, _, step int64) (float64, bool) {
		return math.Sin(float64(step)), true
	}})
	wide, err := Request{Kind: "curves", Experiment: "study", Metric: loss}.Draw(t.Context(), s)
	check(t, err)
	near, err := Request{Kind: "curves", Experiment: "study", Metric: loss, From: number64(1000.5), To: number64(1100)}.Draw(t.Context(), s)
	check(t, err)
	if d := wide.Data(); len(d.Lines[0].Knots) > 2*columns || d.Points != 50_001 {
		t.Errorf("the wide figure draws %d of %d points", len(d.Lines[0].Knots), d.Points)
	}
	knots := near.Data().Lines[0].Knots
	if len(knots) != 100 || knots[0].X() != 1001 || knots[99].X() != 1100 {
		t.Errorf("the window draws %d points, from %v", len(knots), knots[0].X())
	}
}

func TestDataLiesWhereTheFigureDraws(t *testing.T) {
	f, err := curvesOf(context.Background(), fill(t, ablations()), "study", loss)
	check(t, err)
	var d Data
	check(t, json.Unmarshal(bytes.ReplaceAll(bytesOf(t, f, "json"), []byte(`"points":[[`), []byte(`"knots":[[`)), &d))
	if d.Frame == nil || d.X.Scale != "linear" || d.X.Label != "step" || len(d.Lines) != 4 || d.Points != 1020 {
		t.Fatalf("got %+v", d)
	}
	knot := f.Data().Lines[0].Knots[0]
	x := d.Frame.Left + (knot.X()-d.X.Min)/(d.X.Max-d.X.Min)*d.Frame.Width
	y := d.Frame.Top + (d.Y.Max-knot.Y())/(d.Y.Max-d.Y.Min)*d.Frame.Height
	svg := string(bytesOf(t, f, "svg"))
	if at := fmt.Sprintf("M%s,%s", short(x), short(d.Height-y)); !strings.Contains(svg, at) {
		t.Errorf("no line begins at %s", at)
	}
	if d.Lines[0].Color != "#16181d" || d.Lines[0].Dark != "#f2f3f5" || len(d.Lines[1].Runs) != 5 {
		t.Errorf("got %+v", d.Lines[0])
	}
}

// short is a number as gonum's SVG writes it.
func short(v float64) string {
	return fmt.Sprintf("%.*g", 5, v)
}

func TestLiveLeavesRoom(t *testing.T) {
	s := fill(t, unfinished())
	still, err := Request{Kind: "curves", Experiment: "study", Metric: loss}.Draw(t.Context(), s)
	check(t, err)
	live, err := Request{Kind: "curves", Experiment: "study", Metric: loss, Live: true}.Draw(t.Context(), s)
	check(t, err)
	if got, want := live.Data().X.Max, still.Data().X.Max; got != want*9/8 {
		t.Errorf("a live axis ends at %v, a still one at %v", got, want)
	}
}

func TestRefreshReadsWhatIsNew(t *testing.T) {
	s := fill(t, unfinished())
	request := Request{Kind: "curves", Experiment: "study", Metric: loss}
	reading, err := request.Read(t.Context(), s)
	check(t, err)
	run, err := s.Run(t.Context(), "study/no 2-D positions/5")
	check(t, err)
	check(t, s.Append(t.Context(), tracker.Batch{Run: run.ID, Attempt: 1, Sequence: 2, Samples: []tracker.Sample{{Metric: loss, Step: 620, Value: 1.5}}}))
	check(t, reading.Refresh(t.Context(), []string{run.ID}))
	fresh, err := request.Draw(t.Context(), s)
	check(t, err)
	if d := cmp.Diff(string(bytesOf(t, fresh, "svg")), string(bytesOf(t, reading.Figure(), "svg"))); d != "" {
		t.Errorf("refreshed and fresh differ:\n%s", d)
	}
}

// TestLegendsTellTheEnd: the last value stands beside a line's name, and colours that come around again are said.
func TestLegendsTellTheEnd(t *testing.T) {
	f, err := Request{Kind: "curves", Experiment: "study", Metric: loss}.Draw(t.Context(), fill(t, many(30, 1, 3)))
	check(t, err)
	last := *f.Data().Lines[0].Last
	if svg := string(bytesOf(t, f, "svg")); !strings.Contains(svg, fmt.Sprintf(">%.4g, n = 1<", last)) {
		t.Errorf("the legend lacks %.4g", last)
	}
	if want := "Colours with their dashes come around again after 28 lines."; !strings.Contains(f.Caption(), want) {
		t.Errorf("caption %q lacks %q", f.Caption(), want)
	}
	f, err = Request{Kind: "compare", Where: "experiment = study", Group: "experiment", Metric: loss}.Draw(t.Context(), fill(t, many(3, 2, 3)))
	check(t, err)
	if want := "Left out: 4 older runs of a seed that their group has again."; !strings.Contains(f.Caption(), want) {
		t.Errorf("caption %q lacks %q", f.Caption(), want)
	}
}

func TestExcludedRunsAreNamed(t *testing.T) {
	s := fill(t, ablations())
	run, err := s.Run(t.Context(), "study/post-norm/2")
	check(t, err)
	check(t, s.Tag(t.Context(), []string{run.ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "wrong corpus"}}))
	f, err := curvesOf(t.Context(), s, "study", loss)
	check(t, err)
	if want := "Left out: post-norm, seed 2 (wrong corpus)."; !strings.Contains(f.Caption(), want) || f.Data().Lines[2].Most != 4 {
		t.Errorf("caption %q lacks %q; n = %d", f.Caption(), want, f.Data().Lines[2].Most)
	}
}

func TestLogMarksWhatItCannotShow(t *testing.T) {
	values := []float64{1, 0, 10, -3, 100}
	s := fill(t, study{variants: []string{"baseline"}, seeds: 1, steps: 4, every: 1, value: func(_ int, _, step int64) (float64, bool) { return values[step], true }})
	f, err := Request{Kind: "curves", Experiment: "study", Metric: loss, YScale: "log", XScale: "log"}.Draw(t.Context(), s)
	check(t, err)
	for _, want := range []string{"no place for 2 values that are not above zero, marked at its edge", "The horizontal axis is logarithmic"} {
		if !strings.Contains(f.Caption(), want) {
			t.Errorf("caption %q lacks %q", f.Caption(), want)
		}
	}
	if svg := string(bytesOf(t, f, "svg")); !strings.Contains(svg, ">≤ 0<") {
		t.Error("the legend does not name the marks")
	}
}
