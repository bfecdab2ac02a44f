package filter

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Check resolves the names of a tree that Parse returned, and checks types and operators. The tree that it returns is new;
// the error is Errors.
func Check(e Expr, catalog Catalog) (Expr, error) {
	if e == nil {
		return nil, nil
	}
	c := &checker{catalog: catalog}
	checked := c.check(e)
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	return checked, nil
}

type checker struct {
	catalog Catalog
	errs    Errors
}

// wrong notes a mistake, and is false.
func (c *checker) wrong(at Pos, suggestion, format string, args ...any) bool {
	if len(c.errs) < MaxErrors {
		c.errs = append(c.errs, mistake(at, suggestion, format, args...))
	}
	return false
}

// check returns the node as it was checked. After mistakes it is thrown away.
func (c *checker) check(e Expr) Expr {
	if len(c.errs) == MaxErrors {
		return e
	}
	switch e := e.(type) {
	case *And:
		return &And{c.all(e.Terms)}
	case *Or:
		return &Or{c.all(e.Terms)}
	case *Not:
		return &Not{c.check(e.Term)}
	case *Compare:
		return c.compare(*e)
	case *In:
		return c.in(*e)
	case *Like:
		return c.like(*e)
	case *Regexp:
		return c.regexp(*e)
	case *Null:
		o, _ := c.resolve(e.Operand)
		return &Null{o, e.Not, e.Pos}
	case *NaN:
		return c.nan(*e)
	case *Has:
		return c.present(*e)
	}
	return e
}

func (c *checker) all(terms []Expr) []Expr {
	checked := make([]Expr, len(terms))
	for i, t := range terms {
		checked[i] = c.check(t)
	}
	return checked
}

func (c *checker) compare(e Compare) Expr {
	var types []Type
	if e.Operand, types = c.operand(e.Operand, string(e.Op), e.Pos); types != nil {
		e.Value = c.value(e.Operand, e.Value, types)
	}
	return &e
}

func (c *checker) in(e In) Expr {
	var types []Type
	if e.Operand, types = c.operand(e.Operand, "in", e.Pos); types == nil {
		return &e
	}
	values := make([]Value, len(e.Values))
	for i, v := range e.Values {
		values[i] = c.value(e.Operand, v, types)
	}
	e.Values = values
	return &e
}

func (c *checker) like(e Like) Expr {
	e.Operand, _ = c.operand(e.Operand, "like", e.Pos)
	e.Pattern = text(e.Pattern)
	if !endsWhole(e.Pattern.Text) {
		c.wrong(e.Pattern.Pos, "", `the pattern ends in a backslash that stands before nothing; \\ stands for one`)
	}
	return &e
}

func (c *checker) regexp(e Regexp) Expr {
	e.Operand, _ = c.operand(e.Operand, "~", e.Pos)
	e.Pattern = text(e.Pattern)
	var err error
	var bad *syntax.Error
	if e.Compiled, err = regexp.Compile(e.Pattern.Text); errors.As(err, &bad) {
		c.wrong(within(e.Pattern.Pos, bad.Expr), "", "the regular expression is wrong: %s: %s", bad.Code, bad.Expr)
	}
	return &e
}

// within narrows a place to a part of what stands there, if it can be found.
func within(at Pos, part string) Pos {
	runes := []rune(at.Text)
	if at.Column < 1 || at.Column-1+at.Length > len(runes) {
		return at
	}
	before, _, ok := strings.Cut(string(runes[at.Column-1:at.Column-1+at.Length]), part)
	if !ok || part == "" {
		return at
	}
	return Pos{at.Text, at.Column + len([]rune(before)), len([]rune(part))}
}

func (c *checker) nan(e NaN) Expr {
	o, ok := c.resolve(e.Operand)
	switch {
	case !ok:
	case o.Kind != Metric:
		c.wrong(e.Pos, "", "only metrics can be nan, and %s is %s", o.Name, article(o.Kind))
	case o.Summary != Last:
		last := o
		last.Summary = Last
		c.wrong(e.Pos, "", "%s is never nan, since it is of the finite values alone; write %s is nan", o, last)
	}
	return &NaN{o, e.Not, e.Pos}
}

func (c *checker) present(e Has) Expr {
	o, ok := c.resolve(e.Operand)
	if ok && !c.catalog.standsAlone(o) {
		c.wrong(o.Pos, "", "only tags and params that are true or false can stand alone; compare %s, or write %s is not null", o, o)
	}
	return &Has{o}
}

// operand resolves an operand and returns those of its types that have the operator. They are nil after a mistake.
func (c *checker) operand(o Operand, operator string, at Pos) (Operand, []Type) {
	o, ok := c.resolve(o)
	if !ok {
		return o, nil
	}
	all := c.catalog.types(o)
	types := slices.DeleteFunc(slices.Clone(all), func(t Type) bool { return !slices.Contains(operators[t], operator) })
	switch {
	case len(all) == 0:
		c.wrong(at, "", "%s is null in every run; there is only \"is null\" for it", o)
	case len(types) == 0:
		c.wrong(at, "", "%s is %s, which cannot be compared by %s; there are %s", o, describe(all), operator, strings.Join(c.catalog.operators(o), " "))
	default:
		return o, types
	}
	return o, nil
}

// operators lists what each type can be compared by. That two times are equal is always a mistake.
var operators = map[Type][]string{
	TypeNumber:   {"=", "!=", "<", "<=", ">", ">=", "in"},
	TypeString:   {"=", "!=", "in", "like", "~", "!~"},
	TypeBool:     {"=", "!="},
	TypeTime:     {"<", "<=", ">", ">="},
	TypeDuration: {"<", "<=", ">", ">="},
}

// operators lists what an operand's value can be compared by.
func (c Catalog) operators(o Operand) []string {
	var list []string
	for _, t := range c.types(o) {
		for _, op := range operators[t] {
			if !slices.Contains(list, op) {
				list = append(list, op)
			}
		}
	}
	return list
}

// nouns name the types.
var nouns = map[Type]string{TypeNumber: "a number", TypeString: "a text", TypeBool: "true or false", TypeTime: "a time", TypeDuration: "a duration"}

func describe(types []Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = nouns[t]
	}
	return strings.Join(words, " or ")
}
