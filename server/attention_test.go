package server

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
	"inkstone/tracker/heads"
	"inkstone/viz"
)

// walkable is a bench with maps of two runs: of baseline/1 at steps 0 and 10 with scores and losses, of other/1 at step 10, and
// there of another prompt too. Head (1, 0) of baseline/1 learns induction.
type walkable struct {
	*bench
	page string
}

var walked = []string{"春", " ", "春", "\n"}

func newWalkable(t *testing.T) walkable {
	t.Helper()
	b := newBench(t, "other")
	for _, trial := range []string{"baseline/1", "other/1"} {
		a, r := b.train(trial)
		for _, step := range []int64{0, 10} {
			b.score(r, step, trial == "baseline/1" && step > 0)
			sequence, err := r.Flush(t.Context())
			b.must(err)
			if trial == "other/1" && step == 0 {
				continue
			}
			b.must(a.Capture(t.Context(), looking("prompt-0", step, walked), sequence))
			if trial == "other/1" {
				b.must(a.Capture(t.Context(), looking("prompt-1", step, []string{"a", "b", "c", "<i>"}), sequence))
				continue
			}
			if step == 0 {
				continue
			}
			b.must(a.Capture(t.Context(), tracker.Capture{
				Kind: tracker.Losses, Name: "losses", Context: "prompt-0", Step: 10, Layers: 1, Heads: 1, Queries: 1, Keys: 4, Tokens: walked, Values: []float32{float32(math.NaN()), 3, 1.5, 0},
			}, sequence))
		}
		b.must(r.Close(t.Context()))
		b.must(a.End(t.Context(), tracker.Finished, ""))
	}
	return walkable{b, "/runs/" + b.runs["baseline/1"].ID + "/attention"}
}

// looking is a capture in which a head h of layer l looks l+h places back.
func looking(prompt string, step int64, tokens []string) tracker.Capture {
	n := len(tokens)
	c := tracker.Capture{Name: "attention", Context: prompt, Step: step, Layers: 2, Heads: 2, Queries: n, Keys: n, Tokens: tokens, Values: make([]float32, 4*n*n)}
	for head := range 4 {
		for q := range n {
			c.Values[(head*n+q)*n+max(q-head/2-head%2, 0)] = 1
		}
	}
	return c
}

func (b *bench) score(r *tracker.Recorder, step int64, learned bool) {
	b.t.Helper()
	for layer := range 2 {
		for head := range 2 {
			for m, v := range map[string]float64{heads.Induction.Metric(): 0.1, heads.AblationLoss: float64(layer)} {
				if learned && layer == 1 && head == 0 && m == heads.Induction.Metric() {
					v = 0.9
				}
				series, err := r.Series(m, heads.Context(layer, head))
				b.must(err)
				b.must(r.LogSeries(step, []tracker.Handle{series}, []float64{v}))
			}
		}
	}
	b.must(r.Log(step, map[string]float64{heads.Induction.ChanceMetric(): 0.1, heads.Induction.LayerMetric(1): 0.9}))
}

func TestAttentionPage(t *testing.T) {
	w := newWalkable(t)
	against := func(id int) string { return fmt.Sprintf("?step=10&against=%d", id) }
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"as it opens":        {"", []string{"layer 0, head 0, step 10", `max="3" value="3"`, "heads.svg?", "attention.svg?", "arcs.svg?", "profile.svg?", ">L1H0<", "third of the way from chance", `<option value="1">step 0</option>`, "other, seed 1"}},
		"a place":            {"?place=L1H1&query=2", []string{"layer 1, head 1", "query=2"}},
		"far away":           {"?layer=99&head=-3&query=77&step=-5", []string{"layer 1, head 0, step 0", `value="3"`}},
		"a button's query":   {"?query=3&query=1", []string{`value="1" class="token`, `aria-current="true" title="1: ·`}},
		"by its number":      {"?capture=1", []string{"step 0"}},
		"sorted":             {"?sort=induction", []string{"sort=induction", `aria-sort="descending"`}},
		"the first hidden":   {"?hidefirst=1", []string{"hidefirst=1", "token hidden-key", "The first key is left out"}},
		"a difference":       {against(1), []string{"against=1", "differences of layer 0", "minus step 0"}},
		"another run":        {against(4), []string{"against=4", "study/baseline, seed 1 minus study/other, seed 1"}},
		"of other tokens":    {against(5), []string{`class="refusal"`, "of different tokens; choose one of the same prompt", "weights of layer 0"}},
		"of nothing":         {against(99), []string{`class="refusal"`, "capture 99"}},
		"rolled out":         {"?rollout=1&layer=1", []string{"rollout.svg?", "after layer 1"}},
		"tokens are escaped": {"", []string{"春", `>\n</button>`, ">·</button>"}},
		"losses":             {"", []string{"The strip below each token is its loss, from 0 to 3 nats", "loss 1.5 nats", "l12", "l0"}},
		"no losses":          {"?step=0", []string{"No losses of these tokens are recorded"}},
		"its curves":         {"?place=L1H0", []string{"curve.svg?context=L1H0&amp;metric=heads%2Finduction", "Uniform attention over the visible tokens scores 0.100"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := w.get(w.page + c.query)
			if status != http.StatusOK {
				t.Fatalf("status %d\n%s", status, text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q", want)
				}
			}
			if strings.Contains(text, "<i>") {
				t.Error("a token is not escaped")
			}
		})
	}
	status, _, text := w.get("/runs/" + w.runs["other/1"].ID + "/attention?prompt=prompt-1")
	if status != http.StatusOK || strings.Contains(text, "<i>") || !strings.Contains(text, "&lt;i&gt;") {
		t.Errorf("status %d: a token is not escaped", status)
	}
	if status, _, text := w.get(w.page + "?sort=cleverness"); status != http.StatusBadRequest || !strings.Contains(text, "previous_token") {
		t.Errorf("an unknown score: status %d, %s", status, text)
	}
}

