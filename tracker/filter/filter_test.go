package filter

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var now = time.Date(2026, 11, 8, 12, 0, 0, 0, time.UTC)

// known is what the runs of a small store have.
var known = Catalog{
	Params: map[string][]Type{
		"train.learning_rate": {TypeNumber}, "train.max_steps": {TypeNumber}, "objective.kind": {TypeString}, "model.tie": {TypeBool},
		"model.layers": {TypeList}, "model.intermediate_size": {TypeNumber, TypeString}, "data.limit": {TypeNull, TypeNumber},
		"data.cache": {TypeNull}, "loss": {TypeNumber}, "seed": {TypeNumber}, "a+b": {TypeBool},
	},
	Metrics: map[string][]string{
		"val/loss": {"", "rank-0", "rank 1"}, "train/loss": {""}, "gpu/memory": {"rank-1", "rank-0"}, "loss": {""}, "困惑度": {""}, "odd `name`": {"x"},
	},
	Tags: []string{"broken", "kind", "loss", "weird tag", "and", "1e3"},
}

// ignorePlaces compares trees but for where their parts were written.
var ignorePlaces = cmp.Options{
	cmpopts.IgnoreTypes(Pos{}),
	cmp.Comparer(func(a, b *regexp.Regexp) bool { return a == b || a != nil && b != nil && a.String() == b.String() }),
}

func mustCheck(t testing.TB, text string) Expr {
	t.Helper()
	e, err := Parse(text, now)
	if err != nil {
		t.Fatalf("Parse(%s):\n%v", text, err)
	}
	if e, err = Check(e, known); err != nil {
		t.Fatalf("Check(%s):\n%v", text, err)
	}
	return e
}

func num(f float64) Value { return Value{Type: TypeNumber, Number: f} }
func str(s string) Value  { return Value{Type: TypeString, Text: s} }

func attr(name string) Operand   { return Operand{Kind: Attribute, Name: name} }
func param(name string) Operand  { return Operand{Kind: Param, Name: name} }
func metric(name string) Operand { return Operand{Kind: Metric, Name: name, Summary: Last} }
func tag(name string) Operand    { return Operand{Kind: Tag, Name: name} }

