package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"inkstone/experiments"
	"inkstone/internal/thousands"
	"inkstone/runner/weights"
	"inkstone/tracker"
)

func (a *app) printWeights(s shownWeights, tensors bool) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("path", "%s", s.Path)
	row("form", "%s", cmp.Or(string(s.Dialect), "safetensors without a config.json"))
	row("stored", "%s in %s, %s", plural(len(s.Tensors), "tensor"), plural(s.Files, "file"), size(s.Bytes))
	row("parameters", "%s (%s)", thousands.Int(s.Parameters), typeNames(s.DTypes))
	if s.Positions > 0 {
		row("positions", "%s", thousands.Int(s.Positions))
	}
	if len(s.EOS) > 0 {
		row("end tokens", "%s", strings.Trim(fmt.Sprint(s.EOS), "[]"))
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"heads", s.Heads}, {"dropped", s.Dropped}, {"left out", s.LeftOut}} {
		if n := len(list.items); n > 3 && !tensors {
			row(list.name, "%s … and %d more", strings.Join(list.items[:3], ", "), n-3)
		} else if n > 0 {
			row(list.name, "%s", strings.Join(list.items, ", "))
		}
	}
	if s.Model != nil {
		fmt.Fprintln(w)
		if err := printSettings(row, *s.Model); err != nil {
			return err
		}
	}
	if tensors {
		fmt.Fprintln(w)
		for _, t := range s.Tensors {
			row(t.Name, "%s %v", t.DType, t.Shape)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print weights: %w", err)
	}
	a.warnAll(s.Warnings)
	return nil
}

func typeNames(values map[weights.DType]int64) string {
	var names []string
	for _, d := range slices.Sorted(maps.Keys(values)) {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// printSettings prints a model as a spec has it.
func printSettings(row func(name, format string, args ...any), model experiments.Model) error {
	text, err := json.Marshal(struct {
		Model experiments.Model `json:"model"`
	}{model})
	if err != nil {
		return fmt.Errorf("print the model: %w", err)
	}
	params, err := tracker.Params(text)
	if err != nil {
		return fmt.Errorf("print the model: %w", err)
	}
	for _, p := range params {
		if p.Text != "" {
			row(p.Name, "%s", p.Text)
		}
	}
	return nil
}
