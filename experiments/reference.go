package experiments

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
)

// Reference lists every field with type, default and meaning, for people.
func Reference() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "field\ttype\tdefault\tmeaning")
	for _, f := range fields {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.path, f.kind(), f.standard(), f.meaning)
	}
	_ = w.Flush() // a Builder does not fail
	return text.String()
}

// kind words the type of what is written.
func (f field) kind() string {
	switch f.path {
	case "seeds":
		return "number or list"
	case "ablate", "sweep.grid":
		return "mapping"
	case "model.intermediate_size":
		return "whole number or auto"
	case "train.checkpoint.best":
		return "true|false or text"
	case "train.stop.max_time":
		return "duration"
	}
	if f.rule.words != nil {
		return strings.Join(f.rule.words, "|")
	}
	switch reach(reflect.ValueOf(&Spec{}).Elem(), f.path).Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true|false"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list of texts"
	}
	return "whole number"
}

// standard words the default.
func (f field) standard() string {
	switch {
	case f.missing():
		return "(must be given)"
	case f.auto != "":
		return f.auto
	}
	return f.value
}
