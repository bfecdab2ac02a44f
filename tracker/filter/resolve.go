package filter

import (
	"cmp"
	"slices"
	"strings"

	"inkstone/internal/nearest"
)

// resolve finds what an operand stands for. ok is false after a mistake.
func (c *checker) resolve(o Operand) (_ Operand, ok bool) {
	if o.Kind == Bare {
		o.Kind, ok = c.kindOf(o)
		if !ok {
			return o, false
		}
	}
	switch {
	case !c.catalog.has(o.Kind, o.Name):
		return o, c.unknown(o)
	case o.Kind == Metric:
		return c.metric(o)
	case o.Summary != "":
		return o, c.wrong(o.Pos, "", "%s(…) is of metrics, and %s is %s", o.Summary, o.Name, article(o.Kind))
	case o.Context != "":
		return o, c.wrong(o.Pos, "", "only metrics have contexts, and %s is %s", o.Name, article(o.Kind))
	}
	return o, true
}

// kindOf decides what kind a bare name is.
func (c *checker) kindOf(o Operand) (Kind, bool) {
	fits := c.catalog.fits(o.Name)
	if (o.Summary != "" || o.Context != "") && slices.Contains(fits, Metric) {
		return Metric, true
	}
	switch len(fits) {
	case 0:
		return Bare, c.unknown(o)
	case 1:
		return fits[0], true
	}
	var kinds, forms []string
	for _, k := range fits {
		kinds = append(kinds, article(k))
		forms = append(forms, Operand{Kind: k, Name: o.Name}.String())
	}
	return Bare, c.wrong(o.Pos, "", "%s may be %s; write one of %s", o.Name, strings.Join(kinds, " or "), strings.Join(forms, ", "))
}

func article(k Kind) string {
	if k == Attribute {
		return "an attribute"
	}
	return "a " + string(k)
}

// metric checks the context, and sets the summary.
func (c *checker) metric(o Operand) (Operand, bool) {
	if o.Summary == "" {
		o.Summary = Last
	}
	contexts := c.catalog.Metrics[o.Name]
	if slices.Contains(contexts, o.Context) {
		return o, true
	}
	var known []string
	for _, x := range slices.Sorted(slices.Values(contexts)) {
		if x != "" {
			known = append(known, "@"+quoteName(x))
		}
	}
	switch {
	case len(known) == 0:
		return o, c.wrong(o.Pos, "", "%s was recorded without contexts", o.Name)
	case o.Context == "":
		return o, c.wrong(o.Pos, "", "%s was recorded in contexts alone; add one: %s", o.Name, few(known))
	}
	return o, c.wrong(o.Pos, nearest.To("@"+quoteName(o.Context), known), "%s has no context %s; it has %s", o.Name, o.Context, few(known))
}

// few lists up to eight words.
func few(words []string) string {
	if len(words) > 8 {
		words = append(words[:8:8], "…")
	}
	return strings.Join(words, ", ")
}

// unknown notes that nothing has the name.
func (c *checker) unknown(o Operand) bool {
	kinds, what := []Kind{o.Kind}, string(o.Kind)
	if o.Kind == Bare {
		kinds, what = append([]Kind{Attribute}, prefixes...), "attribute, param, metric or tag"
		if o.Summary != "" || o.Context != "" {
			kinds, what = []Kind{Metric}, string(Metric)
		}
	}
	suggestion := ""
	if near, ok := c.similar(o, kinds); ok {
		near.Context = o.Context
		suggestion = c.catalog.shortest(near, o.Kind != Bare)
	}
	return c.wrong(o.Pos, suggestion, "no run has %s %s", anArticle(what), o.Name)
}

// similar finds the operand that was probably meant: one of another kind, or one of these kinds with a similar name.
func (c *checker) similar(o Operand, kinds []Kind) (Operand, bool) {
	if fits := c.catalog.fits(o.Name); len(fits) > 0 {
		return Operand{Kind: fits[0], Name: o.Name}, true
	}
	var names []string
	var all []Operand
	for _, k := range kinds {
		for _, name := range c.catalog.names(k) {
			names, all = append(names, name), append(all, Operand{Kind: k, Name: name})
		}
	}
	near := cmp.Or(nearest.To(o.Name, names), sameEnd(o.Name, names))
	if at := slices.Index(names, near); at >= 0 {
		return all[at], true
	}
	return Operand{}, false
}

func anArticle(what string) string {
	if strings.HasPrefix(what, "a") {
		return "an " + what
	}
	return "a " + what
}

// sameEnd finds a name by its last piece, where the groups before it are missing or wrong.
func sameEnd(word string, names []string) string {
	last := func(name string) string { return name[strings.LastIndexAny(name, "./")+1:] }
	for _, name := range names {
		if strings.EqualFold(last(name), last(word)) && last(word) != "" {
			return name
		}
	}
	return ""
}
