package notebooks

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"inkstone/internal/golden"
	"inkstone/tracker"
	"inkstone/viz"
)

func TestForestGolden(t *testing.T) {
	for name, st := range map[string]study{"five": source(), "copying": copying(), "interim": stories()["interim"], "planned": stories()["planned"], "alone": stories()["alone"]} {
		f, err := Draw(t.Context(), fill(t, st), viz.Request{Kind: ForestKind, Experiment: "study"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var svg, csv bytes.Buffer
		if err := errors.Join(f.Write(&svg, "svg"), f.Write(&csv, "csv")); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/forest-"+name+".svg", svg.String())
		golden.Check(t, "testdata/forest-"+name+".txt", f.Caption()+"\n"+csv.String())
		if dir := os.Getenv("INKSTONE_SCREENSHOTS"); dir != "" {
			w, err := os.Create(dir + "/forest-" + name + ".png")
			if err == nil {
				err = errors.Join(f.Write(w, "png"), w.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestForestOfChosenGroups(t *testing.T) {
	s := fill(t, source())
	f, err := Draw(t.Context(), s, viz.Request{Kind: ForestKind, Where: "variant in (baseline, one-layer)", Metric: "val/loss", Dark: true})
	if err != nil || !strings.Contains(f.Caption(), "Below zero is better") && !strings.Contains(f.Caption(), "chosen when their runs were known") {
		t.Errorf("%v, caption %q", err, f.Caption())
	}
	if _, err := Draw(t.Context(), s, viz.Request{Kind: ForestKind, Experiment: "nothing"}); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("an unknown experiment: %v", err)
	}
}
