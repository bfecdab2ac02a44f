// Package plan expands a spec into variants and trials, without side effects.
//
// The baseline is the spec as it stands. Each ablation is a variant, and so is each point of the sweep's grid that differs
// from the baseline. A variant is derived from the spec's tree, so that defaults which depend on other fields are derived
// anew. Checks that need the expansion are made here: variants that are the same, and variants that cannot be compared.
package plan