func TestAttentionPageWithoutMaps(t *testing.T) {
	b := newBench(t, "other")
	status, _, text := b.get("/runs/" + b.runs["baseline/1"].ID + "/attention")
	if status != http.StatusOK || !strings.Contains(text, "record: {attention:") {
		t.Errorf("status %d\n%s", status, text)
	}
}

func TestAttentionAsJSON(t *testing.T) {
	w := newWalkable(t)
	var d attentionPage
	_, _, text := w.get(w.page+"?place=L1H0&query=3&sort=induction", "Accept", "application/json")
	w.must(json.Unmarshal([]byte(text), &d))
	if d.Map == nil || d.Map.Layer != 1 || d.Map.Head != 0 || d.Map.Query != 3 || d.Map.Step != 10 {
		t.Fatalf("got %+v", d.Map)
	}
	best := d.Scores.Rows[0]
	if best.Layer != 1 || best.Head != 0 || !cmp.Equal(best.Does, []string{"induction"}) || !best.Chosen {
		t.Errorf("the first row is %+v", best)
	}
	if columns := d.Scores.Columns; len(columns) != 2 || columns[0].Chance != 0.1 || columns[1].Score != viz.AblationLoss || best.Scores[1] != 1 {
		t.Errorf("columns %+v, first row %+v", columns, best)
	}
	shades := []int{}
	for _, token := range d.Text {
		shades = append(shades, token.Shade)
	}
	if diff := cmp.Diff([]int{0, 0, shadesOfText, 0}, shades); diff != "" {
		t.Error(diff)
	}
	if !math.IsNaN(float64(d.Text[0].Loss)) || d.Text[1].LossShade != shadesOfText || d.Losses.High != 3 {
		t.Errorf("losses %+v", d.Text)
	}
	_, _, text = w.get(w.page+"?place=L1H0&query=1&mode=key", "Accept", "application/json")
	w.must(json.Unmarshal([]byte(text), &d))
	if d.Text[2].Shade != shadesOfText || !d.Map.ByKey {
		t.Errorf("by who looks at token 1: %+v", d.Text)
	}
}

// TestPicturesOfMapsAreKept checks that a browser may keep what cannot change, and nothing else.
func TestPicturesOfMapsAreKept(t *testing.T) {
	w := newWalkable(t)
	run := w.runs["baseline/1"].ID
	for address, want := range map[string]string{
		"/figures/attention.svg?capture=1&v=1&run=" + run:                  "private, max-age=86400, immutable",
		"/figures/attention.json?capture=1&v=1&run=" + run:                 "private, max-age=86400, immutable",
		"/figures/attention.svg?capture=1&run=" + run:                      "no-cache",
		"/figures/heads.svg?capture=1&v=1&sort=induction&run=" + run:       "no-cache",
		"/figures/curve.svg?metric=val%2Floss&v=1&run=" + run:              "no-cache",
		"/figures/attention.svg?capture=1&v=1&run=" + w.runs["other/1"].ID: "no-store",
	} {
		if _, header, _ := w.get(address); header.Get("Cache-Control") != want {
			t.Errorf("%s: %q", address, header.Get("Cache-Control"))
		}
	}
}

func TestHeadsPage(t *testing.T) {
	w := newWalkable(t)
	status, _, text := w.get("/experiments/study/heads")
	for _, want := range []string{"Which head of a layer takes a role is arbitrary", "0.90", "layer 1", "; without it &#43;1.00 nats", "curves.svg?", "heads%2Finduction%2Flayer-1", "attention?place=L1H0"} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("status %d, lacks %q", status, want)
		}
	}
	w.must(w.store.Tag(t.Context(), []string{w.runs["other/1"].ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "wrong corpus"}}))
	var d headsPage
	_, _, text = w.get("/experiments/study/heads", "Accept", "application/json")
	w.must(json.Unmarshal([]byte(text), &d))
	if len(d.Excluded) != 1 || d.Excluded[0].Reason != "wrong corpus" || len(d.Variants[1].Runs) != 0 || d.Without != 0 {
		t.Errorf("got %+v", d)
	}
	base := d.Variants[0].Roles[0]
	if base.Mean != 0.9 || base.N != 1 || base.Clear != 1 || !math.IsNaN(float64(base.Low)) || !cmp.Equal(base.Where, []layerCount{{1, 1}}) {
		t.Errorf("got %+v", base)
	}
	if layers := d.Variants[0].Layers; len(layers) != 2 || layers[0].Mean != 0.1 || layers[1].Mean != 0.9 {
		t.Errorf("got %+v", layers)
	}
	if status, _, text := newBench(t, "other").get("/experiments/study/heads"); status != http.StatusOK || !strings.Contains(text, "record: {head_scores:") {
		t.Errorf("without scores: status %d\n%s", status, text)
	}
}
