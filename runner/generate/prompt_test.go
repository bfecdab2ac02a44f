package generate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/tokenizer"
)

func TestPrompts(t *testing.T) {
	bytes := tokenizer.Bytes{}
	id := func(name string) int32 { v, _ := bytes.Special(name); return v }
	mask, sop, eop := id(tokenizer.Mask), id(tokenizer.StartOfPiece), id(tokenizer.EndOfPiece)
	for _, test := range []struct {
		name, text string
		make       func(tokenizer.Tokenizer, string) (Request, error)
		want       Request
	}{
		{"go on", "ab", Continue, Request{Prompt: []int32{'a', 'b'}, Stop: Stop{IDs: []int32{id(tokenizer.EndOfText)}}}},
		{"two blanks", "a[MASK]b[MASK]", Fill, Request{Prompt: []int32{'a', mask, 'b', mask}, Blanks: &Blanks{At: []int{1, 3}, Start: sop, End: eop}}},
		{"no blank", "a", Fill, Request{Prompt: []int32{'a', mask}, Blanks: &Blanks{At: []int{1}, Start: sop, End: eop}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.make(bytes, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Fill(tokenizer.Symbols{Count: 4}, "A"); err == nil {
		t.Error("a tokenizer without [MASK] fills in blanks")
	}
	if got, want := Filled("a[MASK]b[MASK]c", []string{"1", "2"}), "a1b2c"; got != want {
		t.Errorf("filled: %q, want %q", got, want)
	}
	if got, want := Filled("a[MASK]b[MASK]c", []string{"1"}), "a1b[MASK]c"; got != want {
		t.Errorf("one of two filled: %q, want %q", got, want)
	}
}
