package viz

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// mapStore is a store of attention maps: captures 1 and 2 are of steps 0 and 1000 of a run, 3 of another run, 4 of other tokens, 5
// of a run with fewer heads, and 6 of losses.
type mapStore struct {
	store *tracker.Store
	runs  []string
}

var mapTokens = []string{"[CLS]", "人", "工", " is", " the", "人", "工", " and", "\n", "\xe5", "."}

func recordMaps(t testing.TB) mapStore {
	t.Helper()
	ctx := context.Background()
	s, err := tracker.Open(t.TempDir(), tracker.Options{})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	m := mapStore{store: s}
	attempt := func(variant string) *tracker.Attempting {
		run, err := s.CreateRun(ctx, tracker.NewRun{Experiment: "study", Variant: variant, Seed: 1, Digest: variant, Spec: []byte("{}")})
		check(t, err)
		a, err := s.BeginAttempt(ctx, run.ID, tracker.AttemptInfo{}, nil)
		check(t, err)
		m.runs = append(m.runs, run.ID)
		t.Cleanup(func() { _ = a.End(ctx, tracker.Finished, "") })
		return a
	}
	first, other, small := attempt("baseline"), attempt("ablated"), attempt("one head")
	m.score(t, first)
	for _, c := range []struct {
		of     *tracker.Attempting
		step   int64
		count  int
		tokens []string
		sharp  float64
	}{{first, 0, 3, mapTokens, 0}, {first, 1000, 3, mapTokens, 2}, {other, 1000, 3, mapTokens, 1}, {first, 1000, 3, append([]string{"A"}, mapTokens[1:]...), 1}, {small, 1000, 1, mapTokens, 1}} {
		check(t, c.of.Capture(ctx, patterned(c.step, 2, c.count, c.tokens, c.sharp), 1))
	}
	losses := tracker.Capture{Kind: tracker.Losses, Name: "losses", Layers: 1, Heads: 1, Queries: 1, Keys: len(mapTokens), Tokens: mapTokens, Values: make([]float32, len(mapTokens))}
	check(t, first.Capture(ctx, losses, 1))
	return m
}

// score records induction at steps 0 and 1000: of head (1, 2) it grows.
func (m mapStore) score(t testing.TB, a *tracker.Attempting) {
	t.Helper()
	b := tracker.Batch{Run: m.runs[0], Attempt: 1, Sequence: 1}
	for _, step := range []int64{0, 1000} {
		for layer := range 2 {
			for head := range 3 {
				v := 0.01 * float64(3*layer+head)
				if step == 1000 && layer == 1 && head == 2 {
					v = 0.9
				}
				b.Samples = append(b.Samples, tracker.Sample{Metric: heads.Induction.Metric(), Context: heads.Context(layer, head), Step: step, Value: v})
			}
		}
		b.Samples = append(b.Samples, tracker.Sample{Metric: heads.Induction.ChanceMetric(), Step: step, Value: 0.2})
	}
	check(t, a.Sink().Append(context.Background(), b))
}

// patterned are maps whose head h looks h places back, the more the sharper; the first key takes the rest.
func patterned(step int64, layers, count int, tokens []string, sharp float64) tracker.Capture {
	n := len(tokens)
	c := tracker.Capture{Name: "attention", Context: "prompt-0", Step: step, Layers: layers, Heads: count, Queries: n, Keys: n, Tokens: tokens}
	for layer := range layers {
		for head := range count {
			for q := range n {
				row := make([]float32, n)
				row[0] = 0.5
				for k := range q + 1 {
					row[k] += float32(math.Exp(-sharp * math.Abs(float64(q-k-head-layer))))
				}
				sum := float32(0)
				for _, v := range row {
					sum += v
				}
				for k := range row {
					row[k] /= sum
				}
				c.Values = append(c.Values, row...)
			}
		}
	}
	return c
}

// requests are figures of maps, by the name of their golden.
func (m mapStore) requests() map[string]Request {
	one := Request{Kind: "attention", Runs: m.runs[:1], Capture: 2, Layer: 1, Head: 1, Query: -1}
	with := func(change func(r *Request)) Request {
		r := one
		change(&r)
		return r
	}
	return map[string]Request{
		"heads":                 with(func(r *Request) { r.Kind, r.Layer, r.Head = "heads", 0, 0 }),
		"heads-sorted":          with(func(r *Request) { r.Kind, r.Layer, r.Head, r.Sort, r.HideFirst = "heads", 0, 0, "induction", true }),
		"attention-query":       with(func(r *Request) { r.Query = 6 }),
		"attention-first":       with(func(r *Request) { r.HideFirst = true }),
		"attention-steps":       with(func(r *Request) { r.Against = 1 }),
		"attention-runs":        with(func(r *Request) { r.Against = 3 }),
		"arcs":                  with(func(r *Request) { r.Kind, r.Query = "arcs", 8 }),
		"arcs-steps":            with(func(r *Request) { r.Kind, r.Query, r.Against = "arcs", 8, 1 }),
		"profile":               with(func(r *Request) { r.Kind, r.Query = "profile", 8 }),
		"profile-steps":         with(func(r *Request) { r.Kind, r.Query, r.Against, r.HideFirst = "profile", 8, 1, true }),
		"rollout":               with(func(r *Request) { r.Kind, r.Head = "rollout", 0 }),
		"heads-before-anything": with(func(r *Request) { r.Kind, r.Capture, r.Layer, r.Head, r.Sort = "heads", 1, 0, 0, "entropy" }),
	}
}

