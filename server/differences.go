package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker"
)

// difference is something in which groups of runs differ: what it is, and what each group has.
type difference struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // by group; several values of one group with their counts
}

// absent stands for a value that a run does not have.
const absent = "–"

// differences lists the names whose values are not the same in all runs, in order of the names.
func differences(groups []tracker.RunGroup, values func(tracker.Run) map[string]string) []difference {
	byRun := make([][]map[string]string, len(groups))
	names := map[string]bool{}
	for i, g := range groups {
		for _, run := range g.Runs {
			of := values(run)
			byRun[i] = append(byRun[i], of)
			for name := range of {
				names[name] = true
			}
		}
	}
	list := []difference{}
	for name := range names {
		d := difference{Name: name}
		all := map[string]bool{}
		for i := range groups {
			counts := map[string]int{}
			for _, of := range byRun[i] {
				value, there := of[name]
				if !there {
					value = absent
				}
				counts[value]++
				all[value] = true
			}
			d.Values = append(d.Values, counted(counts))
		}
		if len(all) > 1 {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b difference) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// counted writes the values of one group: one alone as it is, several with how many runs have them, at most four.
func counted(counts map[string]int) string {
	var values []string
	for value := range counts {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	if len(values) == 1 {
		return values[0]
	}
	const shown = 4
	more := ""
	if len(values) > shown {
		more = fmt.Sprintf(", and %d more", len(values)-shown)
		values = values[:shown]
	}
	for i, value := range values {
		values[i] = fmt.Sprintf("%s (%d)", value, counts[value])
	}
	return strings.Join(values, ", ") + more
}

// notCompared are the fields of a spec that say nothing of how a run was trained.
var notCompared = []string{"name", "question", "spec", "seeds", "record", "ablate", "sweep", "compare", "run"}

// differingParams are the fields of specs in which runs differ.
func differingParams(groups []tracker.RunGroup) []difference {
	return differences(groups, func(run tracker.Run) map[string]string {
		params, err := tracker.Params(run.Spec)
		if err != nil {
			return nil // a spec that is no JSON has no fields
		}
		of := map[string]string{}
		for _, p := range params {
			section, _, _ := strings.Cut(p.Name, ".")
			if !slices.Contains(notCompared, section) {
				of[p.Name] = p.Text
			}
		}
		return of
	})
}

// differingEnvironment is what of the last attempts' machines and programs differs.
func differingEnvironment(groups []tracker.RunGroup) []difference {
	return differences(groups, func(run tracker.Run) map[string]string {
		if len(run.Attempts) == 0 {
			return nil
		}
		return environmentOf(run.Attempts[len(run.Attempts)-1].Info)
	})
}

// comparedFacts are the facts of an attempt that can account for a difference between runs.
var comparedFacts = append([]string{"host", "Inkstone", "commit", "Go", "system", "CPU", "GPUs", "driver"}, deciding...)

// environmentOf names what decides an attempt's numbers.
func environmentOf(info tracker.AttemptInfo) map[string]string {
	of := map[string]string{}
	for name, value := range factsOf(info) {
		if slices.Contains(comparedFacts, name) {
			of[name] = value
		}
	}
	for name, version := range info.Modules {
		of["module "+name] = version
	}
	return of
}

// differingCode is the commit and the changes beside it: for every changed working tree, which groups trained with it.
func (s *Server) differingCode(ctx context.Context, groups []tracker.RunGroup) ([]difference, error) {
	diffs := map[string]string{} // by run: the digest of its changes
	for _, g := range groups {
		for _, run := range g.Runs {
			artifacts, err := s.Store.Artifacts(ctx, run.ID)
			if err != nil {
				return nil, err
			}
			for _, a := range artifacts {
				if strings.HasPrefix(a.Name, "environment/") && strings.HasSuffix(a.Name, "/git.diff") {
					diffs[run.ID] = a.Digest[:min(12, len(a.Digest))]
				}
			}
		}
	}
	return differences(groups, func(run tracker.Run) map[string]string {
		of := map[string]string{}
		if len(run.Attempts) > 0 {
			of["commit"] = run.Attempts[len(run.Attempts)-1].Info.GitCommit
		}
		if digest, there := diffs[run.ID]; there {
			of["changes beside the commit"] = digest
		}
		return of
	}), nil
}
