// Package experiments reads specs: YAML files that declare a model, data, an objective, what to vary, what to record and
// what to compare.
//
// A file is parsed to nodes with positions (decode), overridden by --set, decoded into Spec with defaults, and validated
// as a whole, so that one check reports every mistake with its place. Package plan expands a Spec into variants and
// trials. Identity digests what changes weights.
package experiments
