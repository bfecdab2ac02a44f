package notebooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

// stories are the situations that a table must tell well, each with its golden text.
func stories() map[string]study {
	failed := source()
	failed.variants[1].outcome = map[int64]outcome{2: {status: tracker.Failed, err: "loss is NaN at step 61\ngoroutine 1 [running]:\n…"}}
	failed.variants[3].outcome = map[int64]outcome{}
	for _, seed := range failed.seeds {
		failed.variants[3].outcome[seed] = outcome{status: tracker.Failed, err: "heads (3) do not divide the width (64)"}
	}

	excluded := source()
	excluded.variants[1].excluded = map[int64]string{2: "trained on a wrong corpus"}
	excluded.variants[2].excluded = map[int64]string{5: ""}

	interim := source()
	interim.variants[0].outcome = map[int64]outcome{5: {status: tracker.Stopped}}
	interim.variants[1].values = interim.variants[1].values[:4]
	interim.variants[2].values = interim.variants[2].values[:3]
	interim.variants[3].values = nil

	welch := source()
	lost := outcome{status: tracker.Failed, err: "killed after 2h0m0s"}
	welch.variants[0].outcome = map[int64]outcome{1: lost, 2: lost}
	welch.variants[1].outcome = map[int64]outcome{3: lost, 4: lost, 5: lost}
	welch.variants = welch.variants[:3]

	diverged := source()
	diverged.variants[1].values = []float64{2.6604, nan, 2.6689, infinite, 2.6712}
	diverged.variants[2].outcome = map[int64]outcome{4: {status: tracker.Finished, silent: true}}

	backends := source()
	for i := range backends.variants {
		backends.variants[i].backend = "xla-cpu"
	}
	backends.variants[1].backend = "go"
	backends.variants[2].backendOf = map[int64]string{3: "go"}

	equal := source()
	equal.variants[1].values = equal.variants[0].values
	equal.variants[2].values = nil
	for _, v := range equal.variants[0].values {
		equal.variants[2].values = append(equal.variants[2].values, v+0.25)
	}

	accuracy := copying()
	accuracy.metric, accuracy.goal, accuracy.unit, accuracy.also = "val/accuracy", "maximize", "", []string{"val/loss"}
	for i, a := range accuracy.variants {
		accuracy.variants[i].values, accuracy.variants[i].also = a.also["val/accuracy"], map[string][]float64{"val/loss": a.values}
	}

	sweep := study{question: "学习率与宽度:哪一种组合在同样的词元数下损失最小?这是一个很长的问题,它必须在任何宽度的终端里正确换行,不能截断也不能乱码。", seeds: upTo(3)}
	for i, name := range []string{"baseline", "model.hidden_size=64,train.learning_rate=0.005", "model.hidden_size=128,train.learning_rate=0.005",
		"model.hidden_size=64,train.learning_rate=0.0005"} {
		base := 2.5 - 0.1*float64(i)
		sweep.variants = append(sweep.variants, setting{name: name, params: 12_345_678 * int64(i+1), values: []float64{base, base + 0.01, base + 0.03 - 0.001*float64(i*i)}})
	}

	planned := source()
	for i := range planned.variants {
		planned.variants[i].values = nil
	}
	planned.variants[0].outcome = map[int64]outcome{1: {status: tracker.Running}}

	alone := source()
	alone.variants = alone.variants[:1]
	return map[string]study{
		"five": source(), "one-seed": firstSeeds(source(), 1), "two-seeds": firstSeeds(source(), 2),
		"three-seeds": firstSeeds(source(), 3), "four-seeds": firstSeeds(source(), 4), "copying": copying(),
		"failed": failed, "interim": interim, "welch": welch, "diverged": diverged, "backends": backends, "equal": equal,
		"accuracy": accuracy, "excluded": excluded, "alone": alone, "sweep": sweep, "planned": planned,
	}
}

func TestTable(t *testing.T) {
	for name, st := range stories() {
		t.Run(name, func(t *testing.T) {
			table, err := Table(context.Background(), fill(t, st), "study", "")
			if err != nil {
				t.Fatal(err)
			}
			for width, suffix := range map[int]string{100: "", 80: ".80"} {
				text := printed(t, table, TextOptions{Width: width})
				for _, line := range strings.Split(text, "\n") {
					if displayWidth(line) > width {
						t.Errorf("%d columns, not %d: %s", displayWidth(line), width, line)
					}
				}
				golden.Check(t, "testdata/"+name+suffix+".txt", hideRuns(table, text))
			}
		})
	}
}

