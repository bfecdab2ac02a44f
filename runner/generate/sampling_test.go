package generate

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/reference"
)

// number is a JSON number, or "-Infinity".
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == `"-Infinity"` {
		*n = number(math.Inf(-1))
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

func float32s(values []number) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// Every stage gives the reference implementation's logits and probabilities.
func TestFilterFixtures(t *testing.T) {
	var all struct {
		Cases []struct {
			Name     string
			Params   Sampling
			InputIDs [][]int32 `json:"input_ids"`
			Logits   [][]number
			Filtered [][]number
			Probs    [][]float64
		}
	}
	reference.JSON(t, &all, "glm4", "logits_processors.json")
	if len(all.Cases) != 48 {
		t.Fatalf("%d cases, want 48", len(all.Cases))
	}
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if c.Params.Temperature == 0 {
				c.Params.Temperature = 1
			}
			for row, values := range c.Logits {
				logits := float32s(values)
				c.Params.Filter(logits, c.InputIDs[row])
				for i, want := range float32s(c.Filtered[row]) {
					if got := logits[i]; got != want && !(math.Abs(float64(got-want)) <= 1e-6*math.Abs(float64(want))) {
						t.Errorf("row %d, logit %d = %v, want %v", row, i, got, want)
					}
				}
				for i, got := range probabilities(logits) {
					if want := c.Probs[row][i]; !(math.Abs(got-want) <= 1e-6*want) {
						t.Errorf("row %d, probability %d = %v, want %v", row, i, got, want)
					}
				}
			}
		})
	}
}

func TestBadWords(t *testing.T) {
	for _, test := range []struct {
		name    string
		history []int32
		words   [][]int32
		want    []int32 // banned ids
	}{
		{"one token", []int32{1}, [][]int32{{2}}, []int32{2}},
		{"two tokens, begun", []int32{4, 1}, [][]int32{{1, 3}}, []int32{3}},
		{"two tokens, not begun", []int32{1, 4}, [][]int32{{1, 3}}, nil},
		{"longer than the history", []int32{1}, [][]int32{{4, 1, 3}}, nil},
		{"empty, and out of range", []int32{1}, [][]int32{{}, {9}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			logits := make([]float32, 5)
			Sampling{BadWords: test.words}.Filter(logits, test.history)
			var banned []int32
			for id, v := range logits {
				if v == excluded {
					banned = append(banned, int32(id))
				}
			}
			if diff := cmp.Diff(test.want, banned); diff != "" {
				t.Errorf("banned (-want +got):\n%s", diff)
			}
		})
	}
}

// The draws of a row follow the probabilities, and depend on (seed, row, step) alone.
func TestDraw(t *testing.T) {
	want := []float64{0.5, 0, 0.3, 0.2}
	logits := make([]float32, len(want))
	for i, p := range want {
		logits[i] = float32(math.Log(p))
	}
	const draws = 20000
	counts, s := make([]float64, len(want)), Sampling{Temperature: 1, Seed: 7}
	for step := range draws {
		id, ok := s.choose(slices.Clone(logits), nil, step%3, step)
		again, _ := s.choose(slices.Clone(logits), nil, step%3, step)
		if !ok || id != again {
			t.Fatalf("step %d gives %d (%v), then %d", step, id, ok, again)
		}
		counts[id]++
	}
	for i, p := range want {
		if got, sd := counts[i]/draws, math.Sqrt(p*(1-p)/draws); math.Abs(got-p) > 4*sd {
			t.Errorf("token %d is drawn in %v of the steps, want %v", i, got, p)
		}
	}
	if uniform(7, 0, 1) == uniform(8, 0, 1) || uniform(7, 0, 1) == uniform(7, 1, 1) || uniform(7, 0, 1) == uniform(7, 0, 2) {
		t.Error("another seed, row or step gives the same number")
	}
}

func TestChoose(t *testing.T) {
	if id, ok := (Sampling{}).choose([]float32{1, 3, 3, 2}, nil, 0, 0); id != 1 || !ok {
		t.Errorf("greedy chose %d (%v), want 1, the first of equal ones", id, ok)
	}
	if _, ok := (Sampling{Temperature: 1}).choose([]float32{excluded, excluded}, nil, 0, 0); ok {
		t.Error("a token was chosen where all are excluded")
	}
}

func TestCheck(t *testing.T) {
	for name, s := range map[string]Sampling{
		"temperature": {Temperature: -1}, "top_k": {TopK: -1}, "top_p": {TopP: 1.5}, "min_p": {MinP: math.NaN()},
		"repetition_penalty": {RepetitionPenalty: -1}, "no_repeat_ngram_size": {NoRepeatNGram: -2},
	} {
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), name+" is ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Sampling{Temperature: 0.7, TopP: 0.9, TopK: 40, MinP: 0.1, RepetitionPenalty: 1.1}).Check(); err != nil {
		t.Error(err)
	}
}
