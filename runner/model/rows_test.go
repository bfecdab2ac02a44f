package model_test

import (
	"testing"

	"inkstone/runner/reference"
)

func join(name, what string) string {
	if name == "" {
		return what
	}
	return name + "." + what
}

// fixtureRows reads the inputs of a case. What a row may see is told as a run of the program would tell it: padding by first
// and last column, a prefix by its end, packed documents by their numbers.
func fixtureRows(t *testing.T, file reference.Tensors, name string) rows {
	t.Helper()
	r := rows{tokens: file.Table(t, join(name, "input_ids"))}
	r.positions, r.blocks = places(file, t, name, r.tokens)
	r.valid = shifted(zeros(r.tokens), 1)
	for _, mask := range []string{"attention_mask", "valid"} {
		if file.Has(join(name, mask)) {
			r.valid = file.Table(t, join(name, mask))
		}
	}
	if !file.Has(join(name, "sep")) { // those rows do not hide their padding
		r.first, r.end = ends(r.valid)
	}
	if file.Has(join(name, "token_type_ids")) {
		r.types = file.Table(t, join(name, "token_type_ids"))
	}
	switch {
	case file.Has(join(name, "sep")):
		r.prefix = file.Ints(t, join(name, "sep"))
	case file.Has(join(name, "document_ids")):
		r.documents = file.Table(t, join(name, "document_ids"))
	case file.Has(join(name, "allow")):
		r.prefix = prefixes(t, file, join(name, "allow"), r)
	}
	r.targets, r.weights = fixtureTargets(t, file, name, r.tokens)
	return r
}

func zeros(like [][]int32) [][]int32 {
	out := make([][]int32, len(like))
	for i := range like {
		out[i] = make([]int32, len(like[i]))
	}
	return out
}

func places(file reference.Tensors, t *testing.T, name string, tokens [][]int32) (positions, blocks [][]int32) {
	positions, blocks = zeros(tokens), zeros(tokens)
	for _, row := range positions {
		for i := range row {
			row[i] = int32(i)
		}
	}
	if file.Has(join(name, "position_ids")) {
		positions = file.Table(t, join(name, "position_ids"))
	}
	if file.Has(join(name, "block_position_ids")) {
		blocks = file.Table(t, join(name, "block_position_ids"))
	}
	return positions, blocks
}

// ends are each row's first valid column and the one behind its last; nil where every row is full.
func ends(valid [][]int32) (first, end []int32) {
	padded := false
	for _, row := range valid {
		from, to := 0, len(row)
		for from < to && row[from] == 0 {
			from++
		}
		for to > from && row[to-1] == 0 {
			to--
		}
		padded = padded || from > 0 || to < len(row)
		first, end = append(first, int32(from)), append(end, int32(to))
	}
	if !padded {
		return nil, nil
	}
	return first, end
}

// prefixes reads the end of each row's prefix off what its first valid column may see.
func prefixes(t *testing.T, file reference.Tensors, name string, r rows) []int32 {
	t.Helper()
	allow := file.Table(t, name) // [B,1,T,S] as B·T lists of S
	columns := len(r.tokens[0])
	var out []int32
	for b, valid := range r.valid {
		from := 0
		for valid[from] == 0 {
			from++
		}
		end := int32(0)
		for column, seen := range allow[b*columns+from][len(allow[0])-columns:] {
			if seen == 1 {
				end = int32(column) + 1
			}
		}
		out = append(out, end)
	}
	return out
}

// fixtureTargets are the targets of each column, with their weights. The labels of decoders are moved by one, so that they are aligned.
func fixtureTargets(t *testing.T, file reference.Tensors, name string, tokens [][]int32) (targets [][]int32, weights [][]float32) {
	t.Helper()
	targets = zeros(tokens)
	for range tokens {
		weights = append(weights, make([]float32, len(tokens[0])))
	}
	labels, shift := zeros(tokens), 0
	switch {
	case file.Has(join(name, "targets")):
		labels = file.Table(t, join(name, "targets"))
		for b, row := range file.Table(t, join(name, "loss_mask")) {
			for i, counts := range row {
				if counts == 0 {
					labels[b][i] = -100
				}
			}
		}
	case file.Has(join(name, "labels")) && len(file[join(name, "labels")].Shape) == 2:
		labels = file.Table(t, join(name, "labels"))
		if !file.Has(join(name, "token_type_ids")) {
			shift = 1
		}
	}
	for b, row := range labels {
		for i, label := range row[shift:] {
			if label >= 0 {
				targets[b][i], weights[b][i] = label, 1
			}
		}
	}
	return targets, weights
}
