package tokenizer

import (
	"fmt"
	"strconv"
)

// letters show the symbols of generated sequences.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// MaxSymbols is how many symbols there are letters for.
const MaxSymbols = len(letters)

// Symbols is the alphabet of a generated corpus: the first Count letters of A–Z, a–z. It has no special tokens.
type Symbols struct{ Count int }

// Encode implements Tokenizer. A letter that is none of the symbols is an error.
func (s Symbols) Encode(text []byte) ([]int32, error) {
	ids := make([]int32, 0, len(text))
	for at, r := range string(text) {
		id := -1
		for i, l := range letters[:s.Count] {
			if l == r {
				id = i
			}
		}
		if id < 0 {
			return nil, fmt.Errorf("letter %d, %q, is no symbol of this corpus; it has %q", at+1, r, letters[:s.Count])
		}
		ids = append(ids, int32(id))
	}
	return ids, nil
}

// Decode implements Tokenizer.
func (s Symbols) Decode(ids []int32) []byte {
	text := make([]byte, 0, len(ids))
	for _, id := range ids {
		if id >= 0 && int(id) < s.Count {
			text = append(text, letters[id])
		}
	}
	return text
}

// VocabSize implements Tokenizer.
func (s Symbols) VocabSize() int { return s.Count }

// Digest implements Tokenizer.
func (s Symbols) Digest() string { return digest("symbols", strconv.Itoa(s.Count)) }

// Special implements Tokenizer: there are none.
func (Symbols) Special(string) (int32, bool) { return 0, false }

func (Symbols) name(int32) string { return "" }
