package filter

import (
	"strings"

	"inkstone/internal/nearest"
)

// nearTo is the word among a few that was probably meant.
func nearTo(word string, words ...string) string { return nearest.To(strings.ToLower(word), words) }

// keywords cannot be names or values as they are.
var keywords = []string{"and", "or", "not", "in", "like", "is", "null", "nan"}

func (t token) isKeyword() bool {
	for _, k := range keywords {
		if t.kind == tokenWord && t.is(k) {
			return true
		}
	}
	return false
}

// comparison reads an operand with what it is compared with, or alone.
func (p *parser) comparison() Expr {
	o := p.operand()
	p.expect(want{state: wantOperator, operand: o})
	t := p.peek()
	switch {
	case t.is("~"), t.is("!~"):
		p.next()
		return &Regexp{Operand: o, Pattern: p.value(o), Not: t.is("!~"), Pos: p.pos(t)}
	case t.kind == tokenSymbol && ops[t.text] != "":
		p.next()
		return &Compare{Operand: o, Op: ops[t.text], Value: p.value(o), Pos: p.pos(t)}
	case t.is("is"):
		p.next()
		return p.is(o, t)
	case t.is("not"):
		p.next()
		p.expect(want{state: wantNegated, operand: o})
		return p.member(o, true)
	case t.is("in"), t.is("like"):
		return p.member(o, false)
	case t.kind == tokenEnd, t.is("and"), t.is("or"), t.is(")"):
		return &Has{o}
	}
	p.fail(t, nearTo(t.text, "like", "in", "is", "not"), "after %s an operator is wanted, not %s", o, t.text)
	return nil
}

var ops = map[string]Op{"=": Equal, "==": Equal, "!=": NotEqual, "<>": NotEqual, "<": Less, "<=": LessOrEqual, ">": Greater, ">=": GreaterOrEqual}

// is reads what follows the keyword.
func (p *parser) is(o Operand, at token) Expr {
	p.expect(want{state: wantIs, operand: o})
	negated := p.accept("not")
	if negated {
		p.expect(want{state: wantIsNot, operand: o})
	}
	t := p.next()
	switch {
	case t.is("null"):
		p.expect(want{state: wantConnective})
		return &Null{o, negated, p.pos(at)}
	case t.is("nan"):
		p.expect(want{state: wantConnective})
		return &NaN{o, negated, p.pos(at)}
	}
	p.fail(t, nearTo(t.text, "null", "nan", "not"), `"null" or "nan" is wanted after "is"; for values there is =`)
	return nil
}

// member reads in or like, and what follows.
func (p *parser) member(o Operand, negated bool) Expr {
	switch t := p.next(); {
	case t.is("like"):
		return &Like{o, p.value(o), negated, p.pos(t)}
	case t.is("in"):
		p.expect(want{state: wantList, operand: o})
		return &In{o, p.values(o), negated, p.pos(t)}
	default:
		p.fail(t, nearTo(t.text, "in", "like"), `"in" or "like" is wanted after "not"; there are also "is not", != and !~`)
		return nil
	}
}

// values reads a list in parentheses.
func (p *parser) values(o Operand) []Value {
	open := p.peek()
	if !p.accept("(") {
		p.fail(open, "", `values in parentheses are wanted after "in", such as (1, 2)`)
		return nil
	}
	list := []Value{p.value(o)}
	for {
		p.expect(want{state: wantComma})
		t := p.next()
		switch {
		case t.is(","):
			list = append(list, p.value(o))
		case t.is(")"):
			p.expect(want{state: wantConnective})
			return list
		default:
			p.fail(t, "", "a comma or a closing parenthesis is wanted after a value in a list")
			return nil
		}
	}
}

// value reads what an operand is compared with.
func (p *parser) value(o Operand) Value {
	p.expect(want{state: wantValue, operand: o})
	t := p.next()
	switch {
	case t.is("null"), t.is("nan"):
		p.fail(t, "", "nothing equals %[1]s; write %[2]s is %[1]s, or %[2]s is not %[1]s", strings.ToLower(t.text), o)
	case t.isKeyword():
		p.fail(t, "", "a value is wanted here; as one, %q needs its quotes", t.text)
	case t.kind == tokenName:
		p.fail(t, "", "a value is wanted here, not a name; texts go between quotes")
	case t.kind != tokenWord && t.kind != tokenText:
		p.fail(t, "", "a value is wanted here")
	}
	p.expect(want{state: wantConnective})
	if t.kind == tokenText {
		return Value{Type: TypeString, Text: t.text, Quoted: true, Pos: p.pos(t)}
	}
	v := guess(t.text, p.now)
	v.Pos = p.pos(t)
	return v
}