// TestTree checks what texts mean, whole.
func TestTree(t *testing.T) {
	finished := &Compare{Operand: attr("status"), Op: Equal, Value: str("finished")}
	low := Operand{Kind: Metric, Name: "val/loss", Summary: Min}
	for text, want := range map[string]Expr{
		"status = finished and train.learning_rate >= 1e-4 and not tag.broken": &And{[]Expr{
			finished, &Compare{Operand: param("train.learning_rate"), Op: GreaterOrEqual, Value: num(1e-4)}, &Not{&Has{tag("broken")}},
		}},
		`(variant in (baseline, one-head) OR tag.kind = "probe") AND min(val/loss) < 2.5`: &And{[]Expr{
			&Or{[]Expr{
				&In{Operand: attr("variant"), Values: []Value{str("baseline"), str("one-head")}},
				&Compare{Operand: tag("kind"), Op: Equal, Value: str("probe")},
			}},
			&Compare{Operand: low, Op: Less, Value: num(2.5)},
		}},
		"val/loss is nan":                     &NaN{Operand: metric("val/loss")},
		"val/loss is not null":                &Null{Operand: metric("val/loss"), Not: true},
		"experiment like 'go-%'":              &Like{Operand: attr("experiment"), Pattern: str("go-%")},
		"variant !~ '^one\\d'":                &Regexp{Operand: attr("variant"), Pattern: str(`^one\d`), Compiled: regexp.MustCompile(`^one\d`), Not: true},
		"created > -7d":                       &Compare{Operand: attr("created"), Op: Greater, Value: Value{Type: TypeTime, Time: now.AddDate(0, 0, -7)}},
		"duration > 10m":                      &Compare{Operand: attr("duration"), Op: Greater, Value: Value{Type: TypeDuration, Duration: 10 * time.Minute}},
		"val/loss@rank-0 < 3":                 &Compare{Operand: Operand{Kind: Metric, Name: "val/loss", Context: "rank-0", Summary: Last}, Op: Less, Value: num(3)},
		"mean(val/loss@`rank 1`)<1":           &Compare{Operand: Operand{Kind: Metric, Name: "val/loss", Context: "rank 1", Summary: Mean}, Op: Less, Value: num(1)},
		"not status = finished or seed == -1": &Or{[]Expr{&Not{finished}, &Compare{Operand: attr("seed"), Op: Equal, Value: num(-1)}}},
		"model.tie and model.tie != true":     &And{[]Expr{&Has{param("model.tie")}, &Compare{Operand: param("model.tie"), Op: NotEqual, Value: Value{Type: TypeBool, Bool: true}}}},
		"(seed = 1 and (seed = 2 and seed = 3))": &And{[]Expr{
			&Compare{Operand: attr("seed"), Op: Equal, Value: num(1)}, &Compare{Operand: attr("seed"), Op: Equal, Value: num(2)}, &Compare{Operand: attr("seed"), Op: Equal, Value: num(3)},
		}},
		"param.`a+b` or metric.`odd ``name```@x is null": &Or{[]Expr{&Has{param("a+b")}, &Null{Operand: Operand{Kind: Metric, Name: "odd `name`", Context: "x", Summary: Last}}}},
		"model.intermediate_size in (auto, 64, '64')":    &In{Operand: param("model.intermediate_size"), Values: []Value{str("auto"), num(64), str("64")}},
		"variant = 3 and variant = TRUE":                 &And{[]Expr{&Compare{Operand: attr("variant"), Op: Equal, Value: str("3")}, &Compare{Operand: attr("variant"), Op: Equal, Value: str("TRUE")}}},
		"困惑度<1":                                          &Compare{Operand: metric("困惑度"), Op: Less, Value: num(1)},
		"min(loss) <> 1":                                 &Compare{Operand: Operand{Kind: Metric, Name: "loss", Summary: Min}, Op: NotEqual, Value: num(1)},
		"`val/loss` < 1":                                 &Compare{Operand: metric("val/loss"), Op: Less, Value: num(1)},
		"seed not in (1) and variant not like a":         &And{[]Expr{&In{Operand: attr("seed"), Values: []Value{num(1)}, Not: true}, &Like{Operand: attr("variant"), Pattern: str("a"), Not: true}}},
		" \n\t":                                          nil,
	} {
		if diff := cmp.Diff(want, mustCheck(t, text), ignorePlaces); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestPlaces checks where the parts of a tree say that they were written.
func TestPlaces(t *testing.T) {
	text := "名 = 1 and val/loss@r  not in ('a b')"
	e, err := Parse(text, now)
	if err != nil {
		t.Fatal(err)
	}
	in := e.(*And).Terms[1].(*In)
	got := []Pos{in.Operand.Pos, in.Pos, in.Values[0].Pos}
	want := []Pos{{text, 11, 10}, {text, 27, 2}, {text, 31, 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestValues(t *testing.T) {
	at := func(text string) Value {
		u, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return Value{Type: TypeTime, Time: u.UTC()}
	}
	length := func(d time.Duration) Value { return Value{Type: TypeDuration, Duration: d} }
	for word, want := range map[string]Value{
		"1e-4": num(1e-4), "3k": num(3000), "2M": num(2e6), "7B": num(7e9), "1.5T": num(1.5e12), "-1": num(-1), "+2": num(2), ".5": num(.5), "1E+3": num(1000),
		"true": {Type: TypeBool, Bool: true}, "False": {Type: TypeBool},
		"2026-11-01": at("2026-11-01T00:00:00Z"), "2026-11-01T12:00": at("2026-11-01T12:00:00Z"), "2026-11-01T12:00:01.5+02:00": at("2026-11-01T10:00:01.5Z"),
		"2026-11-01T12:00Z": at("2026-11-01T12:00:00Z"), "2026-11-01T00:00:00.0000004": at("2026-11-01T00:00:00Z"),
		"now": at("2026-11-08T12:00:00Z"), "-7d": at("2026-11-01T12:00:00Z"), "-36h": at("2026-11-07T00:00:00Z"), "-2w": at("2026-10-25T12:00:00Z"), "+1h30m": at("2026-11-08T13:30:00Z"),
		"10m": length(10 * time.Minute), "1h30m": length(90 * time.Minute), "90s": length(90 * time.Second), "2d": length(48 * time.Hour), "1.5h": length(90 * time.Minute), "250ms": length(250 * time.Millisecond),
		"baseline": str("baseline"), "1e999": str("1e999"), "0x10": str("0x10"), "1_000": str("1_000"), "--1": str("--1"), "-": str("-"), "infinity": str("infinity"), "1e3k": str("1e3k"),
		"2026-13-01": str("2026-13-01"), "2026-02-30": str("2026-02-30"), "0000-01-01": str("0000-01-01"), "9999-12-31T23:00-02:00": str("9999-12-31T23:00-02:00"),
		"5": num(5), "5y": str("5y"), "99999w": str("99999w"), "1.2.3s": str("1.2.3s"), "-5y": str("-5y"), "m": str("m"), "k": str("k"),
	} {
		want.Text = word
		if diff := cmp.Diff(want, guess(word, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", word, diff)
		}
	}
	for _, word := range []string{"inf", "+Inf", "-INF"} {
		if v := guess(word, now); v.Type != TypeNumber || v.Number*map[bool]float64{true: -1, false: 1}[word[0] == '-'] < 1e308 {
			t.Errorf("%s is %v", word, v)
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		`'a\'b'`: "a'b", `"a\"b"`: `a"b`, `'a\\b'`: `a\b`, `'\d+\.'`: `\d+\.`, `'a\nb\tc'`: "a\nb\tc", `'50\%'`: `50\%`, `"it's"`: "it's", `''`: "", `'注'`: "注",
	} {
		e := mustCheck(t, "variant = "+text)
		if got := e.(*Compare).Value.Text; got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
		if got := mustCheck(t, "variant = "+quoteText(want)).(*Compare).Value.Text; got != want {
			t.Errorf("%s is written as %s, which is %q", text, quoteText(want), got)
		}
	}
}

func TestLimits(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		ok   bool
	}{
		"size":           {"seed = 1" + strings.Repeat(" ", MaxText-8), true},
		"too long":       {"seed = 1" + strings.Repeat(" ", MaxText-7), false},
		"depth":          {strings.Repeat("(", 100) + strings.Repeat("not ", 100) + "seed = 1" + strings.Repeat(")", 100), true},
		"too deep":       {strings.Repeat("(", 201) + "seed = 1" + strings.Repeat(")", 201), false},
		"too many nots":  {strings.Repeat("not ", 201) + "seed = 1", false},
		"side by side":   {"(seed = 1)" + strings.Repeat(" and (seed = 1)", 500), true},
		"many terms":     {"seed = 1" + strings.Repeat(" or seed = 1", 1300), true},
		"no UTF-8":       {"variant = '\xff'", false},
		"zero byte":      {"variant = '\x00'", false},
		"values":         {"seed in (1" + strings.Repeat(",1", 8000) + ")", true},
		"open to excess": {strings.Repeat("(", MaxText), false},
	} {
		e, err := Parse(test.text, now)
		if err == nil {
			_, err = Check(e, known)
		}
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyMistakes(t *testing.T) {
	e, err := Parse("x = 1"+strings.Repeat(" and x = 1", 100), now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Check(e, known)
	if list, ok := err.(Errors); !ok || len(list) != MaxErrors {
		t.Errorf("%d mistakes: %v", len(list), err)
	}
}
