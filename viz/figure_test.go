package viz

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/sfnt"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

// TestMain draws without the fonts of this machine.
func TestMain(m *testing.M) {
	fallback = func() *sfnt.Font { return nil }
	m.Run()
}

var drawn map[string]*Figure

// figures are all kinds of figures in the states that they come in.
func figures(t *testing.T) map[string]*Figure {
	t.Helper()
	if drawn == nil {
		drawn = drawAll(t)
	}
	return drawn
}

func drawAll(t *testing.T) map[string]*Figure {
	t.Helper()
	ctx := context.Background()
	all := map[string]*Figure{"attention": draw20(t)}
	studies := map[string]study{
		"finished": ablations(), "unfinished": unfinished(), "many": many(15, 3, 40),
		"single": {variants: []string{"baseline", "one point"}, seeds: 1, steps: 10, every: 10, value: func(v int, _, step int64) (float64, bool) {
			return float64(v), v == 0 || step == 0
		}},
		"empty": {variants: []string{"baseline", "other"}, seeds: 2, every: 1, value: func(int, int64, int64) (float64, bool) { return 0, false }},
	}
	for name, st := range studies {
		s := fill(t, st)
		curves, err := curvesOf(ctx, s, "study", loss)
		check(t, err)
		differences, err := differencesOf(ctx, s, "study", loss)
		check(t, err)
		all["curves-"+name], all["differences-"+name] = curves, differences
		if name == "unfinished" {
			run, err := s.Run(ctx, "study/post-norm/4")
			check(t, err)
			all["run"], err = runOf(ctx, s, run, loss)
			check(t, err)
		}
	}
	return all
}

func TestFiguresGolden(t *testing.T) {
	for name, f := range figures(t) {
		t.Run(name, func(t *testing.T) {
			svg := bytesOf(t, f, "svg")
			golden.Check(t, "testdata/"+name+".svg", string(svg))
			golden.Check(t, "testdata/"+name+".txt", f.Caption()+"\n")
			if err := xml.Unmarshal(svg, new(struct{})); err != nil {
				t.Errorf("no XML: %v", err)
			}
		})
	}
}

func TestFiguresAreDeterministic(t *testing.T) {
	for name, f := range figures(t) {
		for _, format := range []string{"svg", "png", "pdf", "tex"} {
			light, dark := bytesOf(t, f, format), bytesOf(t, f.Themed(Dark), format)
			if !bytes.Equal(light, bytesOf(t, f, format)) || !bytes.Equal(dark, bytesOf(t, f.Themed(Dark), format)) {
				t.Errorf("%s as %s: two renders differ", name, format)
			}
			if bytes.Equal(light, dark) {
				t.Errorf("%s as %s: both themes look the same", name, format)
			}
		}
	}
}

func TestWriteKnowsItsFormats(t *testing.T) {
	f := draw20(t)
	if err := f.Write(io.Discard, "bmp"); !errors.Is(err, tracker.ErrInvalid) || !strings.Contains(err.Error(), "svg, png, pdf, tex, csv and json") {
		t.Errorf("got %v", err)
	}
	for format, head := range map[string]string{"svg": "<?xml", "png": "\x89PNG", "pdf": "%PDF", "tex": "% "} {
		if got := bytesOf(t, f, format); !bytes.HasPrefix(got, []byte(head)) {
			t.Errorf("%s begins with %q", format, got[:8])
		}
	}
}

// TestNothingIsClipped looks for ink in the outermost pixels.
func TestNothingIsClipped(t *testing.T) {
	for name, f := range figures(t) {
		img, err := png.Decode(bytes.NewReader(bytesOf(t, f, "png")))
		check(t, err)
		b := img.Bounds()
		ground := img.At(0, 0)
		for x := range b.Dx() {
			for y := range b.Dy() {
				if (x < 3 || y < 3 || x >= b.Dx()-3 || y >= b.Dy()-3) && img.At(x, y) != ground {
					t.Fatalf("%s: ink at the edge, at %d,%d of %v", name, x, y, b.Max)
				}
			}
		}
	}
}

