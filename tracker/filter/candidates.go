package filter

import (
	"slices"
	"strings"
)

// want is what may stand at a place.
type want struct {
	state   state
	operand Operand
	// closing tells that a parenthesis is open.
	closing bool
}

type state int

const (
	wantOperand state = iota
	wantMetric
	wantContext
	wantClosing
	wantOperator
	wantNegated
	wantIs
	wantIsNot
	wantList
	wantComma
	wantValue
	wantConnective
)

// candidate is a text that may stand at a place; match is what is compared with what is typed there.
type candidate struct{ text, match, detail string }

func words(detail string, texts ...string) []candidate {
	list := make([]candidate, len(texts))
	for i, t := range texts {
		list[i] = candidate{t, t, detail}
	}
	return list
}

// candidates lists what may stand at a place, where a prefix may be typed already.
func (c Catalog) candidates(w want, prefix Kind) []candidate {
	switch w.state {
	case wantOperand:
		return c.operands(prefix)
	case wantMetric:
		return c.operandsOf(Metric, prefix)
	case wantContext:
		return c.contexts(w.operand.Name)
	case wantClosing:
		return words("symbol", ")")
	case wantList:
		return words("symbol", "(")
	case wantComma:
		return words("symbol", ",", ")")
	case wantConnective:
		return connectives(w)
	}
	check := checker{catalog: c}
	o, ok := check.resolve(w.operand)
	if !ok {
		return nil
	}
	switch w.state {
	case wantOperator:
		return c.continuations(o, w)
	case wantNegated:
		return words("operator", slices.DeleteFunc(c.operators(o), func(op string) bool { return op != "in" && op != "like" })...)
	case wantIs:
		return words("operator", append(nullOrNaN(o, ""), nullOrNaN(o, "not ")...)...)
	case wantIsNot:
		return words("operator", nullOrNaN(o, "")...)
	}
	return c.values(o)
}

func connectives(w want) []candidate {
	list := words("keyword", "and", "or")
	if w.closing {
		list = append(list, words("symbol", ")")...)
	}
	return list
}

// operands lists what may begin a comparison.
func (c Catalog) operands(prefix Kind) []candidate {
	var list []candidate
	for _, k := range append([]Kind{Attribute}, prefixes...) {
		list = append(list, c.operandsOf(k, prefix)...)
	}
	if prefix != Bare {
		return list
	}
	for _, s := range summaries {
		list = append(list, candidate{s + "(", s, "summary"})
	}
	return append(list, words("keyword", "not")...)
}

// operandsOf lists operands of one kind, with the prefix if it is typed or needed.
func (c Catalog) operandsOf(k Kind, prefix Kind) []candidate {
	if prefix != Bare && prefix != k {
		return nil
	}
	var list []candidate
	for _, name := range c.names(k) {
		contexts := []string{""}
		if k == Metric && !slices.Contains(c.Metrics[name], "") {
			contexts = slices.Sorted(slices.Values(c.Metrics[name]))
		}
		for _, x := range contexts {
			o := Operand{Kind: k, Name: name, Context: x}
			list = append(list, candidate{c.shortest(o, prefix != Bare), name, c.detail(k, name)})
		}
	}
	return list
}

// shortest writes an operand without its prefix, if none is asked for and needed.
func (c Catalog) shortest(o Operand, prefixed bool) string {
	if fits := c.fits(o.Name); !prefixed && len(fits) == 1 && fits[0] == o.Kind {
		o.Kind = Bare
	}
	return o.String()
}

func (c Catalog) detail(k Kind, name string) string {
	if k != Param {
		return string(k)
	}
	types := make([]string, len(c.Params[name]))
	for i, t := range c.Params[name] {
		types[i] = string(t)
	}
	return string(k) + ": " + strings.Join(types, ", ")
}

func (c Catalog) contexts(metric string) []candidate {
	var list []candidate
	for _, x := range slices.Sorted(slices.Values(c.Metrics[metric])) {
		if x != "" {
			list = append(list, candidate{quoteName(x), x, "context"})
		}
	}
	return list
}

// continuations lists what may follow an operand.
func (c Catalog) continuations(o Operand, w want) []candidate {
	list := words("operator", c.operators(o)...)
	for _, op := range []string{"in", "like"} {
		if slices.Contains(c.operators(o), op) {
			list = append(list, words("operator", "not "+op)...)
		}
	}
	list = append(list, words("operator", nullOrNaN(o, "is ")...)...)
	list = append(list, words("operator", nullOrNaN(o, "is not ")...)...)
	if c.standsAlone(o) {
		list = append(list, connectives(w)...)
	}
	return list
}

// standsAlone tells whether an operand without a comparison is true or false.
func (c Catalog) standsAlone(o Operand) bool {
	return o.Kind == Tag || o.Kind == Param && slices.Contains(c.types(o), TypeBool)
}

func nullOrNaN(o Operand, before string) []string {
	if o.Kind == Metric && o.Summary == Last {
		return []string{before + "null", before + "nan"}
	}
	return []string{before + "null"}
}

// values lists what an operand may be compared with, where that is known.
func (c Catalog) values(o Operand) []candidate {
	if o.Kind == Attribute && o.Name == "status" {
		return words("status", statuses...)
	}
	types := c.types(o)
	switch {
	case slices.Contains(types, TypeBool):
		return words("value", "true", "false")
	case slices.Contains(types, TypeTime):
		return words("time", "now", "-1d", "-7d", "-30d")
	}
	return nil
}
