package objective

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
)

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

// Every document but the longest gives at most its mask_ratio, the shortest first; the longest takes the rest. Of equally long
// ones the first is the longest.
func TestAllot(t *testing.T) {
	s := newSampler(recipe)
	got := s.allot([]Span{{0, 20}, {21, 121}, {122, 135}, {136, 142}}, []int{1, 2, 1, 1, 9, 4})
	if d := cmp.Diff([][]int{{2, 1}, {1, 9, 4}, {1}, nil}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([][]int{{1, 7}, {1}}, s.allot([]Span{{0, 10}, {11, 21}}, []int{1, 1, 7})); d != "" {
		t.Errorf("equal lengths (-want +got):\n%s", d)
	}
}

// A window of documents that are too short for any span is given up, not forced.
func TestSpansDoNotFit(t *testing.T) {
	end := testSpecials.EndOfText
	if _, ok := newSampler(recipe).spans(rand.New(rand.NewPCG(1, 1)), []int32{end, end, end, end, end, end, end, end}, end); ok {
		t.Error("spans were placed in a window without text")
	}
}
