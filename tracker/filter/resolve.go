package filter

import (
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
	return Bare, c.wrong(o.Pos, "", "%s is %s; write %s", o.Name, strings.Join(kinds, " and "), strings.Join(forms, " or "))
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
		return o, c.wrong(o.Pos, quoteName(o.Name), "%s has no contexts", o.Name)
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
	for _, similar := range []func(word string, names []string) string{nearest.To, sameEnd} {
		for _, k := range kinds {
			if near := similar(o.Name, c.catalog.names(k)); near != "" && suggestion == "" {
				suggestion = c.catalog.shortest(Operand{Kind: k, Name: near, Context: o.Context}, o.Kind != Bare)
			}
		}
	}
	return c.wrong(o.Pos, suggestion, "no run has %s %s", anArticle(what), o.Name)
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
