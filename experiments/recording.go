package experiments

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"inkstone/experiments/decode"
	"inkstone/internal/nearest"
)

const maxPrompts = 16

// prompts checks what attention is captured of, and what texts are generated from.
func (v *validator) prompts() {
	r := v.spec.Record
	v.promptsOf("record.attention", r.Attention.At, r.Attention.Prompts, "an empty prompt has no attention")
	v.promptsOf("record.samples", r.Samples.At, r.Samples.Prompts, "there is nothing to go on from")
	if v.spec.Model.Family == "bert" && len(r.Samples.Prompts) > 0 {
		v.wrong([]string{"record.samples.prompts", "model.family"}, "a model of the family bert is an encoder and generates no text; leave the prompts out")
	}
}

func (v *validator) promptsOf(section, at string, prompts []string, empty string) {
	path := section + ".prompts"
	if at != "never" && at != "" && len(prompts) == 0 && v.has(section+".at") && !v.has(path) {
		v.wrong([]string{section + ".at"}, "%s needs prompts: a list of texts", at)
	}
	if len(prompts) > maxPrompts {
		v.wrong([]string{path}, "at most %d prompts, not %d", maxPrompts, len(prompts))
	}
	length := v.spec.Train.SequenceLength
	for _, n := range v.items(path) {
		count := len(n.Text)
		if v.spec.Data.Corpus == "repeats" {
			v.symbols(path, n)
			count = utf8.RuneCountInString(n.Text)
		}
		switch {
		case n.Kind != decode.Scalar:
		case n.Text == "":
			v.errs.Add(n.Place, "%s: %s", path, empty)
		case v.spec.Tokenizer.Kind != "bpe" && length > 1 && count > length:
			v.errs.Add(n.Place, "%s: the prompt has %d tokens, more than sequence_length %d", path, count, length)
		}
	}
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

// metrics are what a run records, but for the scores by layer.
var metrics = []string{
	"val/loss", "val/accuracy", "val/bits_per_byte", "train/loss", "train/grad_norm", "train/learning_rate", "train/tokens", "train/tokens_per_second",
	"heads/previous_token", "heads/first_token", "heads/induction", "heads/same_token", "heads/block_diagonal", "heads/chance",
}

var layerScore = regexp.MustCompile(`^heads/(?:previous_token|first_token|induction|same_token|block_diagonal)/layer-(\d{1,4})$`)

// comparison checks that what is compared will be recorded.
func (v *validator) comparison() {
	c := v.spec.Compare
	at := []string{"compare.metric", "record.validation.every"}
	if !v.has("record.validation.every") {
		at = at[:1]
	}
	v.metric("compare.metric", v.place(at...), c.Metric)
	if c.Metric == "train/tokens_per_second" {
		v.wrong([]string{"compare.metric"}, "speed is wall time, which says nothing about the variants' settings alone; list it under also")
	}
	for i, n := range v.items("compare.also") {
		if i >= len(c.Also) || n.Text != c.Also[i] {
			continue
		}
		v.metric("compare.also", n.Place, n.Text)
		if n.Text == c.Metric || slices.Contains(c.Also[:i], n.Text) {
			v.errs.Add(n.Place, "compare.also: %s is in the table already", n.Text)
		}
	}
}

func (v *validator) metric(path string, at decode.Place, name string) {
	layer := layerScore.FindStringSubmatch(name)
	if !slices.Contains(metrics, name) && layer == nil {
		if near := nearest.To(name, metrics); near != "" {
			v.errs.Suggest(at, near, "%s: no run records %q", path, name)
		} else {
			v.errs.Add(at, "%s: no run records %q; there are %s", path, name, strings.Join(metrics, ", "))
		}
		return
	}
	if why := v.unrecorded(name, layer); why != "" {
		v.errs.Add(at, "%s: %s would not be recorded: %s", path, name, why)
	}
}

func (v *validator) unrecorded(name string, layer []string) string {
	s := v.spec
	switch {
	case strings.HasPrefix(name, "val/") && s.Record.Validation.Every == 0 && s.Train.Stop.Plateau.Every == 0:
		return "record.validation.every is 0"
	case strings.HasPrefix(name, "heads/") && s.Record.HeadScores.Every == 0:
		return "record.head_scores.every is 0; set it to a number of steps"
	case name == "val/bits_per_byte" && (s.Objective.Kind != "causal" || s.Data.Corpus == "repeats"):
		return "it is of the causal objective on text"
	case layer != nil:
		if i, err := strconv.Atoi(layer[1]); err != nil || i >= s.Model.NumHiddenLayers {
			return fmt.Sprintf("layers are layer-0 to layer-%d", s.Model.NumHiddenLayers-1)
		}
	}
	return ""
}
