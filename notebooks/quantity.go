package notebooks

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker"
)

// sameQuantity refuses to put values of different quantities side by side: all runs must have declared the metric with one
// comparability key (its validation windows, masks, tokenizer and objective).
func sameQuantity(groups []group, metric string) error {
	var keys []string
	holders := map[string][]string{}
	for _, g := range groups {
		for _, info := range g.info[metric] {
			if !slices.Contains(keys, info.Key) {
				keys = append(keys, info.Key)
			}
			if !slices.Contains(holders[info.Key], g.variant.Name) {
				holders[info.Key] = append(holders[info.Key], g.variant.Name)
			}
		}
	}
	if len(keys) < 2 {
		return nil
	}
	measured := make([]string, len(keys))
	for i, key := range keys {
		measured[i] = fmt.Sprintf("%s measured %s", strings.Join(holders[key], ", "), quoteKey(key))
	}
	return refuse(tracker.ErrInvalid, "%s is not one quantity here%s: %s. Values compare only where objective, tokenizer, sequence length, validation windows and masks are the same",
		metric, differing(keys), strings.Join(measured, "; "))
}

// keyParts are what the parts of a comparability key between slashes stand for (experiments.Spec.ComparabilityKey); the last
// digests the others too.
var keyParts = []string{"objective", "tokenizer", "sequence length", "validation windows or masks"}

// differing names what differs between keys as far as it can be read from them.
func differing(keys []string) string {
	var parts []string
	for i, name := range keyParts {
		first, different := "", false
		for k, key := range keys {
			words := strings.Split(key, "/")
			if len(words) != len(keyParts) {
				return ""
			}
			if k == 0 {
				first = words[i]
			}
			different = different || words[i] != first
		}
		if different && (i < len(keyParts)-1 || len(parts) == 0) {
			parts = append(parts, name)
		}
	}
	return " (not the same " + strings.Join(parts, ", ") + ")"
}

// refusal is a sentence for people that is also one of tracker's kinds of error.
type refusal struct {
	kind     error
	sentence string
}

func refuse(kind error, format string, args ...any) error {
	return &refusal{kind, fmt.Sprintf(format, args...)}
}

func (r *refusal) Error() string { return r.sentence }

func (r *refusal) Unwrap() error { return r.kind }

func quoteKey(key string) string {
	if key == "" {
		return "something undeclared"
	}
	return fmt.Sprintf("%q", key)
}

// unit is the unit that the runs declared for a metric.
func unit(groups []group, metric string) string {
	for _, g := range groups {
		for _, info := range g.info[metric] {
			if info.Unit != "" {
				return info.Unit
			}
		}
	}
	return ""
}

// backendWarning names the backends where the runs come from several.
func backendWarning(groups []group) string {
	var names []string
	variants := map[string][]string{}
	for _, g := range groups {
		for _, v := range g.values {
			if v.Backend == "" {
				continue
			}
			if !slices.Contains(names, v.Backend) {
				names = append(names, v.Backend)
			}
			if !slices.Contains(variants[v.Backend], g.variant.Name) {
				variants[v.Backend] = append(variants[v.Backend], g.variant.Name)
			}
		}
	}
	if len(names) < 2 {
		return ""
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%s)", name, strings.Join(variants[name], ", "))
	}
	return "runs come from different backends, which may account for a part of the differences: " + strings.Join(names, "; ")
}
