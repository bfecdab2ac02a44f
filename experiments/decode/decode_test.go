package decode

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestQuote(t *testing.T) {
	for _, test := range []struct {
		name, source string
		column       int
		line, caret  string
	}{
		{"plain", "a: bc", 4, "a: bc", "   ^"},
		{"tab", "a:\tbc", 4, "a:\tbc", "  \t^"},
		{"wide", "注意: x", 5, "注意: x", "      ^"},
		{"combining", "e\u0301: x", 5, "e\u0301: x", "   ^"},
		{"beyond the end", "ab", 9, "ab", "  ^"},
		{"control", "a\x1b[31mb", 7, "a\ufffd[31mb", "      ^"},
		{"long", strings.Repeat("a", 100) + "X" + strings.Repeat("b", 100), 101,
			"…" + strings.Repeat("a", 60) + "X" + strings.Repeat("b", 59) + "…", strings.Repeat(" ", 61) + "^"},
	} {
		line, caret := quote(test.source, test.column)
		if diff := cmp.Diff([]string{test.line, test.caret}, []string{line, caret}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestFloat(t *testing.T) {
	for text, want := range map[string]float64{
		"3e-3": 3e-3, "5E-3": 5e-3, "1_000": 1000, ".5": .5, "2": 2, "-0.1": -.1, "+1.5e+3": 1500, "1.": 1,
		"1e999": math.NaN(), ".nan": math.NaN(), "-.inf": math.NaN(), "1e": math.NaN(), `"1"`: math.NaN(), "0x10": math.NaN(), "[1]": math.NaN(), "~": math.NaN(),
	} {
		errs := &Errors{}
		n, _ := Parse("f", []byte(text))
		got, ok := Float(n, "x", errs)
		if ok == math.IsNaN(want) || ok != (len(errs.List) == 0) || ok && got != want {
			t.Errorf("Float(%s) = %v, %v; %v; want %v", text, got, ok, errs.List, want)
		}
	}
}

func TestInt(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12": 12, "-3": -3, "1_000": 1000, "2.5": -1, "1e3": -1, "010": -1, "0x10": -1, "9223372036854775808": -1, `"1"`: -1, "yes": -1,
	} {
		errs := &Errors{}
		n, _ := Parse("f", []byte(text))
		got, ok := Int(n, "x", errs)
		if ok == (want == -1) || ok != (len(errs.List) == 0) || ok && got != want {
			t.Errorf("Int(%s) = %v, %v; %v; want %v", text, got, ok, errs.List, want)
		}
	}
}

// TestLines checks places behind every kind of line break.
func TestLines(t *testing.T) {
	root, errs := Parse("f", []byte("\ufeffa: 1\r\nb: 2\rc: 3\n\n# 注\nd: {e: 注, f: 4}\n"))
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"a": "f:1:4", "b": "f:2:4", "c": "f:3:4", "d.e": "f:6:8", "d.f": "f:6:14"} {
		if got := root.At(path).Place.String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	errs := &Errors{}
	errs.Add(Place{Flag: 2, Line: 1, Column: 1}, "d")
	errs.Add(Place{File: "f", Line: 10, Column: 1}, "c")
	errs.Add(Place{File: "f", Line: 9, Column: 5}, "b")
	errs.Add(Place{File: "f", Line: 9, Column: 5}, "b")
	errs.Add(Place{File: "f"}, "a")
	var list *Errors
	if !errors.As(errs.Err(), &list) {
		t.Fatal("no list")
	}
	var got []string
	for _, e := range list.List {
		got = append(got, e.Message)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if (&Errors{}).Err() != nil {
		t.Error("an empty list is an error")
	}
}

func TestWith(t *testing.T) {
	root, _ := Parse("f", []byte("a: {b: 1, c: 2}\nkind: infill\nl: [1]\n"))
	before := root.String()
	for _, test := range []struct{ set, want string }{
		{"a.b=3", "{a: {b: 3, c: 2}, kind: infill, l: [1]}"},
		{"a.d.e=[x, 'y']", `{a: {b: 1, c: 2, d: {e: [x, "y"]}}, kind: infill, l: [1]}`},
		{"kind.ratio=1", "{a: {b: 1, c: 2}, kind: {name: infill, ratio: 1}, l: [1]}"},
		{"l=2", "{a: {b: 1, c: 2}, kind: infill, l: 2}"},
	} {
		key, value, errs := Setting(1, test.set)
		if err := errs.Err(); err != nil {
			t.Fatal(err)
		}
		if got := root.With(key.Text, value, map[string]string{"kind": "name"}).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.set, got, test.want)
		}
	}
	if root.String() != before {
		t.Errorf("the tree became %s", root)
	}
}

func TestBounds(t *testing.T) {
	for name, src := range map[string]string{
		"size": strings.Repeat("#", MaxBytes+1), "depth": strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2),
		"cycle": "a: &a [*a]", "values": "a: [" + strings.Repeat("1,", MaxNodes) + "]",
		"expansion": "a: &a [" + strings.Repeat("1,", 5000) + "]\nb: [" + strings.Repeat("*a,", 50) + "]",
	} {
		root, errs := Parse("f", []byte(src))
		if root != nil || len(errs.List) != 1 {
			t.Errorf("%s: %v, %d mistakes", name, root != nil, len(errs.List))
		}
	}
}

func TestInto(t *testing.T) {
	type inner struct {
		X float64 `json:"x"`
		B bool    `json:"b"`
	}
	type outer struct {
		I    int      `json:"i"`
		L    []string `json:"l"`
		In   inner    `json:"in"`
		Kept string   `json:"kept"`
	}
	root, _ := Parse("f", []byte("i: 3\nl: [a, 'b c']\nin: {x: 2e-3, b: true}\n"))
	got, errs := outer{Kept: "k"}, &Errors{}
	Into(root, "", reflect.ValueOf(&got).Elem(), Options{}, errs)
	if diff := cmp.Diff(outer{3, []string{"a", "b c"}, inner{2e-3, true}, "k"}, got); diff != "" || len(errs.List) > 0 {
		t.Errorf("%v; (-want +got):\n%s", errs.List, diff)
	}
}

// check fails where a place lies outside its text.
func check(t *testing.T, errs *Errors) {
	for _, e := range errs.List {
		if e.Line != 0 && (e.Line < 1 || e.Column < 1 || e.Column > utf8.RuneCountInString(e.Source)+1) {
			t.Errorf("%+v is no place", e)
		}
		if e.Message == "" || strings.Contains(e.Message, "%!") {
			t.Errorf("%+v says nothing", e)
		}
	}
	if errs.Err() != nil && errs.Error() == "" {
		t.Error("no text")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: [b, {c: d}]", "a: &x 1\nb: *x", "<<: {a: 1}", "\ta: 1", "a: |\n  b\n", "? [a]\n: b", "--- a\n--- b", "%YAML 1.2\n---\na", "\x85a: [\u2028"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		root, errs := Parse("f", src)
		if root == nil && len(errs.List) == 0 {
			t.Error("neither a tree nor a mistake")
		}
		check(t, errs)
	})
}

func FuzzSetting(f *testing.F) {
	for _, seed := range []string{"a.b=1", "a=[1, 2]", "=", "a=", "a={", "a=*x", "a=\t", "a=- b", "a=b: c", "a=!!x y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		key, value, errs := Setting(1, arg)
		if (key == nil) != (value == nil) || key == nil && len(errs.List) == 0 {
			t.Errorf("%v %v %v", key, value, errs.List)
		}
		check(t, errs)
	})
}