func TestUnknownMetric(t *testing.T) {
	ctx, s := context.Background(), fill(t, ablations())
	run, err := s.Run(ctx, "study/baseline/1")
	check(t, err)
	draws := map[string]func() error{
		"run":         func() error { _, err := runOf(ctx, s, run, "lss"); return err },
		"curves":      func() error { _, err := curvesOf(ctx, s, "study", "lss"); return err },
		"differences": func() error { _, err := differencesOf(ctx, s, "study", "lss"); return err },
	}
	for name, draw := range draws {
		if err := draw(); !errors.Is(err, tracker.ErrNotFound) || !strings.Contains(err.Error(), "it has "+loss) {
			t.Errorf("%s: got %v, want the metrics that there are", name, err)
		}
	}
	if _, err := curvesOf(ctx, s, "stdy", loss); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("unknown experiment: got %v", err)
	}
}

func TestEmptyFiguresSaySo(t *testing.T) {
	all := figures(t)
	for _, name := range []string{"curves-empty", "differences-empty"} {
		if svg := string(bytesOf(t, all[name], "svg")); !strings.Contains(svg, ">No p") {
			t.Errorf("%s has no sentence", name)
		}
	}
}

func TestBrokenValuesAreMarkedAndCounted(t *testing.T) {
	values := []float64{1, math.NaN(), 2, math.Inf(1), 3, math.Inf(-1), 4}
	s := fill(t, study{variants: []string{"baseline"}, seeds: 1, steps: 6, every: 1, value: func(_ int, _, step int64) (float64, bool) { return values[step], true }})
	f, err := curvesOf(context.Background(), s, "study", loss)
	check(t, err)
	svg := string(bytesOf(t, f, "svg"))
	for _, want := range []string{">NaN<", ">+∞<", ">−∞<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the legend lacks %q", want)
		}
	}
	if want := "3 values are no finite numbers, marked at the edge."; !strings.Contains(f.Caption(), want) {
		t.Errorf("caption %q lacks %q", f.Caption(), want)
	}
}

func TestDifferencesLeaveOutWhatIsMeasuredOtherwise(t *testing.T) {
	st := ablations()
	st.key = func(variant int) string { return []string{"a", "a", "b", "a"}[variant] }
	f, err := differencesOf(context.Background(), fill(t, st), "study", loss)
	check(t, err)
	if want := "Left out, as they were measured in another way than baseline: post-norm."; !strings.Contains(f.Caption(), want) {
		t.Errorf("caption %q lacks %q", f.Caption(), want)
	}
}

func TestCSV(t *testing.T) {
	values := []float64{0.1, math.NaN(), 1e-300, math.Inf(1), math.Inf(-1)}
	s := fill(t, study{variants: []string{"baseline", "a,b"}, seeds: 2, steps: 4, every: 1, value: func(v int, seed, step int64) (float64, bool) {
		return values[step], v == 0 || seed == 1 && step == 0
	}})
	f, err := curvesOf(context.Background(), s, "study", loss)
	check(t, err)
	lines, err := csv.NewReader(bytes.NewReader(bytesOf(t, f, "csv"))).ReadAll()
	check(t, err)
	for i := range lines {
		lines[i][2] = "" // the run's id is another every time
	}
	want := [][]string{{"line", "seed", "", "step", "value", "low", "high", "n"}}
	for seed := 1; seed <= 2; seed++ {
		for step, v := range []string{"0.1", "NaN", "1e-300", "Infinity", "-Infinity"} {
			want = append(want, []string{"baseline", fmt.Sprint(seed), "", fmt.Sprint(step), v, "", "", ""})
		}
	}
	want = append(want, []string{"a,b", "1", "", "0", "0.1", "", "", ""},
		[]string{"baseline", "", "", "0", "0.1", "0.1", "0.1", "2"}, []string{"baseline", "", "", "2", "1e-300", "1e-300", "1e-300", "2"},
		[]string{"a,b", "", "", "0", "0.1", "", "", "1"})
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
}

func TestAttentionRefusesWrongSizes(t *testing.T) {
	info, values := head([]string{"a", "b"})
	for name, draw := range map[string]func() (*Figure, error){
		"values": func() (*Figure, error) { return AttentionMap(info, 0, 0, values[1:]) },
		"layer":  func() (*Figure, error) { return AttentionMap(info, 4, 0, values) },
		"head":   func() (*Figure, error) { return AttentionMap(info, 0, -1, values) },
		"tokens": func() (*Figure, error) { i := info; i.Tokens = nil; return AttentionMap(i, 0, 0, values) },
	} {
		if _, err := draw(); !errors.Is(err, tracker.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
