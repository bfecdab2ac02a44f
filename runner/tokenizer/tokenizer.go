package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tokenizer turns text into ids and back.
type Tokenizer interface {
	// Encode gives the ids of a text. Every text has ids; Symbols alone refuses unknown letters.
	Encode(text []byte) ([]int32, error)
	// Decode gives the bytes of ids; special tokens have none.
	Decode(ids []int32) []byte
	// VocabSize counts all ids, special ones included.
	VocabSize() int
	// Digest is the sha256, in hex, of all that decides the ids.
	Digest() string
	// Special gives the id of a special token.
	Special(name string) (int32, bool)
	// name is what a special token is shown as; empty for any other.
	name(id int32) string
}

// The special tokens of text tokenizers, behind the vocabulary in this order. GLM masks spans of tokens, whole sentences and
// long stretches with a mask each.
const (
	Pad            = "<pad>"
	EndOfText      = "<eod>"
	Mask           = "[MASK]"
	BlockMask      = "[dBLOCK]"
	StartOfPiece   = "<sop>"
	EndOfPiece     = "<eop>"
	SentenceMask   = "[sMASK]"
	GenerationMask = "[gMASK]"
)

var specials = []string{Pad, EndOfText, Mask, BlockMask, StartOfPiece, EndOfPiece, SentenceMask, GenerationMask}

// IsSpecial tells whether an id is that of a special token.
func IsSpecial(t Tokenizer, id int32) bool { return t.name(id) != "" }

// special finds a special token behind a vocabulary of base ids.
func special(base int, name string) (int32, bool) {
	for i, s := range specials {
		if s == name {
			return int32(base + i), true
		}
	}
	return 0, false
}

func specialName(base int, id int32) string {
	if i := int(id) - base; i >= 0 && i < len(specials) {
		return specials[i]
	}
	return ""
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Texts words each id of a sequence for people, so that whole characters are seen: a character that is spread over
// several tokens is shown at the first of them, and a token that only continues one shows "·". A byte that belongs to no
// character is an escape such as \xe4; control characters are escapes too.
func Texts(t Tokenizer, ids []int32) []string {
	texts := make([]string, len(ids))
	var bytes []byte
	var owner []int // the token of each byte
	flush := func() {
		for at := 0; at < len(bytes); {
			r, size := utf8.DecodeRune(bytes[at:])
			if r == utf8.RuneError && size == 1 {
				texts[owner[at]] += fmt.Sprintf(`\x%02x`, bytes[at])
			} else {
				texts[owner[at]] += visible(r)
			}
			at += size
		}
		bytes, owner = bytes[:0], owner[:0]
	}
	for i, id := range ids {
		if name := t.name(id); name != "" {
			flush()
			texts[i] = name
			continue
		}
		for _, b := range t.Decode(ids[i : i+1]) {
			bytes, owner = append(bytes, b), append(owner, i)
		}
	}
	flush()
	for i := range texts {
		if texts[i] == "" {
			texts[i] = "·"
		}
	}
	return texts
}

// visible shows control characters as escapes.
func visible(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case unicode.IsControl(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}
