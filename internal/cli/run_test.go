package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tiny = "testdata/specs/tiny.yaml"

func TestRunFromSpecToTable(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	r := inkstone(t, "run", tiny, "--store", store, "--addr", "127.0.0.1:0")
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, want := range []string{"baseline", "one-layer", "val/loss"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the table lacks %q:\n%s", want, r.stdout)
		}
	}
	for _, want := range []string{"2 variants × 2 seeds = 4 trials", "dashboard: http://127.0.0.1:", "[4/4]", "inkstone serve --store"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.stderr)
		}
	}
	t.Run("a second run trains nothing", func(t *testing.T) {
		again := inkstone(t, "run", tiny, "--store", store, "--addr", "off")
		if again.status != 0 || strings.Contains(again.stderr, "started") {
			t.Errorf("exit status %d, standard error:\n%s", again.status, again.stderr)
		}
		if again.stdout != r.stdout {
			t.Errorf("the table changed\ngot\n%s\nwant\n%s", again.stdout, r.stdout)
		}
	})
	t.Run("another store gives the same numbers", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other")
		if again := inkstone(t, "run", tiny, "--store", other, "--addr", "off"); again.stdout != r.stdout {
			t.Errorf("the table differs\ngot\n%s\nwant\n%s", again.stdout, r.stdout)
		}
	})
	t.Run("figures", func(t *testing.T) {
		for _, name := range []string{"loss.svg", "loss.png", "loss.pdf"} {
			file := filepath.Join(t.TempDir(), name)
			mustRun(t, "plot", "tiny", "--metric", "val/loss", "-o", file, "--store", store)
			if info, err := os.Stat(file); err != nil || info.Size() < 500 {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
	})
	t.Run("runs for programs", func(t *testing.T) {
		var runs []map[string]any
		if err := json.Unmarshal([]byte(mustRun(t, "runs", "--json", "--store", store)), &runs); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"id", "experiment", "variant", "seed", "status", "started", "finished", "metrics"} {
			if _, ok := runs[0][key]; !ok {
				t.Errorf("a run lacks %q: %v", key, runs[0])
			}
		}
	})
	t.Run("points", func(t *testing.T) {
		csv := mustRun(t, "points", "tiny/baseline/1", "val/loss", "--store", store)
		if !strings.HasPrefix(csv, "step,time,value\n0,") || strings.Count(csv, "\n") != 5 {
			t.Errorf("got %s", csv)
		}
	})
	t.Run("fsck, backup and restore", func(t *testing.T) {
		sound := mustRun(t, "fsck", "--store", store)
		if !strings.Contains(sound, "4 runs") || !strings.Contains(sound, "all of it is sound") {
			t.Errorf("fsck says %s", sound)
		}
		folder, again := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "again")
		mustRun(t, "backup", folder, "--store", store)
		mustRun(t, "restore", folder, "--store", again)
		if table := mustRun(t, "table", "tiny", "--store", again); table != mustRun(t, "table", "tiny", "--store", store) {
			t.Errorf("the restored table differs:\n%s", table)
		}
		if r := inkstone(t, "restore", folder, "--store", again); r.status != 2 || !strings.Contains(r.stderr, "already") {
			t.Errorf("over another store: %d, %s", r.status, r.stderr)
		}
		if r := inkstone(t, "backup", folder, "--store", store); r.status != 2 {
			t.Errorf("over another backup: %d, %s", r.status, r.stderr)
		}
	})
	t.Run("the log", func(t *testing.T) {
		if log := mustRun(t, "log", "tiny/baseline/1", "--store", store); !strings.Contains(log, "attempt 1 of tiny/baseline/1 on go") {
			t.Errorf("got %s", log)
		}
	})
}

