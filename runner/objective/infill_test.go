package objective

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
)

// recipe are the numbers of the published code.
var recipe = experiments.Objective{Kind: "infill", MaskRatio: .15, MeanSpan: 3, MaxSpan: 39, BlockMaskProb: .1}

// testSpecials are ids beyond every text of these tests.
var testSpecials = Specials{Mask: 1000, BlockMask: 1001, StartOfPiece: 1002, EndOfPiece: 1003, EndOfText: 1004}

type infillCase struct {
	Name, Kind    string
	Tokens        []int32
	Spans         [][2]int `json:"spans_in_part_b_order"`
	MaskToken     string   `json:"mask_token"`
	Blocked       [][2]int `json:"dblock_inputs"`
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
	text, err := os.ReadFile("testdata/infilling.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
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
			s := Specials{Mask: ids[c.MaskToken], BlockMask: ids["dBLOCK"], StartOfPiece: ids["sop"], EndOfPiece: ids["eop"], EndOfText: ids["eos"]}
			var spans []Span
			for _, span := range c.Spans {
				spans = append(spans, Span{span[0], span[1]})
			}
			e := c.Expected
			want := Row{Inputs: e.Inputs, Targets: e.Targets, Weights: e.Weights, Positions: e.Positions, BlockPositions: e.BlockPositions, Prefix: e.Prefix}
			if d := cmp.Diff(want, Infill(c.Tokens, spans, s, c.Blocked)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			for q, row := range e.Allow {
				for k, allowed := range row {
					if got := k < want.Prefix || k <= q; got != (allowed == 1) {
						t.Errorf("query %d sees key %d: %v, want %v", q, k, got, allowed == 1)
					}
				}
			}
		})
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

// The lengths of spans are Poisson(3), cut to 1…39: 1 to 5 have .157 .236 .236 .177 .106, and the mean is 3.157.
func TestSpanLengths(t *testing.T) {
	s, random := newSampler(recipe), rand.New(rand.NewPCG(1, 9))
	const draws = 200000
	counts, sum := make([]int, 64), 0
	for range draws {
		n := s.length(random)
		if n < 1 || n > recipe.MaxSpan {
			t.Fatalf("a span has length %d", n)
		}
		counts[n]++
		sum += n
	}
	for i, p := range []float64{.15719, .23578, .23578, .17684, .10610} {
		if got := float64(counts[i+1]) / draws; math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/draws) {
			t.Errorf("length %d has share %.4f, want %.4f", i+1, got, p)
		}
	}
	if mean := float64(sum) / draws; math.Abs(mean-3.157) > .02 {
		t.Errorf("the mean is %.3f, want 3.157", mean)
	}
}

// The table stays a distribution where e^−mean is 0 in floating point, and where the mean is tiny.
func TestSpanLengthsOfExtremeMeans(t *testing.T) {
	for _, test := range []struct {
		mean       float64
		most       int
		low, high  int
		wantMedian int
	}{{1000, 5000, 800, 1200, 1000}, {800, 1000, 600, 1000, 800}, {1e-9, 39, 1, 1, 1}, {39, 39, 10, 39, 35}} {
		s := newSampler(experiments.Objective{MaskRatio: .15, MeanSpan: test.mean, MaxSpan: test.most})
		random := rand.New(rand.NewPCG(5, 5))
		var lengths []int
		for range 2001 {
			lengths = append(lengths, s.length(random))
		}
		slices.Sort(lengths)
		median := lengths[1000]
		if lengths[0] < test.low || lengths[2000] > test.high || math.Abs(float64(median-test.wantMedian)) > 4 {
			t.Errorf("mean %g: lengths from %d to %d with median %d; want %d to %d, %d", test.mean, lengths[0], lengths[2000], median, test.low, test.high, test.wantMedian)
		}
	}
}

// A span lies at every place of its document equally often.
func TestPlaceIsEven(t *testing.T) {
	random, counts := rand.New(rand.NewPCG(2, 2)), map[int]int{}
	const draws = 17000
	for range draws {
		spans, ok := place(random, Span{100, 120}, []int{4})
		if !ok {
			t.Fatal("a span of 4 does not fit into 20 tokens")
		}
		counts[spans[0].From]++
	}
	for at := 100; at <= 116; at++ {
		if n := counts[at]; math.Abs(float64(n)-1000) > 155 { // five standard deviations
			t.Errorf("a span begins at %d %d times, want about 1000", at, n)
		}
	}
	if len(counts) != 17 {
		t.Errorf("a span begins at %d places, want 17", len(counts))
	}
}

// Every document but the longest gives at most its mask_ratio; the longest takes the rest.
func TestAllot(t *testing.T) {
	s := newSampler(recipe)
	got := s.allot([]Span{{0, 20}, {21, 121}, {122, 135}, {136, 142}}, []int{2, 1, 1, 1, 9, 4})
	if d := cmp.Diff([][]int{{2, 1}, {1, 9, 4}, {1}, nil}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A window of documents that are too short for any span is given up, not forced.
func TestSpansDoNotFit(t *testing.T) {
	end := testSpecials.EndOfText
	if _, ok := newSampler(recipe).spans(rand.New(rand.NewPCG(1, 1)), []int32{end, end, end, end, end, end, end, end}, end); ok {
		t.Error("spans were placed in a window without text")
	}
}
