package viz

import (
	"context"
	"os"
	"testing"

	"inkstone/tracker"
)

func TestPreview(t *testing.T) {
	dir := os.Getenv("PREVIEW")
	if dir == "" {
		t.Skip()
	}
	before := fallback
	fallback = systemFont
	defer func() { fallback = before }()
	ctx := context.Background()
	save := func(name string, f *Figure, err error) {
		check(t, err)
		for _, x := range []string{"png", "svg", "pdf"} {
			b := bytesOf(t, f, x)
			t.Log(name, x, len(b))
			check(t, os.WriteFile(dir+"/"+name+"."+x, b, 0o644))
		}
		check(t, os.WriteFile(dir+"/"+name+"-dark.png", bytesOf(t, f.Themed(Dark), "png"), 0o644))
		t.Log(f.Caption())
	}
	for name, st := range map[string]study{"ablations": ablations(), "unfinished": unfinished(), "many": many(15, 5, 300), "single": {variants: []string{"baseline", "a very long name of a variant: model.num_attention_heads=16, model.hidden_size=1024, train.learning_rate=0.0003, objective=infill"}, seeds: 1, steps: 10, every: 10, value: func(v int, _, step int64) (float64, bool) { return float64(v), v == 0 || step == 0 }}, "empty": {variants: []string{"baseline", "other"}, seeds: 2, every: 1, value: func(int, int64, int64) (float64, bool) { return 0, false }}} {
		s := fill(t, st)
		f, err := ExperimentCurves(ctx, s, "study", loss)
		save(name+"-curves", f, err)
		f, err = Differences(ctx, s, "study", loss)
		save(name+"-differences", f, err)
		if name == "empty" {
			continue
		}
		runs, err := s.Runs(ctx, tracker.RunFilter{})
		check(t, err)
		f, err = RunCurve(ctx, s, runs[len(runs)*2/3], loss)
		save(name+"-run", f, err)
	}
	save("attention", draw20(t), nil)
	tokens := make([]string, 64)
	for i := range tokens {
		tokens[i] = string(rune('a' + i%26))
	}
	info, values := head(tokens)
	f, err := AttentionMap(info, 0, 0, values)
	save("attention64", f, err)
}
