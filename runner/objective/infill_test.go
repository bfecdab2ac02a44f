package objective

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/reference"
)

// recipe are the numbers of the published code.
var recipe = experiments.Objective{Kind: "infill", MaskRatio: .15, MeanSpan: 3, MaxSpan: 39, BlockMaskProb: .1, Tasks: experiments.Tasks{Token: 1}}

// testSpecials are ids beyond every text of these tests.
var testSpecials = Specials{Mask: 1000, BlockMask: 1001, StartOfPiece: 1002, EndOfPiece: 1003, EndOfText: 1004}

type infillCase struct {
	Name, Kind    string
	Tokens        []int32
	Spans         [][2]int `json:"spans_in_part_b_order"`
	MaskToken     string   `json:"mask_token"`
	Blocked       [][2]int `json:"dblock_inputs"`
	Division      int
	Lengths       []int
	Draws         []int
	Total, Offset int
	MaxDraw       int `json:"max_draw_inclusive"`
	Expected      struct {
		Inputs         []int32   `json:"input_ids"`
		Targets        []int32   `json:"targets"`
		Positions      []int32   `json:"position_ids"`
		BlockPositions []int32   `json:"block_position_ids"`
		Weights        []float32 `json:"loss_mask"`
		Prefix         int       `json:"sep"`
		Allow          [][]int   `json:"allow"`
		Spans          [][2]int  `json:"spans"`
	}
}

func infillCases(t *testing.T, kind string, want int) (map[string]int32, []infillCase) {
	t.Helper()
	var file struct {
		Tokens map[string]int32
		Cases  []infillCase
	}
	reference.JSON(t, &file, "glm_base", "infilling.json")
	cases := slices.DeleteFunc(file.Cases, func(c infillCase) bool { return c.Kind != kind })
	if len(cases) != want {
		t.Fatalf("%d cases of %s, want %d", len(cases), kind, want)
	}
	return file.Tokens, cases
}

// TestInfillGoldens compares with what the original data code makes, the worked example of the paper among it.
func TestInfillGoldens(t *testing.T) {
	ids, cases := infillCases(t, "infill", 29)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var spans []Span
			for _, span := range c.Spans {
				spans = append(spans, Span{span[0], span[1]})
			}
			c.check(t, Infill(c.Tokens, spans, c.specials(ids), c.Blocked))
		})
	}
}

func TestPrefixSplitGoldens(t *testing.T) {
	ids, cases := infillCases(t, "prefix_split", 4)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.check(t, PrefixSplit(c.Tokens, c.Division, c.specials(ids))) })
	}
}

func (c infillCase) specials(ids map[string]int32) Specials {
	return Specials{Mask: ids[c.MaskToken], BlockMask: ids["dBLOCK"], StartOfPiece: ids["sop"], EndOfPiece: ids["eop"], EndOfText: ids["eos"]}
}

// check holds a row, and the attention that its prefix means, against the case.
func (c infillCase) check(t *testing.T, got Row) {
	t.Helper()
	e := c.Expected
	want := Row{Inputs: e.Inputs, Targets: e.Targets, Weights: e.Weights, Positions: e.Positions, BlockPositions: e.BlockPositions, Prefix: e.Prefix}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for q, row := range e.Allow {
		for k, allowed := range row {
			if got := k < want.Prefix || k <= q; got != (allowed == 1) {
				t.Errorf("query %d sees key %d: %v, want %v", q, k, got, allowed == 1)
			}
		}
	}
}

func TestPlaceSpansGoldens(t *testing.T) {
	_, cases := infillCases(t, "place_spans", 8)
	for _, c := range cases {
		var want []Span
		for _, span := range c.Expected.Spans {
			want = append(want, Span{span[0], span[1]})
		}
		if d := cmp.Diff(want, PlaceSpans(c.Lengths, c.Draws, c.Offset)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, d)
		}
	}
}

