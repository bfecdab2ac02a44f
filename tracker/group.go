package tracker

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RunGroup is runs that are taken together, as the seeds of one variant are.
type RunGroup struct {
	Name string
	Runs []Run // in the order given
}

// Counting are the runs of a group that count in its tables and figures: of each seed the newest that finished, or else the
// newest; older tells how many stand behind one of these. Excluded runs are kept, for the reasons that are told of them.
func (g RunGroup) Counting() (runs []Run, older int) {
	bySeed := map[int64]int{}
	for _, run := range g.Runs {
		if _, excluded := run.Excluded(); excluded {
			runs = append(runs, run)
			continue
		}
		i, there := bySeed[run.Seed]
		switch {
		case !there:
			bySeed[run.Seed] = len(runs)
			runs = append(runs, run)
			continue
		case run.countsBefore(runs[i]):
			runs[i] = run
		}
		older++
	}
	return runs, older
}

// Name is what commands and pages call the run, after its trial: "demo/baseline/1".
func (r Run) Name() string { return fmt.Sprintf("%s/%s/%d", r.Experiment, r.Variant, r.Seed) }

// countsBefore tells whether a run counts in the place of another of its group and seed.
func (r Run) countsBefore(other Run) bool {
	if (r.Status == Finished) != (other.Status == Finished) {
		return r.Status == Finished
	}
	return r.ID > other.ID
}

// groupKey is what a run has for one key of a grouping.
type groupKey struct {
	text   string
	number float64
	kind   int // of what sorts first: numbers, then texts, then what is missing
}

// GroupRuns puts runs together that have the same values of keys: a list, separated by commas, of "variant", "experiment",
// "seed", "status", "run" (each by itself), "tag.NAME", and parameters by their dotted path ("train.learning_rate"). Groups are
// ordered by their values, numbers as numbers; the group "baseline" comes first. A key that no run has is ErrInvalid; where some
// lack it, they are a group of their own.
func GroupRuns(runs []Run, by string) ([]RunGroup, error) {
	if by == "" {
		by = "variant"
	}
	names := strings.Split(by, ",")
	keys := make([][]groupKey, len(runs))
	found := make([]bool, len(names))
	for i, run := range runs {
		for k, name := range names {
			key, there, err := run.groupKey(strings.TrimSpace(name))
			if err != nil {
				return nil, fmt.Errorf("group runs by %s: %w", by, err)
			}
			found[k] = found[k] || there
			keys[i] = append(keys[i], key)
		}
	}
	for k, name := range names {
		if !found[k] && len(runs) > 0 {
			return nil, fmt.Errorf("%w: group runs by %q: none of the %d runs has it; there are variant, experiment, seed, status, run, tag.NAME, and parameters such as train.learning_rate", ErrInvalid, strings.TrimSpace(name), len(runs))
		}
	}
	return gather(runs, keys), nil
}

// gather makes groups of runs with equal keys.
func gather(runs []Run, keys [][]groupKey) []RunGroup {
	order := make([]int, len(runs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareKeys(keys[a], keys[b]) })
	var groups []RunGroup
	for n, i := range order {
		if n == 0 || compareKeys(keys[order[n-1]], keys[i]) != 0 {
			groups = append(groups, RunGroup{Name: groupName(keys[i])})
		}
		last := &groups[len(groups)-1]
		last.Runs = append(last.Runs, runs[i])
	}
	if i := slices.IndexFunc(groups, func(g RunGroup) bool { return g.Name == "baseline" }); i > 0 {
		first := groups[i]
		groups = slices.Insert(slices.Delete(groups, i, i+1), 0, first)
	}
	return groups
}

func groupName(key []groupKey) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = k.text
	}
	return strings.Join(parts, ", ")
}

func compareKeys(a, b []groupKey) int {
	for i := range a {
		if c := cmp.Or(cmp.Compare(a[i].kind, b[i].kind), cmp.Compare(a[i].number, b[i].number), cmp.Compare(a[i].text, b[i].text)); c != 0 {
			return c
		}
	}
	return 0
}

const (
	keyNumber = iota
	keyText
	keyMissing
)

func (r Run) groupKey(name string) (key groupKey, there bool, err error) {
	switch name {
	case "variant":
		return groupKey{text: r.Variant, kind: keyText}, true, nil
	case "experiment":
		return groupKey{text: r.Experiment, kind: keyText}, true, nil
	case "status":
		return groupKey{text: string(r.Status), kind: keyText}, true, nil
	case "run":
		return groupKey{text: fmt.Sprintf("%s/%s/%d %s", r.Experiment, r.Variant, r.Seed, r.ID), kind: keyText}, true, nil
	case "seed":
		return groupKey{text: "seed " + strconv.FormatInt(r.Seed, 10), number: float64(r.Seed), kind: keyNumber}, true, nil
	}
	if tag, ok := strings.CutPrefix(name, "tag."); ok {
		value, there := r.Tags[tag]
		if !there {
			return groupKey{text: "no " + tag, kind: keyMissing}, false, nil
		}
		return groupKey{text: strings.TrimSuffix(tag+" "+value, " "), kind: keyText}, true, nil
	}
	name = strings.TrimPrefix(name, "param.")
	params, err := Params(r.Spec)
	if err != nil {
		return key, false, err
	}
	i := slices.IndexFunc(params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return groupKey{text: "no " + name, kind: keyMissing}, false, nil
	}
	short := name[strings.LastIndexByte(name, '.')+1:]
	key = groupKey{text: short + " " + params[i].Text, kind: keyText}
	if params[i].Kind == ParamNumber {
		key.kind, key.number = keyNumber, params[i].Number
	}
	return key, true, nil
}