func TestMapsGolden(t *testing.T) {
	m := recordMaps(t)
	for name, request := range m.requests() {
		t.Run(name, func(t *testing.T) {
			f, err := request.Draw(t.Context(), m.store)
			check(t, err)
			svg := bytesOf(t, f, "svg")
			golden.Check(t, "testdata/"+name+".svg", string(svg))
			golden.Check(t, "testdata/"+name+".txt", f.Caption()+"\n")
			if err := xml.Unmarshal(svg, new(struct{})); err != nil {
				t.Errorf("no XML: %v", err)
			}
			for _, format := range []string{"svg", "pdf", "csv", "json"} {
				if !bytes.Equal(bytesOf(t, f, format), bytesOf(t, f, format)) {
					t.Errorf("two renders as %s differ", format)
				}
			}
			if bytes.Equal(svg, bytesOf(t, f.Themed(Dark), "svg")) {
				t.Error("both themes look the same")
			}
			again, err := ParseRequest(request.Kind, request.Values())
			if check(t, err); cmp.Diff(request, again) != "" {
				t.Errorf("changes on its way through an address:\n%s", cmp.Diff(request, again))
			}
			noInkAtTheEdge(t, f)
		})
	}
}

func noInkAtTheEdge(t *testing.T, f *Figure) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(bytesOf(t, f, "png")))
	check(t, err)
	b := img.Bounds()
	ground := img.At(0, 0)
	see := func(x, y int) {
		if img.At(x, y) != ground {
			t.Fatalf("ink at the edge, at %d,%d of %v", x, y, b.Max)
		}
	}
	for x := range b.Dx() {
		see(x, 2)
		see(x, b.Dy()-3)
	}
	for y := range b.Dy() {
		see(2, y)
		see(b.Dx()-3, y)
	}
}

