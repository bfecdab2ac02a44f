package main

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// Figure is one metric of one benchmark, with a sample for each time that it was measured.
type Figure struct {
	Package   string    `json:"package"`
	Benchmark string    `json:"benchmark"`
	Unit      string    `json:"unit"`
	Samples   []float64 `json:"samples"`
	Median    float64   `json:"median"`
	Min       float64   `json:"min"`
	Max       float64   `json:"max"`
	Goal      *Verdict  `json:"goal,omitempty"`
}

// withoutProcs is a benchmark's name without the number of processors at its end.
func withoutProcs(n benchfmt.Name) string {
	name := n.String()
	_, parts := n.Parts()
	if k := len(parts); k > 0 && parts[k-1][0] == '-' {
		name = strings.TrimSuffix(name, string(parts[k-1]))
	}
	return name
}

// reported is a value in the unit of the benchmark, which the reader may have changed.
func reported(v benchfmt.Value) (float64, string) {
	if v.OrigUnit != "" {
		return v.OrigValue, v.OrigUnit
	}
	return v.Value, v.Unit
}

// add puts a value to the others of its figure.
func (r *Report) add(pkg, name string, v benchfmt.Value) {
	value, unit := reported(v)
	f := r.figure(pkg, name, unit)
	if f == nil {
		f = &Figure{Package: pkg, Benchmark: name, Unit: unit}
		r.Figures = append(r.Figures, f)
	}
	f.Samples = append(f.Samples, value)
}

// figure is nil where it was not measured.
func (r *Report) figure(pkg, name, unit string) *Figure {
	for _, f := range r.Figures {
		if f.Package == pkg && f.Benchmark == name && f.Unit == unit {
			return f
		}
	}
	return nil
}

// summarise computes what is derived from the samples.
func (f *Figure) summarise() {
	sorted := slices.Sorted(slices.Values(f.Samples))
	f.Min, f.Max = sorted[0], sorted[len(sorted)-1]
	f.Median = (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	f.Goal = judge(f)
}

// number writes a value for people: four digits, or all before the point.
func number(x float64) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	decimals := max(0, 3-int(math.Floor(math.Log10(math.Abs(x)))))
	text := strconv.FormatFloat(x, 'f', min(decimals, 9), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	whole, rest, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return whole + "." + rest
	}
	return whole
}