func TestMistakesExitWithTwo(t *testing.T) {
	store := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":    {[]string{"tabel"}, "no command \"tabel\"; did you mean `inkstone table`?"},
		"unknown subcommand": {[]string{"weights", "shwo"}, "did you mean `inkstone weights show`?"},
		"unknown flag":       {[]string{"runs", "--stoer", "x"}, "did you mean --store? `inkstone runs --help`"},
		"no number":          {[]string{"batch", tiny, "--step", "1e3"}, "--step \"1e3\": a whole number is wanted"},
		"missing argument":   {[]string{"check"}, "needs SPEC"},
		"missing file":       {[]string{"check", "nowhere.yaml"}, "nowhere.yaml"},
		"bad override":       {[]string{"check", tiny, "--set", "model.hiden_size=8"}, "hidden_size"},
		"no store":           {[]string{"runs", "--store", store}, "inkstone run SPEC"},
		"bad figure format":  {[]string{"plot", "tiny", "-o", "x.gif", "--store", store}, ".svg"},
		"other host":         {[]string{"run", tiny, "--addr", "0.0.0.0:80", "--store", store + "2"}, "loopback"},
		"unknown backend":    {[]string{"plan", tiny, "--set", "run.backend=tpu"}, "backend"},
		"install elsewhere":  {[]string{"backends", "install", "tpu"}, "cpu alone"},
		"negative slots":     {[]string{"run", tiny, "--slots", "-1", "--store", store + "3"}, "positive"},
		"variant not there":  {[]string{"plan", tiny, "--variants", "two-layer"}, "one-layer"},
		"points without run": {[]string{"points", "x"}, "METRIC"},
	} {
		t.Run(name, func(t *testing.T) {
			r := inkstone(t, c.args...)
			if r.status != 2 || !strings.Contains(r.stderr, c.want) || r.stdout != "" {
				t.Errorf("exit status %d, stdout %q, stderr %q; want status 2 and %q", r.status, r.stdout, r.stderr, c.want)
			}
		})
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, name := range []string{"check", "plan", "run", "batch", "generate", "presets", "weights", "weights show", "weights convert", "attempt", "serve", "runs", "show", "log", "points", "table", "compare", "plot", "sql", "sync", "tag", "note", "artifacts", "delete", "undelete", "collect", "fsck", "backup", "restore", "backends", "version"} {
		r := inkstone(t, append(strings.Fields(name), "--help")...)
		if r.status != 0 || !strings.Contains(r.stdout, "Examples:\n  inkstone "+name) {
			t.Errorf("%s: exit status %d\n%s", name, r.status, r.stdout)
		}
	}
}

func TestAStopRuleFinishesATrial(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	args := []string{"run", tiny, "--store", store, "--addr", "off", "--set", "seeds=1", "--set", "train.stop.max_tokens=600"}
	const want = "at step 13 by the rule max_tokens: 624 tokens are trained, of at most 600"
	r := inkstone(t, args...)
	if r.status != 0 || !strings.Contains(r.stderr, want) {
		t.Fatalf("exit status %d, standard error:\n%s", r.status, r.stderr)
	}
	show := mustRun(t, "show", "tiny/baseline/1", "--store", store)
	for _, line := range []string{"status", "ended"} {
		if !strings.Contains(show, line) {
			t.Errorf("show lacks %q:\n%s", line, show)
		}
	}
	if !strings.Contains(show, want) || strings.Contains(show, "error") {
		t.Errorf("show says\n%s", show)
	}
	if log := mustRun(t, "log", "tiny/baseline/1", "--store", store); !strings.Contains(log, "step 13 is the last one: max_tokens") {
		t.Errorf("the log says\n%s", log)
	}
	if csv := mustRun(t, "points", "tiny/baseline/1", "val/loss", "--store", store); !strings.Contains(csv, "\n13,") {
		t.Errorf("the last step was not validated:\n%s", csv)
	}
	if again := inkstone(t, args...); again.status != 0 || strings.Contains(again.stderr, "started") {
		t.Errorf("the same command again: exit status %d, standard error:\n%s", again.status, again.stderr)
	}
}
