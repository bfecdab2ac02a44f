package heads

import (
	"math"
	"math/rand/v2"
	"testing"
)

// said is a sequence that repeats: three tokens, twice, each round a segment of its own.
var said = Sequence{Tokens: []int32{7, 8, 9, 7, 8, 9}, Segments: []int32{0, 0, 0, 1, 1, 1}}

// onto is the map of a head that puts all of a query's weight on one key.
func onto(n int, key func(query int) int) []float32 {
	weights := make([]float32, n*n)
	for q := range n {
		weights[q*n+key(q)] = 1
	}
	return weights
}

func TestAHeadThatDoesOneThingScoresOne(t *testing.T) {
	back := func(by int) []float32 { return onto(6, func(q int) int { return max(q-by, 0) }) }
	for name, c := range map[string]struct {
		measure Measure
		weights []float32
		want    float64
	}{
		"previous token":                   {PreviousToken, back(1), 1},
		"first token":                      {FirstToken, onto(6, func(int) int { return 0 }), 1},
		"behind the earlier occurrence":    {Induction, back(2), 1},
		"the earlier occurrence":           {SameToken, back(3), 1},
		"own block":                        {BlockDiagonal, onto(6, func(q int) int { return q }), 1},
		"half of the blocks":               {BlockDiagonal, onto(6, func(q int) int { return max(q-2, 0) }), 1.0 / 3}, // query 5 alone stays
		"previous token is no induction":   {Induction, back(1), 0},
		"itself is no earlier occurrence":  {SameToken, back(0), 0},
		"a sharp head has no entropy":      {Entropy, back(1), 0},
		"a head that looks two back":       {Distance, back(2), (1 + 2*4) / 5.0},
		"a head that looks at itself":      {Distance, back(0), 0},
		"weights need not sum exactly to1": {PreviousToken, scaled(back(1), 0.9), 1},
	} {
		if got := NewScorer(said).Score(c.weights)[c.measure]; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v is %v, want %v", name, c.measure, got, c.want)
		}
	}
}

func scaled(weights []float32, by float32) []float32 {
	for i := range weights {
		weights[i] *= by
	}
	return weights
}

func TestChanceByHand(t *testing.T) {
	got := NewScorer(said).Chance()
	for m, want := range map[Measure]float64{
		PreviousToken: (1.0/2 + 1.0/3 + 1.0/4 + 1.0/5 + 1.0/6) / 5,
		FirstToken:    (1.0/2 + 1.0/3 + 1.0/4 + 1.0/5 + 1.0/6) / 5,
		Induction:     (1.0/4 + 1.0/5 + 1.0/6) / 3,
		SameToken:     (1.0/4 + 1.0/5 + 1.0/6) / 3,
		BlockDiagonal: (1.0/4 + 2.0/5 + 3.0/6) / 3,
		Entropy:       (math.Log(2) + math.Log(3) + math.Log(4) + math.Log(5) + math.Log(6)) / 5,
		Distance:      (0.5 + 1 + 1.5 + 2 + 2.5) / 5, NormalizedEntropy: 1,
	} {
		if math.Abs(got[m]-want) > 1e-12 {
			t.Errorf("the chance of %v is %v, want %v", m, got[m], want)
		}
	}
}

func TestAMeasureThatAppliesToNoQueryIsNaN(t *testing.T) {
	s := NewScorer(Sequence{Tokens: []int32{1, 2, 3}})
	got, chance := s.Score(onto(3, func(q int) int { return q })), s.Chance()
	for _, m := range []Measure{Induction, SameToken, BlockDiagonal} {
		if !math.IsNaN(got[m]) || !math.IsNaN(chance[m]) {
			t.Errorf("%v is %v by a chance of %v where no token repeats and there is one segment", m, got[m], chance[m])
		}
	}
}

func TestARowWithoutASumIsNaN(t *testing.T) {
	for name, broken := range map[string]float32{"zero": 0, "NaN": float32(math.NaN()), "infinite": float32(math.Inf(1))} {
		weights := onto(6, func(q int) int { return q })
		weights[4*6+4] = broken
		if got := NewScorer(said).Score(weights)[PreviousToken]; !math.IsNaN(got) {
			t.Errorf("a row whose sum is %s scores %v", name, got)
		}
	}
}

func TestQueriesBeforeFromDoNotCount(t *testing.T) {
	late := said
	late.From = 5
	if got := NewScorer(late).Chance()[PreviousToken]; math.Abs(got-1.0/6) > 1e-12 {
		t.Errorf("got %v", got)
	}
}

// random is a sequence of a few tokens with a mask of its own, and weights that keep to it.
func random(seed uint64) (Sequence, []float32) {
	r := rand.New(rand.NewPCG(seed, 1))
	n := 2 + r.IntN(30)
	s := Sequence{Tokens: make([]int32, n), Segments: make([]int32, n)}
	for i := range n {
		s.Tokens[i], s.Segments[i] = int32(r.IntN(5)), int32(3*i/n)
	}
	if prefix := r.IntN(n); seed%2 == 0 {
		s.Sees = func(query, key int) bool { return key <= max(query, prefix) }
	}
	weights := make([]float32, n*n)
	for q := range n {
		for k := range n {
			if s.sees(q, k) {
				weights[q*n+k] = float32(r.ExpFloat64())
			}
		}
	}
	return s, weights
}

func TestBounds(t *testing.T) {
	for seed := range uint64(200) {
		s, weights := random(seed)
		got := NewScorer(s).Score(weights)
		for m, v := range got {
			high := 1.0
			switch Measure(m) {
			case Entropy:
				high = math.Log(float64(len(s.Tokens)))
			case Distance:
				high = float64(len(s.Tokens) - 1)
			}
			if v < 0 || v > high+1e-9 {
				t.Errorf("seed %d: %v is %v, beyond 0 to %v", seed, Measure(m), v, high)
			}
		}
	}
}

func TestChanceIsTheScoreOfUniformAttention(t *testing.T) {
	for seed := range uint64(200) {
		s, weights := random(seed)
		for i := range weights {
			if weights[i] > 0 {
				weights[i] = 1
			}
		}
		c := NewScorer(s)
		got, want := c.Score(weights), c.Chance()
		for m := range got {
			if math.Abs(got[m]-want[m]) > 1e-9 || math.IsNaN(got[m]) != math.IsNaN(want[m]) {
				t.Errorf("seed %d: %v of uniform attention is %v, chance is %v", seed, Measure(m), got[m], want[m])
			}
		}
	}
}

func TestMeanOfSequences(t *testing.T) {
	got := Mean(Values{Induction: 0.2, Distance: 1}, Values{Induction: 0.4, Distance: math.NaN()})
	if math.Abs(got[Induction]-0.3) > 1e-12 || !math.IsNaN(got[Distance]) {
		t.Errorf("got %v", got)
	}
}

func TestAClearScore(t *testing.T) {
	for _, c := range []struct {
		score, chance float64
		want          bool
	}{{0.4, 0.04, true}, {0.3, 0.04, false}, {0.5, 0.4, false}, {0.61, 0.4, true}, {math.NaN(), 0.1, false}, {0.9, math.NaN(), false}, {1, 1, false}} {
		if Clear(c.score, c.chance) != c.want {
			t.Errorf("a score of %v by a chance of %v: clear is %v", c.score, c.chance, !c.want)
		}
	}
}
