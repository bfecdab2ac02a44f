package filter

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Match tells whether a checked filter selects a run, of which get returns the values: false for what is missing, as the
// package comment has it. It is the reference for what the store's SQL does, and good for small sets. A nil Expr selects
// every run.
func Match(e Expr, get func(Operand) (Value, bool)) bool {
	switch e := e.(type) {
	case *And:
		return !slices.ContainsFunc(e.Terms, func(t Expr) bool { return !Match(t, get) })
	case *Or:
		return slices.ContainsFunc(e.Terms, func(t Expr) bool { return Match(t, get) })
	case *Not:
		return !Match(e.Term, get)
	case *Null:
		_, ok := get(e.Operand)
		return ok == e.Not
	case *NaN:
		v, ok := get(e.Operand)
		return ok && v.isNaN() != e.Not
	case *Has:
		v, ok := get(e.Operand)
		return ok && (e.Operand.Kind == Tag || v.Type == TypeBool && v.Bool)
	case *Compare:
		return compares(e.Operand, get, e.Op == NotEqual, func(v Value) bool { return compare(v, e.Op, e.Value) })
	case *In:
		return compares(e.Operand, get, e.Not, func(v Value) bool {
			return slices.ContainsFunc(e.Values, func(w Value) bool { return compare(v, Equal, w) })
		})
	case *Like:
		return compares(e.Operand, get, e.Not, func(v Value) bool { return v.Type == TypeString && e.Matches(v.Text) })
	case *Regexp:
		return compares(e.Operand, get, e.Not, func(v Value) bool { return v.Type == TypeString && e.Compiled.MatchString(v.Text) })
	}
	return true
}

func (v Value) isNaN() bool { return v.Type == TypeNumber && math.IsNaN(v.Number) }

// compares tells whether an operand is there, is not NaN, and holds; or, negated, does not hold.
func compares(o Operand, get func(Operand) (Value, bool), negated bool, holds func(Value) bool) bool {
	v, ok := get(o)
	return ok && !v.isNaN() && holds(v) != negated
}

// compare compares two values that are not NaN. The operator != is treated as =: compares negates.
func compare(v Value, op Op, w Value) bool {
	if v.Type != w.Type {
		return false
	}
	order := v.compare(w)
	switch op {
	case Less:
		return order < 0
	case LessOrEqual:
		return order <= 0
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	}
	return order == 0
}

// compare orders values of the same type.
func (v Value) compare(w Value) int {
	switch v.Type {
	case TypeNumber:
		return cmp.Compare(v.Number, w.Number)
	case TypeTime:
		return v.Time.Compare(w.Time)
	case TypeDuration:
		return cmp.Compare(v.Duration, w.Duration)
	case TypeBool:
		if v.Bool == w.Bool {
			return 0
		}
		return 1
	}
	return strings.Compare(v.Text, w.Text)
}