func printed(t *testing.T, table *AblationTable, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteText(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hideRuns replaces the ids of runs, which differ from time to time.
func hideRuns(table *AblationTable, text string) string {
	for _, r := range table.Rows {
		for _, f := range r.Failures {
			text = strings.ReplaceAll(text, f.Run, strings.Repeat("x", len(f.Run)))
		}
		for _, v := range r.Values {
			text = strings.ReplaceAll(text, v.Run, strings.Repeat("x", len(v.Run)))
		}
	}
	return text
}

func TestTableJSON(t *testing.T) {
	for _, name := range []string{"five", "one-seed", "diverged", "interim", "welch", "copying"} {
		table, err := Table(context.Background(), fill(t, stories()[name]), "study", "val/loss")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.MarshalIndent(table, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/"+name+".json", hideRuns(table, string(raw)+"\n"))
	}
}

func TestOtherMetricHasNoP(t *testing.T) {
	table, err := Table(context.Background(), fill(t, source()), "study", "val/accuracy")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		if r.P != nil || r.PCorrected != nil || r.PExact != nil || r.Verdict != "" {
			t.Errorf("%s: a metric that the plan does not compare has p %v, verdict %q", r.Variant, r.P, r.Verdict)
		}
	}
	golden.Check(t, "testdata/other-metric.txt", printed(t, table, TextOptions{}))
}

func TestColor(t *testing.T) {
	table, err := Table(context.Background(), fill(t, source()), "study", "")
	if err != nil {
		t.Fatal(err)
	}
	plain, colored := printed(t, table, TextOptions{}), printed(t, table, TextOptions{Color: true})
	if strings.Contains(plain, "\x1b") {
		t.Error("colour where none was asked for")
	}
	golden.Check(t, "testdata/color.txt", colored)
}

func TestTableRefuses(t *testing.T) {
	keys := source()
	keys.variants[3].key = "infill/bytes/128/99999999"
	windows := source()
	windows.variants[1].key, windows.variants[2].key = "causal/bytes/128/99999999", "causal/bytes/256/77777777"
	undeclared := source()
	undeclared.variants[1].key = "own"
	silent := firstSeeds(source(), 1)
	for i := range silent.variants {
		silent.variants[i].outcome = map[int64]outcome{1: {status: tracker.Finished, silent: true}}
	}
	aimless := source()
	aimless.metric, aimless.goal = "val/loss", "lower"
	headless := source()
	headless.variants = headless.variants[1:]
	for _, c := range []struct {
		name, experiment string
		study            study
		is               error
		want             string
	}{
		{"different quantities", "study", keys, tracker.ErrInvalid,
			`table of "study": val/loss is not one quantity here (not the same objective): baseline, no-positions, one-layer measured "causal/bytes/128/ab12cd34"; gelu-mlp measured "infill/bytes/128/99999999". Values compare only where objective, tokenizer, sequence length, validation windows and masks are the same`},
		{"two things differ", "study", windows, tracker.ErrInvalid, `val/loss is not one quantity here (not the same sequence length): baseline, gelu-mlp measured`},
		{"a key of another form", "study", undeclared, tracker.ErrInvalid, `val/loss is not one quantity here: baseline, one-layer, gelu-mlp measured "causal/bytes/128/ab12cd34"; no-positions measured "own".`},
		{"a metric nobody recorded", "study", silent, tracker.ErrNotFound, `no finished run recorded "val/loss"; recorded are train/loss`},
		{"no baseline", "study", headless, tracker.ErrInvalid, `the plan declares no variant "baseline" to compare with`},
		{"no goal", "study", aimless, tracker.ErrInvalid, `the plan's goal for val/loss is "lower", not minimize or maximize`},
		{"unknown experiment", "other", source(), tracker.ErrNotFound, `table of "other"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Table(context.Background(), fill(t, c.study), c.experiment, "")
			if err == nil || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %s", err, c.want)
			}
		})
	}
}
