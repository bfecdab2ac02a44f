package filter

import (
	"slices"
	"strings"
)

// prefixes are the words before a name that tell its kind.
var prefixes = []Kind{Param, Metric, Tag}

// cutPrefix splits "param.x".
func cutPrefix(word string) (Kind, string) {
	for _, k := range prefixes {
		if name, ok := strings.CutPrefix(word, string(k)+"."); ok {
			return k, name
		}
	}
	return Bare, word
}

// operand reads a name, or a summary of one.
func (p *parser) operand() Operand {
	p.expect(want{state: wantOperand})
	t := p.next()
	if t.kind != tokenWord || t.isKeyword() || !p.peek().is("(") {
		return p.name(t)
	}
	summary := strings.ToLower(t.text)
	if !slices.Contains(summaries, summary) {
		p.fail(t, nearTo(summary, summaries...), "%s is no summary of a metric; there are %s", t.text, strings.Join(summaries, ", "))
	}
	p.next()
	p.expect(want{state: wantMetric})
	o := p.name(p.next())
	o.Summary = Summary(summary)
	p.expect(want{state: wantClosing})
	if t := p.peek(); !p.accept(")") {
		p.fail(t, "", "a closing parenthesis is wanted after the metric")
	}
	return o
}

// name reads a name that begins with a token, and its context.
func (p *parser) name(t token) Operand {
	var o Operand
	end := t.end
	switch {
	case t.kind == tokenName:
		o.Name = t.text
	case t.kind != tokenWord || t.isKeyword():
		p.fail(t, "", "a name is wanted here%s", instead(t))
	case guess(t.text, p.now).Type != TypeString:
		p.fail(t, "", "a name is wanted here, and %s is a value; the name comes first", t.text)
	default:
		o.Kind, o.Name = cutPrefix(t.text)
		if next := p.peek(); o.Kind != Bare && o.Name == "" && next.kind == tokenName && next.start == t.end {
			o.Name, end = p.next().text, next.end
		} else {
			p.checkName(t, o.Name)
		}
	}
	if p.accept("@") {
		o.Context, end = p.context(o)
	}
	o.Pos = Pos{p.text, t.start + 1, end - t.start}
	return o
}

func instead(t token) string {
	switch t.kind {
	case tokenEnd:
		return ""
	case tokenText:
		return ", not a text; names with other characters go between backticks"
	}
	return ", not " + t.text
}

// checkName refuses a word that is no name.
func (p *parser) checkName(t token, name string) {
	switch {
	case name == "":
		p.fail(t, "", "a name is wanted after %s", t.text)
	case strings.ContainsRune(name, '+'):
		p.fail(t, "", "names that hold a + go between backticks")
	}
}

// context reads what follows the @ of a metric.
func (p *parser) context(o Operand) (name string, end int) {
	p.expect(want{state: wantContext, operand: o})
	t := p.next()
	switch t.kind {
	case tokenWord:
		p.checkName(t, t.text)
	case tokenName:
	default:
		p.fail(t, "", "the context of the metric is wanted after @")
	}
	return t.text, t.end
}
