package objective

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/tokenizer"
)

// words splits a text into the tokens of a small vocabulary: what stands between bars. "<eod>" ends documents.
func words(text string) (texts [][]byte, tokens []int32, end int32) {
	texts, end = [][]byte{nil}, 0
	for word := range strings.SplitSeq(text, "|") {
		if word == "<eod>" {
			tokens = append(tokens, end)
			continue
		}
		tokens = append(tokens, int32(len(texts)))
		texts = append(texts, []byte(word))
	}
	return texts, tokens, end
}

func TestSplitSentences(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []Span
	}{
		{"each mark", "a.|b?|c!|d;|e:|f。|g？|h！|i；|j…|k\n", []Span{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 8}, {8, 9}, {9, 10}, {10, 11}}},
		{"a mark within a token", "x|a.b|c", []Span{{0, 2}, {2, 3}}},
		{"a mark of several tokens", "a|\xe3|\x80|\x82|b", []Span{{0, 4}, {4, 5}}},
		{"half a mark", "a|\xe3\x80|b|.", []Span{{0, 4}}},
		{"a document's end breaks a mark", "a|\xe3\x80|<eod>|\x82|b", []Span{{3, 5}}},
		{"the rest of a document is none", "a|.|b|<eod>|c|d", []Span{{0, 2}, {4, 6}}},
		{"no mark", "a|b，|c", []Span{{0, 3}}},
		{"ends alone", "<eod>|<eod>", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			texts, tokens, end := words(test.text)
			if d := cmp.Diff(test.want, splitSentences(tokens, endings(texts, tokens), end)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Whole sentences are taken until they have 15 %: without the last one they have less.
func TestSomeSentences(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	firsts := map[int]int{}
	for range 2000 {
		var all []Span
		for at := 0; at < 200; {
			n := 1 + random.IntN(20)
			all = append(all, Span{at, at + n})
			at += n
		}
		tokens, original := all[len(all)-1].To, slices.Clone(all)
		some := someSentences(random, all, .15, tokens)
		sum := 0
		for i, s := range some {
			if !slices.Contains(original, s) || slices.Contains(some[:i], s) {
				t.Fatalf("%v is no sentence, or is taken twice", s)
			}
			sum += s.To - s.From
		}
		last := some[len(some)-1]
		if want := int(.15 * float64(tokens)); sum < want || sum-(last.To-last.From) >= want {
			t.Fatalf("sentences of %d tokens are taken, want %d", sum, want)
		}
		firsts[slices.Index(original, some[0])*4/len(original)]++
	}
	for quarter, n := range firsts {
		if n < 380 || n > 640 {
			t.Errorf("quarter %d of the text is taken first %d times of 2000", quarter, n)
		}
	}
}

func TestShortPieces(t *testing.T) {
	spec := textSpec(t, "infill")
	texts := vocabularyTexts(tokenizer.Bytes{})
	s, random := source(t, spec, 1), rand.New(rand.NewPCG(4, 4))
	end := s.infilling.specials[tokenTask].EndOfText
	atEnds := 0
	for row := range 500 {
		tokens := s.text(key{1, 1, 1, row}, draw{})
		length := 20 + random.IntN(80)
		piece := shortPiece(random, tokens, endings(texts, tokens), end, length)
		if len(piece) > length && len(piece) < len(tokens) && len(piece) != length || len(piece) < length/2 {
			t.Fatalf("a piece of %d tokens, want up to %d", len(piece), length)
		}
		if !strings.Contains(string(tokenizer.Bytes{}.Decode(tokens)), string(tokenizer.Bytes{}.Decode(piece))) {
			t.Fatal("a piece is no stretch of its text")
		}
		if ends := endings(texts, piece); ends[len(piece)-1] {
			atEnds++
		}
	}
	if atEnds < 250 {
		t.Errorf("%d of 500 pieces end with a sentence", atEnds)
	}
	tokens := []int32{'a', 'b', '.'}
	if d := cmp.Diff(tokens, shortPiece(random, tokens, endings(texts, tokens), end, 3)); d != "" {
		t.Errorf("a text that is short enough (-want +got):\n%s", d)
	}
}
