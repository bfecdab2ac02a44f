package experiments

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"inkstone/experiments/decode"
	"inkstone/internal/nearest"
)

// validator checks one tree and its spec, and notes what is wrong.
type validator struct {
	root *decode.Node
	// base holds the settings of the preset that the spec names, or is nil.
	base *decode.Node
	// baseless tells that it names one that does not exist.
	baseless bool
	file     string
	size     CorpusSize
	spec     *Spec
	errs     *decode.Errors
}

// has tells whether a field is written, or given by the preset.
func (v *validator) has(path string) bool { return v.root.At(path) != nil || v.base.At(path) != nil }

// place is where the first of the fields is written that an override sets, else the first one that is written, else the
// nearest group around the first.
func (v *validator) place(paths ...string) decode.Place {
	var found *decode.Node
	for _, path := range paths {
		n := v.written(path)
		switch {
		case n == nil:
		case n.Override && (found == nil || !found.Override || found.Flag > 0 && n.Flag == 0):
			found = n
		case found == nil:
			found = n
		}
	}
	if found != nil {
		return found.Place
	}
	return v.group(paths[0])
}

func (v *validator) written(path string) *decode.Node {
	if n := v.root.At(path); n != nil {
		return n
	}
	if path == "objective.kind" {
		return v.root.Get("objective")
	}
	return nil
}

// group is the key of the nearest group around a field, or the whole file.
func (v *validator) group(path string) decode.Place {
	at, n := decode.Place{File: v.file}, v.root
	for key := range strings.SplitSeq(path, ".") {
		for _, e := range n.Entries {
			if e.Key.Text == key {
				at = e.Key.Place
			}
		}
		if n = n.Get(key); n == nil {
			break
		}
	}
	return at
}

// wrong notes a mistake that concerns the fields, the first of them above all.
func (v *validator) wrong(paths []string, format string, args ...any) {
	v.errs.Add(v.place(paths...), "%s: %s", paths[0], fmt.Sprintf(format, args...))
}

// fields checks each field against its line of the table.
func (v *validator) fields() {
	for _, f := range fields {
		n := v.written(f.path)
		if n == nil {
			if f.missing() && !v.has(f.path) && !(v.baseless && strings.HasPrefix(f.path, "model.")) && !v.misspelt(f.path) && !v.replaced(f.path) {
				v.errs.Add(v.group(f.path), "%s is missing (%s)", f.path, f.meaning)
			}
			continue
		}
		target := reach(reflect.ValueOf(v.spec).Elem(), f.path)
		if target.IsZero() && (n.Kind != decode.Scalar || !zero(n)) || n.Text == "auto" || n.Null {
			continue // it could not be read, which is noted already
		}
		why := f.rule.broken(target.Interface())
		if why == "" {
			continue
		}
		near := ""
		if f.rule.words != nil {
			near = nearest.To(n.Text, f.rule.words)
		}
		v.errs.Suggest(n.Place, near, "%s: %s is not allowed: %s", f.path, decode.Shorten(n.String()), why)
	}
}

// misspelt tells whether an unknown key was noted that seems to mean the field.
func (v *validator) misspelt(path string) bool {
	group, key := path[:strings.LastIndex(path, ".")+1], path[strings.LastIndex(path, ".")+1:]
	return slices.ContainsFunc(v.errs.List, func(e decode.Error) bool {
		return e.Suggestion == key && strings.HasPrefix(e.Message, group) && strings.HasSuffix(e.Message, ": unknown key")
	})
}

// replaced tells whether something else than a mapping stands where a field's group should be.
func (v *validator) replaced(path string) bool {
	n, keys := v.root, strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		if n = n.Get(key); n != nil && n.Kind != decode.Mapping {
			return true
		}
	}
	return false
}

// zero tells whether a scalar says 0, false or nothing.
func zero(n *decode.Node) bool {
	return strings.Trim(n.Text, "+-0._eE") == "" || n.Text == "false"
}

// together checks fields against each other.
func (v *validator) together() {
	v.heading()
	v.data()
	v.model()
	v.length()
	v.schedule()
	v.stops()
	v.corpus()
	v.prompts()
	v.comparison()
}

func (v *validator) heading() {
	s := v.spec
	if v.has("name") && s.Name != "" && !names.MatchString(s.Name) {
		v.wrong([]string{"name"}, "%q cannot be a name: %s", decode.Shorten(s.Name), nameRule)
	}
}

