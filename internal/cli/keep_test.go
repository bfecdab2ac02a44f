package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkstone/tracker"
)

// smallStore makes a store with three ended runs, whose losses are 1, 2 and 3, and returns its folder and their ids.
func smallStore(t *testing.T) (dir string, ids []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	s, err := tracker.Open(dir, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	for i, variant := range []string{"baseline", "one-layer", "one-head"} {
		r, err := s.CreateRun(ctx, tracker.NewRun{
			Experiment: "small", Variant: variant, Seed: 1, Digest: variant, Spec: []byte(`{"model":{"hidden_size":` + []string{"16", "8", "16"}[i] + `}}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.BeginAttempt(ctx, r.ID, tracker.AttemptInfo{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		samples := []tracker.Sample{{Metric: "val/loss", Step: 5, Time: time.UnixMicro(1), Value: float64(i + 1)}}
		if err := s.Append(ctx, tracker.Batch{Run: r.ID, Attempt: 1, Sequence: 1, Samples: samples}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.LogPath(r.ID, 1), []byte("begin\nloss 3\nend\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := a.End(ctx, tracker.Finished, ""); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	return dir, ids
}

func TestRunsAreFoundByFilter(t *testing.T) {
	store, ids := smallStore(t)
	listed := func(args ...string) string {
		var runs []struct{ Variant string }
		if err := json.Unmarshal([]byte(mustRun(t, append([]string{"runs", "--json", "--store", store}, args...)...)), &runs); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range runs {
			names = append(names, r.Variant)
		}
		return strings.Join(names, " ")
	}
	for want, args := range map[string][]string{
		"baseline one-layer one-head": nil,
		"one-head one-layer":          {"--where", "val/loss > 1", "--sort", "val/loss desc"},
		"one-head":                    {"--sort", "min(val/loss) desc", "--limit", "1"},
		"one-layer":                   {"--where", "model.hidden_size < 10 or variant = nobody"},
	} {
		if got := listed(args...); got != want {
			t.Errorf("%v: got %q, want %q", args, got, want)
		}
	}
	table := mustRun(t, "runs", "--columns", "val/loss,model.hidden_size", "--store", store)
	if !strings.Contains(table, "VAL/LOSS  MODEL.HIDDEN_SIZE") || !strings.Contains(table, ids[1]) || !strings.Contains(table, "2         8") {
		t.Errorf("got\n%s", table)
	}
	wrong := inkstone(t, "runs", "--where", "val/los < 1", "--store", store)
	if wrong.status != 2 || !strings.Contains(wrong.stderr, "val/loss") || !strings.Contains(wrong.stderr, "^") {
		t.Errorf("a mistake: %d\n%s", wrong.status, wrong.stderr)
	}
}

func TestRunsAreTaggedAndDescribed(t *testing.T) {
	store, ids := smallStore(t)
	mustRun(t, "tag", "--where", "val/loss < 2.5", "--set", "paper", "--set", "by=ann", "--store", store)
	mustRun(t, "tag", ids[0], "--remove", "paper", "--store", store)
	if got := mustRun(t, "runs", "--where", "tag.paper and tag.by = ann", "--store", store); !strings.Contains(got, ids[1]) || strings.Contains(got, ids[0]) || strings.Contains(got, ids[2]) {
		t.Errorf("got\n%s", got)
	}
	mustRun(t, "note", ids[0], "first", "--store", store)
	mustRun(t, "note", ids[0], "second *thought*", "--store", store)
	if got := mustRun(t, "note", ids[0], "--store", store); got != "second *thought*\n" {
		t.Errorf("got %q", got)
	}
	if got := mustRun(t, "note", ids[0], "--history", "--store", store); !strings.Contains(got, "first") {
		t.Errorf("got %q", got)
	}
	for name, args := range map[string][]string{
		"nothing to do": {"tag", ids[0], "--store", store}, "no runs": {"tag", "--set", "x", "--store", store},
		"both": {"tag", ids[0], "--where", "seed = 1", "--set", "x", "--store", store},
	} {
		if r := inkstone(t, args...); r.status != 2 {
			t.Errorf("%s: exit status %d, %s", name, r.status, r.stderr)
		}
	}
}

func TestFilesAreKept(t *testing.T) {
	store, ids := smallStore(t)
	file := filepath.Join(t.TempDir(), "loss.txt")
	if err := os.WriteFile(file, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "artifacts", ids[0], "figures/loss.txt", "--add", file, "--store", store)
	if list := mustRun(t, "artifacts", ids[0], "--store", store); !strings.Contains(list, "figures/loss.txt  1        7 B") {
		t.Errorf("got\n%s", list)
	}
	if got := mustRun(t, "artifacts", ids[0], "figures/loss.txt", "--store", store); got != "content" {
		t.Errorf("got %q", got)
	}
	if r := inkstone(t, "artifacts", ids[0], "../loss.txt", "--add", file, "--store", store); r.status != 2 {
		t.Errorf("a path upwards: %d, %s", r.status, r.stderr)
	}
}

func TestRunsAreDeletedAndCollected(t *testing.T) {
	store, ids := smallStore(t)
	mustRun(t, "delete", ids[0], ids[1], "--store", store)
	if got := mustRun(t, "runs", "--store", store); strings.Contains(got, ids[0]) || !strings.Contains(got, ids[2]) {
		t.Errorf("got\n%s", got)
	}
	mustRun(t, "undelete", "--where", "deleted is not null and variant = one-layer", "--store", store)
	if got := mustRun(t, "collect", "--store", store); !strings.HasPrefix(got, "removed 1 run,") {
		t.Errorf("got %q", got)
	}
	if got := mustRun(t, "runs", "--where", "deleted is null or deleted is not null", "--store", store); strings.Contains(got, ids[0]) || !strings.Contains(got, ids[1]) {
		t.Errorf("got\n%s", got)
	}
	mustRun(t, "fsck", "--store", store)
}

func TestSQLAnswers(t *testing.T) {
	store, ids := smallStore(t)
	for format, want := range map[string]string{
		"table": "VARIANT   V\nbaseline  1\n", "csv": "variant,v\nbaseline,1\n", "json": "[\n  {\n    \"v\": 1,\n    \"variant\": \"baseline\"\n  }\n]\n",
	} {
		query := "SELECT variant, (SELECT value ->> 2 FROM json_each(points(runs.id, 'val/loss'))) AS v FROM runs WHERE id = '" + ids[0] + "'"
		if got := mustRun(t, "sql", query, "--format", format, "--store", store); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
	if r := inkstone(t, "sql", "DELETE FROM runs", "--store", store); r.status != 2 || !strings.Contains(r.stderr, "SELECT") {
		t.Errorf("a write: %d, %s", r.status, r.stderr)
	}
	if got := mustRun(t, "sql", "--tables", "--store", store); !strings.Contains(got, "series: ") || !strings.Contains(got, "last_value") {
		t.Errorf("got\n%s", got)
	}
}

func TestLogLines(t *testing.T) {
	store, ids := smallStore(t)
	for want, args := range map[string][]string{
		"begin\nloss 3\nend\n": nil, "end\n": {"--from", "-1"}, "1:2: loss 3\n": {"--grep", "^loss"}, "loss 3\n": {"--from", "2", "--lines", "1"},
	} {
		if got := mustRun(t, append([]string{"log", ids[0], "--store", store}, args...)...); got != want {
			t.Errorf("%v: got %q, want %q", args, got, want)
		}
	}
}
