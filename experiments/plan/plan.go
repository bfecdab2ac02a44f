package plan

import (
	"strings"

	"inkstone/experiments"
	"inkstone/experiments/decode"
)

// Baseline is the reserved name of the spec without changes.
const Baseline = "baseline"

// The bounds of a plan.
const (
	MaxVariants = experiments.MaxVariants
	MaxTrials   = 10_000
)

// Variant is a named setting.
type Variant struct {
	Name string
	// Changes are its differences from the baseline, as they are written.
	Changes []experiments.Assignment
	// Spec is resolved; its Ablate and Sweep are empty.
	Spec experiments.Spec
}

// Trial is one variant with one seed. Variant indexes Plan.Variants.
type Trial struct {
	Variant int
	Seed    int64
}

// Plan is what a spec declares. The baseline is the first variant. Trials are ordered by seed, then by variant, so that
// an unfinished plan has pairs to compare.
type Plan struct {
	Document *experiments.Document
	Variants []Variant
	Trials   []Trial
}

// Load reads a spec from a file, with overrides, holds it against its corpus, and builds its plan. The error is *decode.Errors with all mistakes of
// both.
func Load(file string, sets []string, size experiments.CorpusSize) (*Plan, error) {
	document, err := experiments.Load(file, sets, size)
	if document == nil {
		return nil, err
	}
	return Build(document)
}

// Build expands a document. The error is *decode.Errors and includes the document's own mistakes.
func Build(document *experiments.Document) (*Plan, error) {
	b := newBuilder(document)
	b.ablations()
	b.grid()
	b.compare()
	seeds := document.Spec.Seeds
	if n := len(b.variants) * len(seeds); n > MaxTrials {
		b.errs.Add(document.Place("seeds"), "%d variants with %d seeds are %d trials; at most %d are planned", len(b.variants), len(seeds), n, MaxTrials)
	}
	if err := b.errs.Err(); err != nil {
		return nil, err
	}
	p := &Plan{Document: document}
	for _, c := range b.variants {
		p.Variants = append(p.Variants, c.Variant)
	}
	for _, seed := range seeds {
		for i := range p.Variants {
			p.Trials = append(p.Trials, Trial{Variant: i, Seed: seed})
		}
	}
	return p, nil
}

// builder collects variants and mistakes.
type builder struct {
	document *experiments.Document
	errs     *decode.Errors
	sound    bool // the document itself has no mistakes
	variants []candidate
	settings map[string]string // the variant's name by its settings
	// baselinePoint is the name that the grid's point would have which is the baseline.
	baselinePoint string
}

// candidate is a variant, and where it is declared.
type candidate struct {
	Variant
	place decode.Place
	ok    bool // it has no mistakes
}

func newBuilder(document *experiments.Document) *builder {
	b := &builder{document: document, errs: document.Mistakes(), settings: map[string]string{}}
	b.sound = len(b.errs.List) == 0
	spec, _ := document.Vary(nil)
	b.variants = []candidate{{Variant: Variant{Name: Baseline, Spec: spec}, ok: b.sound}}
	b.settings[settings(spec)] = Baseline
	return b
}

// derive makes a variant of overrides, and notes its mistakes.
func (b *builder) derive(name string, overrides []experiments.Override) candidate {
	spec, errs := b.document.Vary(overrides)
	before := len(b.errs.List)
	b.errs.Merge(errs)
	c := candidate{Variant: Variant{Name: name, Spec: spec}, ok: b.sound && len(b.errs.List) == before && len(errs.List) == 0}
	for _, o := range overrides {
		c.Changes = append(c.Changes, o.Assignment)
	}
	return c
}

func (b *builder) ablations() {
	declared := b.document.Ablations()
	if len(declared) >= MaxVariants {
		b.errs.Add(b.document.Place("ablate"), "%d ablations; at most %d variants are planned", len(declared), MaxVariants)
		return
	}
	for _, a := range declared {
		c := b.derive(a.Name.Text, a.Set)
		c.place = a.Name.Place
		if c.ok {
			key := settings(c.Spec)
			switch twin, taken := b.settings[key]; {
			case twin == Baseline:
				b.errs.Add(a.Set[0].Node.Place, "ablate.%s changes nothing: the baseline resolves to the same settings", c.Name)
			case taken:
				b.errs.Add(a.Name.Place, "ablate.%s resolves to the same settings as %s; leave one of them out", c.Name, twin)
			default:
				b.settings[key] = c.Name
			}
		}
		b.variants = append(b.variants, c)
	}
}

// settings is equal for two specs that train the same.
func settings(s experiments.Spec) string {
	return s.Identity(0, experiments.Content{}) + "\n" + strings.Join(s.Data.Files, "\n")
}
