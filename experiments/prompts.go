package experiments

import (
	"strings"
	"unicode/utf8"

	"inkstone/experiments/decode"
)

const maxPrompts = 16

// prompts checks what attention is captured of and what samples begin with.
func (v *validator) prompts() {
	length := v.spec.Train.SequenceLength
	a := v.spec.Record.Attention
	v.promptList("record.attention", a.At, a.Prompts, length, false)
	s := v.spec.Record.Samples
	if s.Every > 0 && len(s.Prompts) == 0 {
		v.wrong([]string{"record.samples.every"}, "samples need prompts: a list of texts to go on from")
	}
	room := length - 1 // one token at least is written
	infill := v.spec.Objective.Kind == "infill"
	if infill {
		room-- // the start of the blank
	}
	v.promptList("record.samples", s.At, s.Prompts, room, infill)
	v.writes()
}

// writes refuses samples of models that generate no text.
func (v *validator) writes() {
	s := v.spec.Record.Samples
	if len(s.Prompts) == 0 || s.At == "never" && s.Every == 0 {
		return
	}
	const prompts = "record.samples.prompts"
	switch {
	case v.spec.Model.Family == "bert":
		v.wrong([]string{prompts, "model.family"}, "a model of the family bert is an encoder and writes no text; leave samples out, or take the family glm")
	case v.spec.Objective.Kind == "mlm":
		v.wrong([]string{prompts, "objective.kind"}, "a model of masked tokens (mlm) does not learn to go on from a text; leave samples out, or take causal or infill")
	}
}

// promptList checks the prompts of a group, each of which takes at most so many tokens; where blanks have a meaning, each is a
// single one.
func (v *validator) promptList(group, at string, prompts []string, most int, blanks bool) {
	path := group + ".prompts"
	if at != "never" && at != "" && len(prompts) == 0 && v.has(group+".at") && !v.has(path) {
		v.wrong([]string{group + ".at"}, "%s needs prompts: a list of texts", at)
	}
	if len(prompts) > maxPrompts {
		v.wrong([]string{path}, "at most %d prompts, not %d", maxPrompts, len(prompts))
	}
	for _, n := range v.items(path) {
		count := len(n.Text)
		if v.spec.Data.Corpus == "repeats" {
			v.symbols(path, n)
			count = utf8.RuneCountInString(n.Text)
		}
		if blanks {
			count -= blankLetters(n.Text)
		}
		switch {
		case n.Kind != decode.Scalar:
		case n.Text == "":
			v.errs.Add(n.Place, "%s: a prompt has one token at least; this one is empty", path)
		case v.spec.Tokenizer.Kind != "bpe" && v.spec.Train.SequenceLength > 1 && count > most:
			v.errs.Add(n.Place, "%s: the prompt has %d tokens, more than the %d that a sequence_length of %d leaves room for", path, count, most, v.spec.Train.SequenceLength)
		}
	}
}

// blankLetters are the characters of a text's blanks beyond one for each; a text without any gets one, which it lacks.
func blankLetters(text string) int {
	if !strings.Contains(text, "MASK]") {
		return -1
	}
	count := 0
	for _, blank := range []string{"[MASK]", "[sMASK]", "[gMASK]"} {
		count += strings.Count(text, blank) * (len(blank) - 1)
	}
	return count
}

// alphabet is how the symbols of generated corpora are written.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func (v *validator) symbols(path string, n *decode.Node) {
	count := v.spec.Data.Repeats.Symbols
	if count < 1 || count > len(alphabet) {
		return
	}
	for _, r := range n.Text {
		if !strings.ContainsRune(alphabet[:count], r) {
			v.errs.Add(n.Place, "%s: %q is none of the %d symbols, which are written A to %c", path, r, count, alphabet[count-1])
			return
		}
	}
}
