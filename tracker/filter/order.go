package filter

import (
	"strings"
	"time"
)

// Order is one key by which runs are ordered.
type Order struct {
	Operand Operand
	Desc    bool
}

// String is the key as ParseOrder reads it.
func (o Order) String() string {
	if o.Desc {
		return o.Operand.String() + " desc"
	}
	return o.Operand.String()
}

// ParseOrder reads keys with commas between them, such as "min(val/loss) desc, created". An empty text has none. The error is
// Errors with the first mistake.
func ParseOrder(text string) ([]Order, error) {
	p, err := newParser(text, time.Time{})
	if err != nil {
		return nil, err
	}
	if p.peek().kind == tokenEnd && p.err == nil {
		return nil, nil
	}
	var keys []Order
	for more := true; more; more = p.accept(",") {
		keys = append(keys, p.key())
	}
	if t := p.peek(); t.kind != tokenEnd {
		p.fail(t, nearTo(t.text, "desc", "asc"), `"asc", "desc" or a comma is wanted here, not %s`, t.text)
	}
	if p.err != nil {
		return nil, Errors{p.err}
	}
	return keys, nil
}

func (p *parser) key() Order {
	o := p.operand()
	desc := p.accept("desc")
	if !desc {
		p.accept("asc")
	}
	return Order{o, desc}
}

// ParseOperands reads operands with commas between them, and resolves their names. The error is Errors.
func ParseOperands(text string, catalog Catalog) ([]Operand, error) {
	keys, err := ParseOrder(text)
	if err != nil {
		return nil, err
	}
	c := &checker{catalog: catalog}
	for _, k := range keys {
		if k.Desc {
			c.wrong(k.Operand.Pos, "", "%s has no direction here; leave out desc", k.Operand)
		}
	}
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	if keys, err = CheckOrder(keys, catalog); err != nil {
		return nil, err
	}
	operands := make([]Operand, len(keys))
	for i, k := range keys {
		operands[i] = k.Operand
	}
	return operands, nil
}

// CheckOrder resolves the names of keys that ParseOrder returned. The error is Errors.
func CheckOrder(keys []Order, catalog Catalog) ([]Order, error) {
	c := &checker{catalog: catalog}
	checked := make([]Order, 0, len(keys))
	seen := map[string]bool{}
	for _, k := range keys {
		if len(c.errs) == MaxErrors {
			break
		}
		o, ok := c.resolve(k.Operand)
		if ok && seen[o.String()] {
			c.wrong(o.Pos, "", "%s is a key already", o)
		}
		seen[o.String()] = ok
		checked = append(checked, Order{o, k.Desc})
	}
	if err := c.errs.err(); err != nil {
		return nil, err
	}
	return checked, nil
}

// ExplainOrder writes keys in full.
func ExplainOrder(keys []Order) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.String()
	}
	return strings.Join(parts, ", ")
}
