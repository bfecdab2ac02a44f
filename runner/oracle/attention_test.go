package oracle

import (
	"math"

	"gorgonia.org/gorgonia"

	"inkstone/experiments"
)

// pair is two dimensions of a head that turn together, by position × frequency.
type pair struct {
	first, second int
	frequency     float64
	positions     []float64
}

// interleaved pairs neighbours in the first turned dimensions of a head (ChatGLM2 and later).
func interleaved(turned int, theta float64, positions []float64) (pairs []pair) {
	for i := range turned / 2 {
		pairs = append(pairs, pair{2 * i, 2*i + 1, math.Pow(theta, -2*float64(i)/float64(turned)), positions})
	}
	return pairs
}

// halves pairs each dimension in the first half of from … from+turned with its fellow in the second (ChatGLM-6B).
func halves(from, turned int, theta float64, positions []float64) (pairs []pair) {
	for i := range turned / 2 {
		pairs = append(pairs, pair{from + i, from + i + turned/2, math.Pow(theta, -2*float64(i)/float64(turned)), positions})
	}
	return pairs
}

// rotate turns the pairs of one head's columns [M,D]: (a, b) -> (a cos φ − b sin φ, b cos φ + a sin φ); what is in no pair stays.
func (t *tape) rotate(x matrix, pairs []pair) matrix {
	if len(pairs) == 0 {
		return x
	}
	width, rest := x.Shape()[1], map[int]bool{}
	for i := range width {
		rest[i] = true
	}
	var firsts, seconds, others []int
	for _, p := range pairs {
		firsts, seconds = append(firsts, p.first), append(seconds, p.second)
		delete(rest, p.first)
		delete(rest, p.second)
	}
	for i := range width {
		if rest[i] {
			others = append(others, i)
		}
	}
	angle := func(f func(float64) float64) matrix {
		return t.constant(fill(x.Shape()[0], len(pairs), func(i, j int) float64 { return f(pairs[j].positions[i] * pairs[j].frequency) }))
	}
	a, b, cos, sin := t.columns(x, firsts), t.columns(x, seconds), angle(math.Cos), angle(math.Sin)
	y := t.add(t.placed(t.sub(t.times(a, cos), t.times(b, sin)), width, firsts), t.placed(t.add(t.times(b, cos), t.times(a, sin)), width, seconds))
	if len(others) > 0 {
		y = t.add(y, t.placed(t.columns(x, others), width, others))
	}
	return y
}

// biases says which of the attention's four projections have one.
type biases int

const (
	inputs     biases = iota // query, key and value
	everywhere               // the output's too
)

// attention describes one layer's attention.
type attention struct {
	heads, groups, width int
	biases               biases
	pairs                []pair
	allowed              array
}

func attentionOf(m experiments.Model, biases biases, pairs []pair, allowed array) attention {
	return attention{m.NumAttentionHeads, m.NumKeyValueHeads, m.HeadDim, biases, pairs, allowed}
}

// attend runs it over the rows of x [M,H], head after head: softmax(q·kᵀ/√d)·v; neighbouring heads share a group's keys and values.
func (t *tape) attend(a attention, x matrix, at string) matrix {
	q, k, v := t.linear(x, at+"q_proj", true), t.linear(x, at+"k_proj", true), t.linear(x, at+"v_proj", true)
	allowed := t.constant(a.allowed)
	var joined matrix
	for head := range a.heads {
		own, shared := span(head*a.width, a.width), span(head/(a.heads/a.groups)*a.width, a.width)
		qh, kh := t.rotate(t.columns(q, own), a.pairs), t.rotate(t.columns(k, shared), a.pairs)
		scores := t.scaled(t.mul(qh, t.turned(kh)), 1/math.Sqrt(float64(a.width)))
		y := t.placed(t.mul(t.softmax(scores, allowed), t.columns(v, shared)), a.heads*a.width, own)
		if joined != nil {
			y = t.add(joined, y)
		}
		joined = y
	}
	return t.linear(joined, at+"o_proj", a.biases == everywhere)
}

// softmax over each row, of the entries where allowed is 1. The scores of these tests are small: nothing is subtracted.
func (t *tape) softmax(scores, allowed matrix) matrix {
	e := t.times(gorgonia.Must(gorgonia.Exp(scores)), allowed)
	return t.over(e, t.rowSums(e))
}

// span lists n numbers from the first.
func span(first, n int) (list []int) {
	for i := range n {
		list = append(list, first+i)
	}
	return list
}
