package filter

import "strings"

// Explain writes a checked tree in full: every name with its prefix, times in UTC, parentheses only where they are needed.
// Parsed and checked again, the text gives the same tree, unless it has grown beyond MaxText.
func Explain(e Expr) string {
	switch e := e.(type) {
	case *And:
		return join(e.Terms, " and ", func(t Expr) bool { _, or := t.(*Or); return or })
	case *Or:
		return join(e.Terms, " or ", func(Expr) bool { return false })
	case *Not:
		switch e.Term.(type) {
		case *And, *Or:
			return "not (" + Explain(e.Term) + ")"
		}
		return "not " + Explain(e.Term)
	case *Compare:
		return e.Operand.String() + " " + string(e.Op) + " " + e.Value.String()
	case *In:
		return e.Operand.String() + negated(e.Not, " not in ", " in ") + "(" + list(e.Values) + ")"
	case *Like:
		return e.Operand.String() + negated(e.Not, " not like ", " like ") + quoteText(e.Pattern.Text)
	case *Regexp:
		return e.Operand.String() + negated(e.Not, " !~ ", " ~ ") + quoteText(e.Pattern.Text)
	case *Null:
		return e.Operand.String() + negated(e.Not, " is not null", " is null")
	case *NaN:
		return e.Operand.String() + negated(e.Not, " is not nan", " is nan")
	case *Has:
		return e.Operand.String()
	}
	return ""
}

func join(terms []Expr, separator string, parenthesis func(Expr) bool) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = Explain(t)
		if parenthesis(t) {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, separator)
}

func negated(not bool, yes, no string) string {
	if not {
		return yes
	}
	return no
}

func list(values []Value) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = v.String()
	}
	return strings.Join(parts, ", ")
}
