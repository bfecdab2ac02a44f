package experiments

import (
	"reflect"
	"strings"

	"inkstone/experiments/decode"
	"inkstone/internal/nearest"
)

// shapes reads the fields that may be written in more than one form.
var shapes map[string]func(n *decode.Node, path string, target reflect.Value, errs *decode.Errors)

func init() {
	shapes = map[string]func(n *decode.Node, path string, target reflect.Value, errs *decode.Errors){
		"seeds":                   seeds,
		"data":                    data,
		"objective":               objective,
		"model.intermediate_size": intermediateSize,
		"train.checkpoint.best":   best,
		"train.stop.max_time":     maxTime,
		"ablate": func(n *decode.Node, _ string, target reflect.Value, errs *decode.Errors) {
			variations := []Variation{}
			for _, a := range ablations(n, errs) {
				variations = append(variations, a.Variation())
			}
			target.Set(reflect.ValueOf(variations))
		},
		"sweep.grid": func(n *decode.Node, _ string, target reflect.Value, errs *decode.Errors) {
			axes := []Axis{}
			for _, a := range gridAxes(n, errs) {
				axes = append(axes, a.Axis())
			}
			target.Set(reflect.ValueOf(axes))
		},
	}
}

// seeds are a number n, which stands for 1 to n, or a list.
func seeds(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	if n.Kind == decode.Scalar {
		count, ok := decode.Int(n, path, errs)
		switch {
		case !ok:
		case count < 1 || count > maxSeeds:
			errs.Add(n.Place, "seeds: a number of seeds is at least 1 and at most %d, not %d", maxSeeds, count)
		default:
			target.Set(reflect.ValueOf(upTo(count)))
		}
		return
	}
	if n.Kind != decode.Sequence || len(n.Items) == 0 {
		errs.Add(n.Place, "seeds: a number such as 5, or a list such as [1, 2, 3], is wanted")
		return
	}
	if len(n.Items) > maxSeeds {
		errs.Add(n.Place, "seeds: at most %d seeds, not %d", maxSeeds, len(n.Items))
		return
	}
	list, seen := []int64{}, map[int64]bool{}
	for _, item := range n.Items {
		seed, ok := decode.Int(item, path, errs)
		switch {
		case !ok:
		case seed < 0:
			errs.Add(item.Place, "seeds: a seed is not negative; %d is", seed)
		case seen[seed]:
			errs.Add(item.Place, "seeds: %d is given twice", seed)
		default:
			seen[seed] = true
			list = append(list, seed)
		}
	}
	if len(list) == len(n.Items) {
		target.Set(reflect.ValueOf(list))
	}
}

const maxSeeds = 1000

func upTo(n int64) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i) + 1
	}
	return list
}

// data is one source; a list of weighted sources is reserved.
func data(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	if n.Kind == decode.Sequence {
		errs.Add(n.Place, "not yet: data as a list of weighted sources is reserved; write one mapping")
		return
	}
	into(n, path, target, errs)
}

// objective is its kind alone, or a mapping.
func objective(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	if n.Kind == decode.Scalar {
		into(n, "objective.kind", target.FieldByName("Kind"), errs)
		return
	}
	into(n, path, target, errs)
}

// into reads a struct whose own path has a shape, without asking for that shape again.
func into(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	decode.Into(n, path, target, decode.Options{Unknown: reserved}, errs)
}

// intermediateSize is a number, or auto, which is kept as 0 until it is resolved.
func intermediateSize(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	if n.Kind == decode.Scalar && n.Text == "auto" {
		target.SetInt(0)
		return
	}
	if n.Kind == decode.Scalar && !n.Null && strings.ContainsAny(n.Text, "abcdefghijklmnopqrstuvwxyz") {
		errs.Suggest(n.Place, nearest.To(n.Text, []string{"auto"}), "%s: a whole number or auto is wanted, not %s", path, n.Text)
		return
	}
	if size, ok := decode.Int(n, path, errs); ok {
		target.SetInt(size)
	}
}

// defaults is a spec with the table's values.
func defaults() Spec {
	var spec Spec
	scratch := &decode.Errors{}
	for _, f := range fields {
		if f.value == required {
			continue
		}
		n, _ := decode.Parse(f.path, []byte(f.value))
		if f.value == "{}" {
			n = &decode.Node{Kind: decode.Mapping}
		}
		target := reach(reflect.ValueOf(&spec).Elem(), f.path)
		decode.Into(n, f.path, target, decode.Options{Custom: shapes}, scratch)
	}
	if err := scratch.Err(); err != nil {
		panic("experiments: a default cannot be read: " + err.Error())
	}
	return spec
}

// reach returns the struct's field at a dotted path of json names.
func reach(v reflect.Value, path string) reflect.Value {
	for key := range strings.SplitSeq(path, ".") {
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") == key {
				v = v.Field(i)
				break
			}
		}
	}
	return v
}