// The second worked example: [CLS] a b c d e f g h, spans b–d and f–g, of which f–g comes first.
func TestInfillWorkedExample(t *testing.T) {
	s := Specials{Mask: 'M', StartOfPiece: 'S', EndOfPiece: 'E'}
	row := Infill([]int32("Cabcdefgh"), []Span{{6, 8}, {2, 5}}, s, nil)
	want := Row{
		Inputs: []int32("CaMeMhSfgSbcd"), Targets: []int32("CaMeMhfgEbcdE"), Weights: []float32{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1},
		Positions: []int32{0, 1, 2, 3, 4, 5, 4, 4, 4, 2, 2, 2, 2}, BlockPositions: []int32{0, 0, 0, 0, 0, 0, 1, 2, 3, 1, 2, 3, 4}, Prefix: 6,
	}
	if d := cmp.Diff(want, row); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// documents is a window of n tokens in which each token differs from its neighbours, cut into documents now and then.
func documents(random *rand.Rand, n int) []int32 {
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = int32(i % 900)
		if random.IntN(60) == 0 {
			tokens[i] = testSpecials.EndOfText
		}
	}
	return tokens
}

func TestInfillInvariants(t *testing.T) {
	s, random := newSampler(recipe), rand.New(rand.NewPCG(7, 7))
	placed := 0
	for range 2000 {
		tokens := documents(random, 40+random.IntN(200))
		spans, ok := s.spans(random, tokens, testSpecials.EndOfText)
		if !ok {
			continue
		}
		placed++
		checkSpans(t, tokens, spans)
		checkRow(t, tokens, spans, Infill(tokens, spans, testSpecials, nil))
	}
	if placed < 1500 {
		t.Errorf("spans were placed in %d of 2000 windows", placed)
	}
}

// checkSpans: enough is masked; a token lies between two spans; no end of a document and not the last token is masked.
func checkSpans(t *testing.T, tokens []int32, spans []Span) {
	t.Helper()
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From - b.From })
	sum, longest := 0, 0
	for i, span := range sorted {
		sum, longest = sum+span.To-span.From, max(longest, span.To-span.From)
		if i > 0 && span.From <= sorted[i-1].To || span.From < 0 || span.To >= len(tokens) || span.From >= span.To {
			t.Fatalf("spans %v of %d tokens touch each other or the end", sorted, len(tokens))
		}
		if slices.Contains(tokens[span.From:span.To], testSpecials.EndOfText) {
			t.Fatalf("span %v masks the end of a document", span)
		}
	}
	if want := int(recipe.MaskRatio * float64(len(tokens))); sum < want || sum >= want+longest {
		t.Fatalf("%d tokens of %d are masked, want %d, exceeded by less than one span", sum, len(tokens), want)
	}
}

// checkRow: the text can be put together again from A and the targets of B, and the sizes are what they must be.
func checkRow(t *testing.T, tokens []int32, spans []Span, r Row) {
	t.Helper()
	masked := 0
	for _, span := range spans {
		masked += span.To - span.From
	}
	if len(r.Inputs) != len(tokens)+2*len(spans) || r.Prefix != len(tokens)-masked+len(spans) {
		t.Fatalf("%d tokens and %d spans gave %d columns, %d of them in part A", len(tokens), len(spans), len(r.Inputs), r.Prefix)
	}
	answers, weight := map[int32][]int32{}, 0
	for i := r.Prefix; i < len(r.Inputs); i++ {
		weight += int(r.Weights[i])
		if r.Targets[i] != testSpecials.EndOfPiece {
			answers[r.Positions[i]] = append(answers[r.Positions[i]], r.Targets[i])
			if next := i + 1; r.Inputs[next] != r.Targets[i] || r.BlockPositions[next] != r.BlockPositions[i]+1 {
				t.Fatalf("the target of column %d is not the input of the next", i)
			}
		}
	}
	if weight != masked+len(spans) {
		t.Fatalf("%d targets count, want %d tokens and %d ends", weight, masked, len(spans))
	}
	var whole []int32
	for i := range r.Prefix {
		if r.Weights[i] != 0 || r.Positions[i] != int32(i) || r.BlockPositions[i] != 0 {
			t.Fatalf("column %d of part A has weight %v and places %d, %d", i, r.Weights[i], r.Positions[i], r.BlockPositions[i])
		}
		if r.Inputs[i] == testSpecials.Mask {
			whole = append(whole, answers[int32(i)]...)
		} else {
			whole = append(whole, r.Inputs[i])
		}
	}
	if !slices.Equal(whole, tokens) {
		t.Fatalf("A and B make\n%v, want\n%v", whole, tokens)
	}
}
