package generate

import (
	"fmt"
	"regexp"

	"inkstone/runner/tokenizer"
)

// Continue makes the request to go on from a text, up to the end of a document.
func Continue(t tokenizer.Tokenizer, text string) (Request, error) {
	ids, err := t.Encode([]byte(text))
	if err != nil {
		return Request{}, fmt.Errorf("prompt: %w", err)
	}
	r := Request{Prompt: ids}
	if end, ok := t.Special(tokenizer.EndOfText); ok {
		r.Stop.IDs = []int32{end}
	}
	return r, nil
}

// blank is how a blank is written: a word or span, a sentence, or a text to its end, where the model has learned such.
var blank = regexp.MustCompile(`\[[sg]?MASK\]`)

// withBlank puts a blank behind a text that has none.
func withBlank(text string) string {
	if blank.MatchString(text) {
		return text
	}
	return text + tokenizer.Mask
}

// Fill makes the request to fill in every [MASK] of a text, from left to right; a text without one is gone on from.
func Fill(t tokenizer.Tokenizer, text string) (r Request, err error) {
	text = withBlank(text)
	r.Blanks = &Blanks{}
	if r.Blanks.Start, err = special(t, tokenizer.StartOfPiece); err != nil {
		return r, err
	}
	if r.Blanks.End, err = special(t, tokenizer.EndOfPiece); err != nil {
		return r, err
	}
	names := blank.FindAllString(text, -1)
	for i, piece := range blank.Split(text, -1) {
		if i > 0 {
			mask, err := special(t, names[i-1])
			if err != nil {
				return r, err
			}
			r.Blanks.At, r.Prompt = append(r.Blanks.At, len(r.Prompt)), append(r.Prompt, mask)
		}
		more, err := t.Encode([]byte(piece))
		if err != nil {
			return r, fmt.Errorf("prompt: %w", err)
		}
		r.Prompt = append(r.Prompt, more...)
	}
	return r, nil
}

func special(t tokenizer.Tokenizer, name string) (int32, error) {
	id, ok := t.Special(name)
	if !ok {
		return 0, fmt.Errorf("prompt: this run's tokenizer has no %s, which filling in this text needs", name)
	}
	return id, nil
}

// Filled puts fills into a text in place of its blanks; those that there is nothing for stay.
func Filled(text string, fills []string) string {
	return blank.ReplaceAllStringFunc(withBlank(text), func(name string) string {
		if len(fills) == 0 {
			return name
		}
		name, fills = fills[0], fills[1:]
		return name
	})
}
