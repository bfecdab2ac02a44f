package plan

import (
	"slices"
	"strings"

	"inkstone/experiments"
	"inkstone/internal/nearest"
)

// compare checks that the baseline of the comparison exists, and that validation measures the same quantity in all
// variants where a validation metric is compared.
func (b *builder) compare() {
	spec := b.document.Spec
	var names []string
	for _, c := range b.variants {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, spec.Compare.Baseline) {
		b.errs.Suggest(b.document.Place("compare.baseline"), nearest.To(spec.Compare.Baseline, names),
			"compare.baseline: there is no variant %q; there are %s", spec.Compare.Baseline, list(names))
	}
	validated := func(metric string) bool { return strings.HasPrefix(metric, "val/") }
	metric := spec.Compare.Metric
	if !validated(metric) {
		i := slices.IndexFunc(spec.Compare.Also, validated)
		if i < 0 {
			return
		}
		metric = spec.Compare.Also[i]
	}
	if !b.sound {
		return
	}
	for _, c := range b.variants[1:] {
		if what := differs(b.variants[0].Spec, c.Spec); c.ok && what != "" {
			b.errs.Add(c.place, "%s cannot be compared with the baseline by %s: it differs in %s, so that its validation measures another quantity; take it into a spec of its own, or compare metrics that are not val/",
				c.Name, metric, what)
		}
	}
}

// differs names what makes two specs' validation metrics different quantities, or is empty.
func differs(a, b experiments.Spec) string {
	var none experiments.Content
	if a.ComparabilityKey(none) == b.ComparabilityKey(none) && slices.Equal(a.Data.Files, b.Data.Files) {
		return ""
	}
	switch {
	case a.Objective != b.Objective:
		return "the objective"
	case a.Tokenizer != b.Tokenizer:
		return "the tokenizer"
	case a.Train.SequenceLength != b.Train.SequenceLength:
		return "sequence_length"
	case a.Train.GlobalBatchSize*a.Data.Validation.Batches != b.Train.GlobalBatchSize*b.Data.Validation.Batches:
		return "the validation windows (global_batch_size × data.validation.batches; keep the product)"
	}
	return "the data"
}

func list(names []string) string {
	if len(names) > 12 {
		names = append(slices.Clone(names[:12]), "…")
	}
	return strings.Join(names, ", ")
}
