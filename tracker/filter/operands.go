package filter

// Operands visits what a filter looks at, in the order of writing.
func Operands(e Expr, visit func(Operand)) {
	switch e := e.(type) {
	case *And:
		for _, t := range e.Terms {
			Operands(t, visit)
		}
	case *Or:
		for _, t := range e.Terms {
			Operands(t, visit)
		}
	case *Not:
		Operands(e.Term, visit)
	case *Compare:
		visit(e.Operand)
	case *In:
		visit(e.Operand)
	case *Like:
		visit(e.Operand)
	case *Regexp:
		visit(e.Operand)
	case *Null:
		visit(e.Operand)
	case *NaN:
		visit(e.Operand)
	case *Has:
		visit(e.Operand)
	}
}