func TestMapsAreRefused(t *testing.T) {
	m := recordMaps(t)
	for name, c := range map[string]struct {
		request Request
		kind    error
		says    string
	}{
		"other tokens":        {Request{Kind: "attention", Capture: 2, Against: 4, Query: -1}, tracker.ErrInvalid, "of different tokens; choose one of the same prompt"},
		"no such head there":  {Request{Kind: "attention", Capture: 2, Against: 5, Head: 2, Query: -1}, tracker.ErrInvalid, "the second has 2 layers of 1 head, and no layer 0, head 2"},
		"minus losses":        {Request{Kind: "attention", Capture: 2, Against: 6, Query: -1}, tracker.ErrInvalid, `kind "losses"`},
		"minus nothing":       {Request{Kind: "attention", Capture: 2, Against: 99, Query: -1}, tracker.ErrNotFound, "capture 99"},
		"losses":              {Request{Kind: "attention", Capture: 6, Query: -1}, tracker.ErrInvalid, "no attention map"},
		"another run":         {Request{Kind: "attention", Runs: []string{m.runs[1]}, Capture: 2, Query: -1}, tracker.ErrNotFound, "has no capture 2"},
		"heads of another":    {Request{Kind: "heads", Runs: []string{m.runs[1]}, Capture: 2, Query: -1}, tracker.ErrNotFound, "has no capture 2"},
		"an unknown score":    {Request{Kind: "heads", Capture: 2, Sort: "cleverness"}, tracker.ErrInvalid, "previous_token, first_token, induction"},
		"arcs of no query":    {Request{Kind: "arcs", Capture: 2, Query: -1}, tracker.ErrInvalid, "name it, as query=0 to 10"},
		"a query too far":     {Request{Kind: "profile", Capture: 2, Query: 11}, tracker.ErrInvalid, "query 11 of 11"},
		"rollout of no layer": {Request{Kind: "rollout", Capture: 2, Layer: 2, Query: -1}, tracker.ErrInvalid, "layer 2 of 2"},
	} {
		if _, err := c.request.Draw(t.Context(), m.store); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADifferenceIsOfTheSameWeights(t *testing.T) {
	m := recordMaps(t)
	r := Request{Kind: "attention", Capture: 2, Layer: 1, Head: 1, Query: -1}
	after, err := Weights(t.Context(), m.store, r)
	check(t, err)
	r.Capture = 1
	before, err := Weights(t.Context(), m.store, r)
	check(t, err)
	r.Capture, r.Against = 2, 1
	got, err := Weights(t.Context(), m.store, r)
	check(t, err)
	for i := range got {
		if got[i] != after[i]-before[i] {
			t.Fatalf("value %d is %v, want %v − %v", i, got[i], after[i], before[i])
		}
	}
}

// TestScales looks at where colours begin and end; of differences, 0 is in the middle.
func TestScales(t *testing.T) {
	for name, c := range map[string]struct {
		diverging bool
		values    []float32
		low, high float64
		broken    int
	}{
		"weights":              {false, []float32{0.1, 0.4}, 0, 0.4, 0},
		"nothing":              {false, nil, 0, 1, 0},
		"differences":          {true, []float32{-0.2, 0.1}, -0.2, 0.2, 0},
		"no difference":        {true, []float32{0}, -1, 1, 0},
		"what is no number":    {false, []float32{float32(math.NaN()), 0.5, float32(math.Inf(1))}, 0, 0.5, 2},
		"weights below zero":   {false, []float32{-0.5, 1}, -0.5, 1, 0},
		"growth on both sides": {true, []float32{0.3}, -0.3, 0.3, 0},
	} {
		s := shading{diverging: c.diverging}
		broken := s.see(c.values...)
		s.close()
		if float32(s.low) != float32(c.low) || float32(s.high) != float32(c.high) || broken != c.broken {
			t.Errorf("%s: from %v to %v, %d broken", name, s.low, s.high, broken)
		}
		if c.diverging && s.shade(0) != (shades-1)/2 {
			t.Errorf("%s: 0 has shade %d", name, s.shade(0))
		}
	}
}

func TestTheDataOfAMapSayWhereItLies(t *testing.T) {
	m := recordMaps(t)
	f, err := Request{Kind: "attention", Capture: 2, Layer: 1, Head: 0, Query: -1}.Draw(t.Context(), m.store)
	check(t, err)
	var d mapData
	check(t, json.Unmarshal(bytesOf(t, f, "json"), &d))
	var weights []float32
	check(t, json.Unmarshal(d.Weights, &weights))
	n := len(mapTokens)
	if len(weights) != n*n || d.Tokens[9] != `\xe5` || d.Tokens[8] != `\n` || d.Tokens[3] != "·is" || d.Queries != n {
		t.Errorf("got %d weights, tokens %q", len(weights), d.Tokens)
	}
	// The strongest cell of the last row has the darkest pixel in the middle of its place.
	img, err := png.Decode(bytes.NewReader(bytesOf(t, f, "png")))
	check(t, err)
	pixels := float64(img.Bounds().Dx()) / d.Width
	at := func(query, key int) uint32 {
		x := d.Frame.Left + d.Frame.Width*(float64(key)+0.5)/float64(n)
		y := d.Frame.Top + d.Frame.Height*(float64(query)+0.5)/float64(n)
		r, g, b, _ := img.At(int(x*pixels), int(y*pixels)).RGBA()
		return r + g + b
	}
	for key := range n {
		if key != n-2 && at(n-1, key) <= at(n-1, n-2) {
			t.Errorf("key %d is drawn darker than key %d, which has %v", key, n-2, weights[(n-1)*n+n-2])
		}
	}
}

func TestHeadsAreSortedByTheirScoreAtTheStep(t *testing.T) {
	m := recordMaps(t)
	for capture, want := range map[int64][]Place{
		1: {{1, 2}, {1, 1}, {1, 0}, {0, 2}, {0, 1}, {0, 0}}, 2: {{1, 2}, {1, 1}, {1, 0}, {0, 2}, {0, 1}, {0, 0}},
	} {
		f, err := Request{Kind: "heads", Capture: capture, Sort: "induction"}.Draw(t.Context(), m.store)
		check(t, err)
		var d gridData
		check(t, json.Unmarshal(bytesOf(t, f, "json"), &d))
		if diff := cmp.Diff(want, d.Order); diff != "" {
			t.Error(diff)
		}
		if best := map[int64]tracker.Value{1: 0.05, 2: 0.9}[capture]; d.Scores[0] != best {
			t.Errorf("the best of capture %d has %v, want %v", capture, d.Scores[0], best)
		}
	}
	scores, err := ReadHeadScores(t.Context(), m.store, m.runs[0], 1000, []Place{{1, 2}, {0, 0}}, Scores()...)
	check(t, err)
	if !scores.Clear(Place{1, 2}, "induction") || scores.Clear(Place{0, 0}, "induction") || scores.Chance("induction") != 0.2 || !math.IsNaN(scores.Of(Place{1, 1}, "induction")) {
		t.Errorf("got %v", scores)
	}
}

func TestACurveOfAHeadNamesIt(t *testing.T) {
	m := recordMaps(t)
	f, err := Request{Kind: "curve", Runs: m.runs[:1], Metric: heads.Induction.Metric(), Context: "L1H2", Query: -1}.Draw(t.Context(), m.store)
	check(t, err)
	if !strings.Contains(f.Caption(), "heads/induction in L1H2 of one run") {
		t.Errorf("got %q", f.Caption())
	}
}
