package generate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/reference"
)

// greedyText is what the test's model says behind a prompt.
func greedyText(t *testing.T, g *Generator, r Request) Result {
	t.Helper()
	results, err := g.Generate(t.Context(), []Request{r}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

func TestReasons(t *testing.T) {
	g := generator(t, reference.Backend(t), rotaryModel(), equalVocab, 16, initial(rotaryModel()))
	prompt := []int32{3, 1, 2}
	whole := greedyText(t, g, Request{Prompt: prompt})
	if whole.Reason != ReasonContext || len(whole.IDs) != 16-len(prompt) || len(whole.LogProbs) != len(whole.IDs) {
		t.Fatalf("%d tokens, ended by %s, want the rest of the context", len(whole.IDs), whole.Reason)
	}
	third := whole.IDs[3]
	first := 0
	for whole.IDs[first] != third {
		first++
	}
	for _, test := range []struct {
		name    string
		request Request
		tokens  int
		text    string
		reason  Reason
	}{
		{"length", Request{MaxNewTokens: 5}, 5, whole.Text[:5], ReasonLength},
		{"stop id", Request{Stop: Stop{IDs: []int32{third}}}, first, whole.Text[:first], ReasonStop},
		{"stop sequence", Request{Stop: Stop{Sequences: []string{whole.Text[2:5]}}}, strings.Index(whole.Text, whole.Text[2:5]) + 3, whole.Text[:strings.Index(whole.Text, whole.Text[2:5])], ReasonStop},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.request.Prompt = prompt
			got := greedyText(t, g, test.request)
			if len(got.IDs) != test.tokens || got.Text != test.text || got.Reason != test.reason {
				t.Errorf("%d tokens, %q, %s; want %d, %q, %s", len(got.IDs), got.Text, got.Reason, test.tokens, test.text, test.reason)
			}
		})
	}
	later := greedyText(t, g, Request{Prompt: prompt, Stop: Stop{IDs: []int32{whole.IDs[0]}}, MinNewTokens: 4})
	if len(later.IDs) < 4 {
		t.Errorf("%d tokens, want at least 4", len(later.IDs))
	}
}

// A model whose embedding is longer than the vocabulary never says what no tokenizer knows.
func TestPaddedVocabulary(t *testing.T) {
	m := rotaryModel()
	m.VocabSize = 64
	g := generator(t, reference.Backend(t), m, 5, 64, initial(m))
	got := greedyText(t, g, Request{Prompt: []int32{1}, Sampling: Sampling{Temperature: 50}})
	for _, id := range got.IDs {
		if id >= 5 {
			t.Fatalf("generated %d, outside the vocabulary of 5", id)
		}
	}
}

func TestEventsAreTheResult(t *testing.T) {
	g := generator(t, reference.Backend(t), originalModel(), equalVocab, equalContext, initial(originalModel()))
	requests := randomRequests(true)
	texts, ids := make([]map[int]string, len(requests)), make([]int, len(requests))
	results, err := g.Generate(t.Context(), requests, func(e Event) {
		if texts[e.Request] == nil {
			texts[e.Request] = map[int]string{}
		}
		texts[e.Request][e.Blank] += e.Text
		ids[e.Request]++
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		var fills []string
		for blank := range len(texts[i]) {
			fills = append(fills, texts[i][blank])
		}
		if diff := cmp.Diff(fills, r.Fills); diff != "" || ids[i] < len(r.IDs) {
			t.Errorf("request %d: %d events for %d ids; fills (-events +result):\n%s", i, ids[i], len(r.IDs), diff)
		}
	}
}

func TestCancelled(t *testing.T) {
	g := generator(t, reference.Backend(t), rotaryModel(), equalVocab, equalContext, initial(rotaryModel()))
	because := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	results, err := g.Generate(ctx, []Request{{Prompt: []int32{1}}}, func(Event) {
		if n++; n == 3 {
			cancel(because)
		}
	})
	if !errors.Is(err, because) || len(results) != 1 || results[0].Reason != ReasonCancelled || len(results[0].IDs) != 3 || len(results[0].Text) != 3 {
		t.Errorf("got %+v, %v; want three tokens and the cause", results, err)
	}
}

func TestMistakes(t *testing.T) {
	g := generator(t, reference.Backend(t), rotaryModel(), equalVocab, 8, initial(rotaryModel()))
	for _, test := range []struct {
		want    string
		request Request
	}{
		{"the prompt is empty", Request{}},
		{"token 1 of the prompt is 99, outside the vocabulary of 37", Request{Prompt: []int32{1, 99}}},
		{"the prompt takes 8 of the 8 tokens", Request{Prompt: make([]int32, 8)}},
		{"the prompt takes 8 of the 8 tokens", Request{Prompt: make([]int32, 7), Blanks: &Blanks{At: []int{1}}}},
		{"put a [MASK] into it", Request{Prompt: []int32{1}, Blanks: &Blanks{}}},
		{"a blank lies at token 3", Request{Prompt: []int32{1}, Blanks: &Blanks{At: []int{3}}}},
		{"outside the vocabulary", Request{Prompt: []int32{1}, Blanks: &Blanks{At: []int{0}, End: 40}}},
		{"neither may be negative", Request{Prompt: []int32{1}, MaxNewTokens: -1}},
		{"top_k is -1", Request{Prompt: []int32{1}, Sampling: Sampling{TopK: -1}}},
		{"every token is excluded", Request{Prompt: []int32{1}, Sampling: Sampling{BadWords: allIDs(equalVocab)}}},
	} {
		if _, err := g.Generate(t.Context(), []Request{test.request}, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// allIDs bans every id.
func allIDs(n int32) (words [][]int32) {
	for id := range n {
		words = append(words, []int32{id})
	}
	return words
}

func TestWidths(t *testing.T) {
	for _, test := range []struct{ longest, steps, prompt, columns int }{
		{5, 10, 16, 64}, {200, 56, 200, 256}, {17, 100, 28, 128}, {100, 100, 128, 256}, {1, 64, 16, 128},
	} {
		prompt, columns := widths(test.longest, test.steps)
		if prompt != test.prompt || columns != test.columns || prompt < test.longest || prompt+test.steps > columns {
			t.Errorf("widths(%d, %d) = %d, %d, want %d, %d", test.longest, test.steps, prompt, columns, test.prompt, test.columns)
		}
	}
}
