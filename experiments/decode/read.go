package decode

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"inkstone/internal/nearest"
)

// Options adapts Into to one struct.
type Options struct {
	// Custom reads the fields whose shape is not their struct's, by path.
	Custom map[string]func(n *Node, path string, field reflect.Value, errs *Errors)
	// Unknown may answer an unknown key itself and return true.
	Unknown func(path string, key *Node, errs *Errors) bool
}

// Into reads a node into a struct, or any field of one, by json names, and notes what does not fit. Fields that the node
// lacks keep their value.
func Into(n *Node, path string, target reflect.Value, o Options, errs *Errors) {
	if custom, ok := o.Custom[path]; ok {
		custom(n, path, target, errs)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		o.structure(n, path, target, errs)
	case reflect.Slice:
		list(n, path, target, o, errs)
	case reflect.String:
		if text, ok := Text(n, path, errs); ok {
			target.SetString(text)
		}
	case reflect.Bool:
		if on, ok := Bool(n, path, errs); ok {
			target.SetBool(on)
		}
	case reflect.Float64:
		if x, ok := Float(n, path, errs); ok {
			target.SetFloat(x)
		}
	case reflect.Int, reflect.Int64:
		if i, ok := Int(n, path, errs); ok {
			target.SetInt(i)
		}
	default:
		panic("decode: no reading of " + target.Type().String())
	}
}

func (o Options) structure(n *Node, path string, target reflect.Value, errs *Errors) {
	if n.Kind != Mapping {
		errs.Add(n.Place, "%s: a mapping is wanted, not %s", name(path), n.describe())
		return
	}
	fields, names := map[string]int{}, []string{}
	for i := range target.NumField() {
		key, _, _ := strings.Cut(target.Type().Field(i).Tag.Get("json"), ",")
		fields[key] = i
		names = append(names, key)
	}
	for _, e := range n.Entries {
		below := Join(path, e.Key.Text)
		if i, ok := fields[e.Key.Text]; ok {
			Into(e.Value, below, target.Field(i), o, errs)
		} else if o.Unknown == nil || !o.Unknown(below, e.Key, errs) {
			errs.Suggest(e.Key.Place, nearest.To(e.Key.Text, names), "%s: unknown key", Shorten(below))
		}
	}
}

func list(n *Node, path string, target reflect.Value, o Options, errs *Errors) {
	if n.Kind != Sequence {
		errs.Add(n.Place, "%s: a list is wanted, such as [a, b], not %s", name(path), n.describe())
		return
	}
	items := reflect.MakeSlice(target.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		Into(item, path+"["+strconv.Itoa(i)+"]", items.Index(i), o, errs)
	}
	target.Set(items)
}

// name words a path; the whole document has none.
func name(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

// scalar refuses lists, mappings and nothing.
func scalar(n *Node, path, want string, errs *Errors) bool {
	switch {
	case n.Kind != Scalar:
		errs.Add(n.Place, "%s: %s is wanted, not %s", path, want, n.describe())
	case n.Null:
		errs.Add(n.Place, "%s: there is no value; write %s, or leave the key out", path, want)
	default:
		return true
	}
	return false
}

// Text reads a string. A plain number or boolean is refused: quotes make it text.
func Text(n *Node, path string, errs *Errors) (string, bool) {
	if !scalar(n, path, "text", errs) {
		return "", false
	}
	if !n.Quoted && (number.MatchString(n.Text) || n.Text == "true" || n.Text == "false") {
		errs.Suggest(n.Place, strconv.Quote(n.Text), "%s: text is wanted, not %s", path, n.Text)
		return "", false
	}
	return n.Text, true
}

// Bool reads true or false.
func Bool(n *Node, path string, errs *Errors) (on, ok bool) {
	if !scalar(n, path, "true or false", errs) {
		return false, false
	}
	if !n.Quoted && (n.Text == "true" || n.Text == "false") {
		return n.Text == "true", true
	}
	meant := map[string]string{"yes": "true", "on": "true", "y": "true", "1": "true", "no": "false", "off": "false", "n": "false", "0": "false"}
	suggestion := meant[strings.ToLower(n.Text)]
	if suggestion == "" {
		suggestion = nearest.To(strings.ToLower(n.Text), []string{"true", "false"})
	}
	errs.Suggest(n.Place, suggestion, "%s: true or false is wanted, not %s", path, n.describe())
	return false, false
}

var (
	number = regexp.MustCompile(`^[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?$`)
	whole  = regexp.MustCompile(`^[-+]?(0|[1-9]\d*(_\d+)*)$`)
)

// Int reads a whole number: decimal digits, which underscores may group.
func Int(n *Node, path string, errs *Errors) (int64, bool) {
	if !scalar(n, path, "a whole number", errs) {
		return 0, false
	}
	if n.Quoted || !whole.MatchString(n.Text) {
		errs.Suggest(n.Place, plainInt(n), "%s: a whole number is wanted, not %s", path, n.describe())
		return 0, false
	}
	i, err := strconv.ParseInt(strings.ReplaceAll(n.Text, "_", ""), 10, 64)
	if err != nil {
		errs.Add(n.Place, "%s: %s is too large for a whole number", path, n.describe())
		return 0, false
	}
	return i, true
}

// plainInt is the whole number that a text stands for in another form, or empty.
func plainInt(n *Node) string {
	x, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || x != float64(int64(x)) || x > 1e15 || x < -1e15 {
		return ""
	}
	return strconv.FormatInt(int64(x), 10)
}

// Float reads a finite number: 3e-3, .5, 1_000 and 2 are numbers.
func Float(n *Node, path string, errs *Errors) (float64, bool) {
	if !scalar(n, path, "a number", errs) {
		return 0, false
	}
	lower := strings.TrimLeft(strings.ToLower(n.Text), "+-.")
	switch {
	case !n.Quoted && (lower == "nan" || lower == "inf" || lower == "infinity"):
		errs.Add(n.Place, "%s: a finite number is wanted, not %s", path, n.Text)
		return 0, false
	case n.Quoted && number.MatchString(n.Text):
		errs.Suggest(n.Place, n.Text, "%s: a number is wanted, not the text %s", path, n.describe())
		return 0, false
	case n.Quoted || !number.MatchString(n.Text):
		errs.Add(n.Place, "%s: a number is wanted, not %s", path, n.describe())
		return 0, false
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(n.Text, "_", ""), 64)
	if err != nil {
		errs.Add(n.Place, "%s: %s is beyond the largest number that can be kept, about 1.8e308", path, n.describe())
		return 0, false
	}
	return x, true
}
