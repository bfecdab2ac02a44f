package plan

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/experiments"
)

// grid adds the points of the sweep: the product of its axes, the last one fastest. The point that is the baseline is the
// baseline.
func (b *builder) grid() {
	axes := b.document.Grid()
	if len(axes) == 0 || !b.bounded(axes) {
		return
	}
	if !b.distinct(axes) {
		return
	}
	names := shortNames(axes)
	taken := map[string]int{}
	for point := range product(axes) {
		parts := make([]string, len(point))
		for i, o := range point {
			parts[i] = names[i] + "=" + safe(o.Value)
		}
		name := strings.Join(parts, ",")
		if taken[name]++; taken[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, taken[name])
		}
		b.point(name, point)
	}
}

func (b *builder) point(name string, point []experiments.Override) {
	c := b.derive(name, point)
	c.place = point[len(point)-1].Node.Place
	if c.ok {
		key := settings(c.Spec)
		switch twin, taken := b.settings[key]; {
		case twin == Baseline && b.baselinePoint == "":
			b.baselinePoint = name
			return
		case twin == Baseline:
			b.errs.Add(c.place, "sweep.grid: %s resolves to the same settings as %s and the baseline", name, b.baselinePoint)
			return
		case taken:
			b.errs.Add(c.place, "sweep.grid: %s resolves to the same settings as %s", name, twin)
			return
		}
		b.settings[key] = name
	}
	b.variants = append(b.variants, c)
}

func (b *builder) bounded(axes []experiments.GridAxis) bool {
	points := 1
	for _, axis := range axes {
		if len(axis.Values) == 0 {
			return false // noted where it was read
		}
		if points *= len(axis.Values); points > MaxVariants {
			b.errs.Add(b.document.Place("sweep.grid"), "the grid has more than %d points; at most %d variants are planned", MaxVariants, MaxVariants)
			return false
		}
	}
	if n := points + len(b.variants); n > MaxVariants+1 {
		b.errs.Add(b.document.Place("sweep.grid"), "%d variants with the ablations; at most %d are planned", n, MaxVariants)
		return false
	}
	return true
}

// distinct notes values that an axis has twice, by what they resolve to alone. An axis that has an effect only beside
// another one, such as the rotary base beside positions, is the baseline for all of its values; point judges those.
func (b *builder) distinct(axes []experiments.GridAxis) bool {
	ok := true
	for _, axis := range axes {
		seen := map[string]string{}
		for _, o := range axis.Values {
			spec, errs := b.document.Vary([]experiments.Override{o})
			key := o.Value
			if len(errs.List) == 0 {
				key = settings(spec)
			}
			if first, twice := seen[key]; twice && (first == o.Value || key != settings(b.variants[0].Spec)) {
				b.errs.Add(o.Node.Place, "sweep.grid: %s: %s is the same as %s, which the list has already", o.Path, o.Value, first)
				ok = false
			} else if !twice {
				seen[key] = o.Value
			}
		}
	}
	return ok
}

// product yields every combination of one value per axis.
func product(axes []experiments.GridAxis) func(yield func([]experiments.Override) bool) {
	return func(yield func([]experiments.Override) bool) {
		index := make([]int, len(axes))
		for {
			point := make([]experiments.Override, len(axes))
			for i, axis := range axes {
				point[i] = axis.Values[index[i]]
			}
			if !yield(point) {
				return
			}
			i := len(axes) - 1
			for ; i >= 0; i-- {
				if index[i]++; index[i] < len(axes[i].Values) {
					break
				}
				index[i] = 0
			}
			if i < 0 {
				return
			}
		}
	}
}

// shortNames are the axes' last path elements, or longer ends where two would be the same.
func shortNames(axes []experiments.GridAxis) []string {
	paths, names := make([][]string, len(axes)), make([]string, len(axes))
	for i, axis := range axes {
		paths[i] = strings.Split(axis.Key.Text, ".")
	}
	for i := range paths {
		for n := 1; n <= len(paths[i]); n++ {
			names[i] = end(paths[i], n)
			same := func(p []string) bool { return end(p, n) == names[i] }
			if !slices.ContainsFunc(slices.Delete(slices.Clone(paths), i, i+1), same) {
				break
			}
		}
	}
	return names
}

func end(path []string, n int) string { return strings.Join(path[max(0, len(path)-n):], ".") }

// safe makes a value's text fit for a name, which stands in addresses and commands.
func safe(value string) string {
	value = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '+', r == '-':
			return r
		}
		return '-'
	}, value)
	return value[:min(len(value), 40)]
}