func (v *validator) data() {
	s := v.spec
	corpus, files := v.has("data.corpus"), v.has("data.files")
	switch {
	case v.replaced("data.corpus"):
	case corpus && files:
		v.wrong([]string{"data.files", "data.corpus"}, "corpus and files exclude each other; leave one of them out")
	case !corpus && !files:
		v.errs.Add(v.group("data.corpus"), "data: there is no text; write corpus: go-stdlib, corpus: repeats, or files: [texts/*.txt]")
	case files && v.root.At("data.files").Kind == decode.Sequence && len(s.Data.Files) == 0:
		v.wrong([]string{"data.files"}, "the list is empty; give globs of .txt or .jsonl files, such as [texts/*.txt]")
	}
	for i, n := range v.items("data.files") {
		if i < len(s.Data.Files) && n.Text == "" {
			v.errs.Add(n.Place, "data.files: an empty text is no glob; write one such as texts/*.txt")
		}
	}
	generated := s.Data.Corpus == "repeats"
	kinds := []string{"tokenizer.kind", "data.corpus"}
	switch {
	case generated && s.Tokenizer.Kind != "symbols":
		v.wrong(kinds, "the corpus repeats is made of symbols, not text; write symbols, or leave the tokenizer out")
	case !generated && s.Tokenizer.Kind == "symbols":
		v.wrong(kinds, "symbols are for the corpus repeats; text takes bytes or bpe")
	}
	if generated {
		v.repeats()
	}
	v.infill()
}

// corpus holds the spec against its text, where both are told well enough.
func (v *validator) corpus() {
	s := v.spec
	unnamed := func(n *decode.Node) bool { return n.Text == "" }
	if v.size == nil || s.Data.Corpus == "repeats" || (s.Data.Corpus == "") == (len(s.Data.Files) == 0) || slices.ContainsFunc(v.items("data.files"), unnamed) {
		return
	}
	bytes, err := v.size(s.Data)
	if err != nil {
		v.errs.Add(v.place("data.files", "data.corpus"), "%v", err)
		return
	}
	if length := int64(s.Train.SequenceLength); length > bytes {
		v.wrong([]string{"train.sequence_length", "data.files", "data.corpus"}, "%d tokens are more than the corpus has (%d bytes); use a shorter one or more text", length, bytes)
	}
}

func (v *validator) repeats() {
	r := v.spec.Data.Repeats
	period := []string{"data.repeats.max_period", "data.repeats.min_period", "data.repeats.symbols"}
	if r.MinPeriod > r.MaxPeriod {
		v.wrong([]string{period[1], period[0]}, "%d is above max_period %d; make it at most that", r.MinPeriod, r.MaxPeriod)
	}
	if r.MaxPeriod > r.Symbols {
		v.wrong(period, "a period of %d needs as many distinct symbols, but there are %d; lower it or raise symbols", r.MaxPeriod, r.Symbols)
	}
	if v.spec.Objective.Kind == "infill" {
		v.wrong([]string{"objective.kind", "data.corpus"}, "infill has no meaning on the corpus repeats; take causal, or a corpus of text")
	}
	if length := v.spec.Train.SequenceLength; length > 0 && length < 2*r.MaxPeriod {
		v.wrong([]string{"train.sequence_length", period[0]}, "%d does not hold two rounds of the longest period %d, and the loss counts from the second round on; it must be at least %d",
			length, r.MaxPeriod, 2*r.MaxPeriod)
	}
}

func (v *validator) infill() {
	s := v.spec
	if s.Objective.Kind != "infill" {
		return
	}
	if s.Model.Positions == "rotary" || s.Model.Positions == "absolute" {
		at := []string{"model.positions", "objective.kind", "objective"}
		v.wrong(at, "%s tells one coordinate, but infill places tokens by two (text and span); take rotary-2d, learned or none", s.Model.Positions)
	}
	if float64(s.Objective.MaxSpan) < s.Objective.MeanSpan {
		v.wrong([]string{"objective.max_span", "objective.mean_span"}, "%d is below mean_span %g; make it at least that", s.Objective.MaxSpan, s.Objective.MeanSpan)
	}
	if n := s.Train.SequenceLength; n > 0 && n < 8 {
		v.wrong([]string{"train.sequence_length"}, "%d tokens leave no room for infill's spans; it must be at least 8", n)
	}
}

func (v *validator) length() {
	t := v.spec.Train
	if parts := t.GradientAccumulationSteps; parts > 1 && t.GlobalBatchSize > 0 && t.GlobalBatchSize%parts != 0 {
		v.wrong([]string{"train.gradient_accumulation_steps", "train.global_batch_size"}, "%d micro-batches do not divide global_batch_size %d; %s", parts, t.GlobalBatchSize, divisors(t.GlobalBatchSize, parts))
	}
	const bound = 1 << 26
	if tokens := t.GlobalBatchSize * t.SequenceLength; t.GlobalBatchSize <= 1<<20 && t.SequenceLength <= 1<<20 && tokens > bound {
		v.wrong([]string{"train.global_batch_size", "train.sequence_length"}, "%d sequences of %d tokens are %d tokens a step; at most %d are trained", t.GlobalBatchSize, t.SequenceLength, tokens, bound)
	}
}

// items are the nodes of a list.
func (v *validator) items(path string) []*decode.Node {
	n := v.root.At(path)
	if n == nil {
		return nil
	}
	return n.Items
}
