package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"inkstone/notebooks"
)

func TestCompareAnyRuns(t *testing.T) {
	store, ids := smallStore(t)
	text := mustRun(t, "compare", "--where", "experiment = small", "--group", "model.hidden_size", "--baseline", "hidden_size 16", "--store", store)
	for _, want := range []string{"Comparison of 2 groups", "hidden_size 16", "hidden_size 8", "these groups were chosen when their runs were known", "1 older run"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	var table notebooks.AblationTable
	if err := json.Unmarshal([]byte(mustRun(t, "compare", ids[0], ids[2], "--goal", "maximize", "--format", "json", "--store", store)), &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 2 || *table.Rows[1].Diff != 2 || table.Goal != "maximize" {
		t.Errorf("got %+v", table)
	}
}

func TestCompareRefusesWhatItCannot(t *testing.T) {
	store, ids := smallStore(t)
	for want, args := range map[string][]string{
		"name runs":           {"compare"},
		"not both":            {"compare", ids[0], "--where", "seed = 1"},
		"minimize or max":     {"compare", ids[0], "--goal", "up"},
		"none of the 3 runs":  {"compare", "--where", "seed = 1", "--group", "model.depth"},
		"did you mean":        {"compare", "--where", "sed = 1"},
		"no runs are chosen":  {"compare", "--where", "seed = 9"},
		"no finished run rec": {"compare", "--where", "seed = 1", "--metric", "val/lost"},
	} {
		if r := inkstone(t, append(args, "--store", store)...); r.status == 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: status %d, %q lacks %q", args, r.status, r.stderr, want)
		}
	}
}
