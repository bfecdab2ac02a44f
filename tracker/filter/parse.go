package filter

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a text.
const (
	// MaxText is how many bytes a filter or an order may have.
	MaxText = 16 << 10
	// MaxDepth is how deep parentheses and nots may be nested.
	MaxDepth = 200
)

// Parse reads a filter. Times are relative to now. An empty text is a nil Expr. The error is Errors with the first mistake.
func Parse(text string, now time.Time) (Expr, error) {
	p, err := newParser(text, now)
	if err != nil {
		return nil, err
	}
	if p.peek().kind == tokenEnd && p.err == nil {
		return nil, nil
	}
	e := p.or()
	p.end()
	if p.err != nil {
		return nil, Errors{p.err}
	}
	return e, nil
}

// parser reads tokens from left to right. After the first mistake it sees the end alone, and what it returns is thrown away.
type parser struct {
	text   string
	now    time.Time
	tokens []token
	// broken is what ended the tokens early.
	broken *Error
	err    *Error
	// cut tells that the mistake is only that the text ends.
	cut bool
	// depth counts what is nested, open the parentheses among it.
	depth, open int
	// want is what may stand where the parser is, for Complete.
	want want
}

func newParser(text string, now time.Time) (*parser, error) {
	switch {
	case len(text) > MaxText:
		return nil, Errors{{Message: "the text is longer than 16 KiB"}}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return nil, Errors{{Message: "the text is not UTF-8, or holds a zero byte"}}
	}
	p := &parser{text: text, now: now}
	p.tokens, p.broken = lex(text)
	return p, nil
}

// peek is the next token. Mistakes of the lexer count once the parser gets there.
func (p *parser) peek() token {
	if p.err == nil && p.tokens[0].kind == tokenEnd {
		p.err = p.broken
	}
	return p.tokens[0]
}

func (p *parser) next() token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the next token if it is the symbol or keyword.
func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) pos(t token) Pos { return Pos{p.text, t.start + 1, t.end - t.start} }

// fail notes the first mistake and leads to the end.
func (p *parser) fail(at token, suggestion, format string, args ...any) {
	if p.err != nil {
		return
	}
	p.err = mistake(p.pos(at), suggestion, format, args...)
	p.cut = at.kind == tokenEnd
	p.tokens = p.tokens[len(p.tokens)-1:]
}

// expect notes what may come next.
func (p *parser) expect(w want) {
	if p.err == nil {
		w.closing = p.open > 0
		p.want = w
	}
}

// end fails if anything is left.
func (p *parser) end() {
	if t := p.peek(); t.is(")") {
		p.fail(t, "", "nothing is open that this parenthesis could close")
	} else if t.kind != tokenEnd {
		p.fail(t, nearTo(t.text, "and", "or"), `"and" or "or" is wanted here, not %s`, t.text)
	}
}

func (p *parser) or() Expr {
	var terms []Expr
	for more := true; more; more = p.accept("or") {
		e := p.and()
		if inner, ok := e.(*Or); ok {
			terms = append(terms, inner.Terms...)
		} else {
			terms = append(terms, e)
		}
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &Or{terms}
}

func (p *parser) and() Expr {
	var terms []Expr
	for more := true; more; more = p.accept("and") {
		e := p.not()
		if inner, ok := e.(*And); ok {
			terms = append(terms, inner.Terms...)
		} else {
			terms = append(terms, e)
		}
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &And{terms}
}

func (p *parser) not() Expr {
	p.expect(want{state: wantOperand})
	if t := p.peek(); t.is("not") {
		p.next()
		p.enter(t)
		defer p.leave()
		return &Not{p.not()}
	}
	return p.primary()
}

// primary reads a comparison, or what stands in parentheses.
func (p *parser) primary() Expr {
	start := p.peek()
	if !p.accept("(") {
		return p.comparison()
	}
	p.enter(start)
	p.open++
	e := p.or()
	if t := p.peek(); t.kind == tokenEnd && p.err == nil {
		p.fail(start, "", "the parenthesis is not closed")
		p.cut = true
	} else if !p.accept(")") {
		p.end()
	}
	p.open--
	p.leave()
	p.expect(want{state: wantConnective})
	return e
}

func (p *parser) enter(t token) {
	if p.depth++; p.depth > MaxDepth {
		p.fail(t, "", "parentheses and nots are nested deeper than %d", MaxDepth)
	}
}

func (p *parser) leave() { p.depth-- }
