package filter

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExplain(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"((status==finished) AND (NOT (tag.broken)))":       "status = finished and not tag.broken",
		"(seed=1 or seed=2) and (seed=3 and seed=4)":        "(seed = 1 or seed = 2) and seed = 3 and seed = 4",
		"(seed=1 and seed=2) or (seed=3 or seed=4)":         "seed = 1 and seed = 2 or seed = 3 or seed = 4",
		"not (seed=1 and seed=2) and not not (tag.broken)":  "not (seed = 1 and seed = 2) and not not tag.broken",
		"train.learning_rate > 1e-4":                        "param.train.learning_rate > 0.0001",
		"last(val/loss@`rank 1`) < 3k":                      "metric.val/loss@`rank 1` < 3000",
		"min(loss) < -inf or metric.loss > inf":             "min(metric.loss) < -inf or metric.loss > inf",
		"parameters > 1.5B and seed < 1e21 and seed > 1e-9": "parameters > 1500000000 and seed < 1e+21 and seed > 1e-09",
		"created > -7d and finished < 2026-11-01":           "created > 2026-11-01T12:00:00Z and finished < 2026-11-01",
		"created > 2026-11-01T12:00:00.25+08:00":            "created > 2026-11-01T04:00:00.25Z",
		"duration > 36h and duration < 90.5s":               "duration > 1d12h and duration < 1m30.5s",
		"duration > 0s and duration >= 1w":                  "duration > 0s and duration >= 7d",
		"variant in (a, 'b c', '3', 3, and1)":               "variant in (a, 'b c', '3', '3', and1)",
		`variant ~ "^\d+'" and variant !~ a`:                `variant ~ '^\d+\'' and variant !~ 'a'`,
		"experiment not like x_y":                           "experiment not like 'x_y'",
		"val/loss is not nan or `weird tag` is null":        "metric.val/loss is not nan or tag.`weird tag` is null",
		"`and` and `1e3`":                                   "tag.and and tag.1e3",
		"metric.`odd ``name```@x is nan":                    "metric.`odd ``name```@x is nan",
		"model.intermediate_size = '64'":                    "param.model.intermediate_size = '64'",
		"model.tie = TRUE":                                  "param.model.tie = true",
		"variant = 'or'":                                    "variant = 'or'",
	} {
		e := mustCheck(t, text)
		if got := Explain(e); got != want {
			t.Errorf("%s is explained as %s, want %s", text, got, want)
		}
		roundTrip(t, e)
	}
}

// TestBare checks that names without a kind are written so that they stay names.
func TestBare(t *testing.T) {
	for _, name := range []string{"a", "and", "1e3", "now", "tag.x", "a b", "a`b", "a+b", "-7d", "true"} {
		e, err := Parse(Operand{Name: name}.String()+" = 1", now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(Operand{Name: name}, e.(*Compare).Operand, ignorePlaces); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// roundTrip checks that the explanation of a checked tree means the same tree.
func roundTrip(t *testing.T, e Expr) {
	t.Helper()
	text := Explain(e)
	again, err := Parse(text, now.Add(time.Hour))
	if err == nil {
		again, err = Check(again, known)
	}
	if err != nil {
		t.Fatalf("%s:\n%v", text, err)
	}
	if diff := cmp.Diff(e, again, ignorePlaces); diff != "" {
		t.Errorf("%s (-want +got):\n%s", text, diff)
	}
}

// TestExplainRandom holds explanations against the trees of random filters, and their answers about random runs.
func TestExplainRandom(t *testing.T) {
	g := generator{rand.New(rand.NewSource(1))}
	for range 3000 {
		e := mustCheck(t, g.expr(4))
		roundTrip(t, e)
		again := mustCheck(t, Explain(e))
		run := g.run()
		if a, b := Match(e, run), Match(again, run); a != b {
			t.Errorf("%s: %v, explained %v", Explain(e), a, b)
		}
	}
}

// generator writes random filters of known operands.
type generator struct{ *rand.Rand }

func (g generator) of(words ...string) string { return words[g.Intn(len(words))] }

func (g generator) expr(depth int) string {
	if depth == 0 || g.Intn(4) == 0 {
		return g.comparison()
	}
	switch g.Intn(3) {
	case 0:
		return g.of("not ", "NOT NOT ", "") + "(" + g.expr(depth-1) + ")"
	case 1:
		return "(" + g.expr(depth-1) + ") " + g.of("and", "or", "AND") + " " + g.expr(depth-1) + g.of("", " or "+g.comparison())
	}
	return g.comparison() + " and " + g.expr(depth-1)
}

func (g generator) comparison() string {
	order := func() string { return g.of("=", "==", "!=", "<>", "<", "<=", ">", ">=") }
	switch g.Intn(7) {
	case 0:
		return g.of("seed", "parameters", "train.max_steps", "data.limit", "metric.loss", "min(val/loss)", "count(loss)", "gpu/memory@rank-0") + order() + g.number()
	case 1:
		text := g.of("variant", "id", "objective.kind", "model.layers", "tag.`weird tag`", "kind")
		return g.of(text+g.of(" = ", " != ", " like ", " not like ")+g.text(), text+g.of("~", " !~ ")+g.of(`a`, `'^\d+\'$'`, `"[\\\"]|\\n\n"`, `'注\\.'`))
	case 2:
		return g.of("created", "started", "finished", "deleted") + g.of("<", "<=", ">", ">= ") + g.of("now", "-7d", "+1.5h", "2026-11-01", "2026-11-01T12:30", "2024-02-29T23:59:59.999999-07:00")
	case 3:
		return "duration " + g.of("<", ">=") + g.of("10m", "1h30m", "0.000001s", "2d", "3.25w", "1ms")
	case 4:
		return g.of("seed", "variant", "model.intermediate_size") + g.of(" in (", " not in (") + "3, " + g.of("3", "-0", "1e3", "2M") + ")"
	case 5:
		return g.of("val/loss", "parent", "tag.loss", "metric.`odd ``name```@x", "data.cache") + g.of(" is null", " is not null")
	}
	return g.of("broken", "tag.and", "model.tie", "param.`a+b`", "val/loss is nan", "困惑度 is not nan", "status = lost", "model.intermediate_size = '3'")
}

func (g generator) number() string {
	f := math.Float64frombits(g.Uint64())
	if math.IsNaN(f) {
		return "inf"
	}
	return g.of(fmt.Sprint(f), "-3k", "0", "-inf", ".5", "1e15", "123456789.125")
}

func (g generator) text() string {
	var out strings.Builder
	for range g.Intn(8) {
		out.WriteString(g.of("a", "B", "3", " ", "'", `\\`, `\.`, "%", "_", "\n", "注", `"`, `\t`))
	}
	return "'" + strings.ReplaceAll(out.String(), "'", `\'`) + ".'"
}

// run is a random run: each operand has the same value or none, whenever it is asked for.
func (g generator) run() func(Operand) (Value, bool) {
	known := map[string]Value{}
	return func(o Operand) (Value, bool) {
		v, ok := known[o.String()]
		if !ok {
			v = []Value{{}, num(float64(g.Intn(5))), num(math.NaN()), num(math.Inf(1)), str(g.of("a", "3", "")), {Type: TypeBool, Bool: true},
				{Type: TypeTime, Time: now.AddDate(0, 0, g.Intn(20)-10)}, {Type: TypeDuration, Duration: time.Duration(g.Intn(1e12))}}[g.Intn(8)]
			known[o.String()] = v
		}
		return v, v.Type != ""
	}
}
