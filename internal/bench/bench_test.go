package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
)

// fakeReport is what comes of testdata/output.txt on a machine that never was.
func fakeReport(t *testing.T) (*Report, string) {
	t.Helper()
	out, err := os.Open("testdata/output.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	r := &Report{Format: format, Began: time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC), Commit: "0123456789ab", Go: "go1.26.8",
		Options: Options{Run: ".", Packages: []string{"./..."}, Count: 3, Benchtime: "1s"},
		Machine: Machine{CPU: "AMD EPYC", Cores: 2, Memory: 24 << 30, Kernel: "6.18.44", OS: "linux", Arch: "amd64", FileSystem: "ext4", LoadBefore: .3},
		Sync:    Sync{4096, 500, 213.069, 306.5}}
	var told strings.Builder
	p := &progress{out: &told, pkg: "tracker", total: 6, count: 3}
	if err := r.read(engine, p.watch(out), p); err != nil {
		t.Fatal(err)
	}
	r.finish(t.Context())
	r.Seconds, r.Machine.LoadAfter = 12.5, 1.25
	return r, told.String()
}

func TestTables(t *testing.T) {
	r, told := fakeReport(t)
	var out strings.Builder
	r.printMachine(&out)
	r.printFigures(&out)
	golden.Check(t, "testdata/tables.txt", out.String())
	golden.Check(t, "testdata/progress.txt", told)
}

func TestTablesBesidePeers(t *testing.T) {
	r, _ := fakeReport(t)
	text, err := os.ReadFile("testdata/peer.json")
	if err != nil {
		t.Fatal(err)
	}
	peer, err := readPeer(append([]byte("a line of a script\n"), text...))
	if err != nil {
		t.Fatal(err)
	}
	r.Peers = []Peer{peer, {Peer: "chalk", Error: "run bench_chalk.py: exit status 1"}}
	var out strings.Builder
	r.printFigures(&out)
	_, tables, _ := strings.Cut(out.String(), "beside other trackers")
	golden.Check(t, "testdata/peers.txt", tables)
}

func TestJSON(t *testing.T) {
	r, _ := fakeReport(t)
	file := filepath.Join(t.TempDir(), "out.json")
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/report.json", string(text))
}

func TestALineThatCannotBeReadIsNamed(t *testing.T) {
	p := &progress{out: &strings.Builder{}}
	err := (&Report{}).read("pkg", p.watch(strings.NewReader("BenchmarkA-2 100 fast\n")), p)
	if err == nil || !strings.Contains(err.Error(), "pkg:1") {
		t.Errorf("got %v", err)
	}
}

// TestGoals compares the goals with the sources: a benchmark that was renamed would leave its goal without a figure.
func TestGoals(t *testing.T) {
	for _, g := range goals {
		files, err := filepath.Glob(filepath.Join("..", "..", strings.TrimPrefix(g.in, "inkstone/"), "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(g.in, len(files), err)
		}
		own, _, _ := strings.Cut(g.benchmark, "/")
		there := slices.ContainsFunc(files, func(file string) bool {
			names, err := namesIn(file)
			if err != nil {
				t.Fatal(err)
			}
			return slices.Contains(names, "Benchmark"+own)
		})
		if !there {
			t.Errorf("%s has no benchmark %s", g.in, own)
		}
	}
}

func TestGoalsAreReached(t *testing.T) {
	for _, c := range []struct {
		limit string
		below bool
		equal bool
		above bool
	}{{"<", true, false, false}, {"<=", true, true, false}, {">=", false, true, true}} {
		g := goal{limit: c.limit, value: 20}
		if got := []bool{g.reached(19.9), g.reached(20), g.reached(20.1)}; !cmp.Equal(got, []bool{c.below, c.equal, c.above}) {
			t.Errorf("%s 20: below, at and above it: %v", c.limit, got)
		}
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 3: "3", 0.00942: "0.00942", 4.854321: "4.854", 21.31: "21.31", 999.96: "1,000", 413227: "413,227", 1234567.8: "1,234,568", -1234: "-1,234", -123: "-123"} {
		if got := number(x); got != want {
			t.Errorf("%v: got %s, want %s", x, got, want)
		}
	}
}

// TestRun runs benchmarks for real: two that end, and one that fails.
func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	var out, told strings.Builder
	t.Setenv("INKSTONE_PEERS", "")
	err := run(t.Context(), []string{"-pkg", "./testdata/fake", "-run", "Quick|Fails", "-count", "2", "-benchtime", "3x", "-json", file}, &out, &told)
	if err == nil || !strings.Contains(told.String(), "it was to fail") {
		t.Errorf("a benchmark failed: got %v and\n%s", err, told.String())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	f := r.figure("inkstone/internal/bench/testdata/fake", "Quick/two", "letters")
	if f == nil || !cmp.Equal(f.Samples, []float64{3, 3}) || f.Median != 3 || len(r.Failures) != 1 || r.Sync.N == 0 || r.Machine.Cores == 0 {
		t.Errorf("got %s", text)
	}
	for _, want := range []string{"[1 of 2] internal/bench/testdata/fake: Quick/two (2 of 2)", "[2 of 2] internal/bench/testdata/fake: Fails"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q is missing in\n%s", want, told.String())
		}
	}
}

// canceller cancels when it reads a text.
type canceller struct {
	strings.Builder
	text   string
	cancel context.CancelFunc
}

func (c *canceller) Write(p []byte) (int, error) {
	n, err := c.Builder.Write(p)
	if strings.Contains(c.String(), c.text) {
		c.cancel()
	}
	return n, err
}

func TestInterruptedPrintsWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	told := &canceller{text: "Slow …", cancel: cancel}
	var out strings.Builder
	err := run(ctx, []string{"-pkg", "./testdata/fake", "-run", "Quick|Slow", "-count", "1", "-benchtime", "1x"}, &out, told)
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(out.String(), "Quick/two") || strings.Contains(out.String(), "Slow") {
		t.Errorf("got\n%s", out.String())
	}
}

func TestRunRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a pattern":      {[]string{"-run", "("}, "-run ("},
		"nothing":        {[]string{"-pkg", "./testdata/fake", "-run", "None"}, `no benchmark of [./testdata/fake] matches "None"`},
		"no such folder": {[]string{"-pkg", "./nowhere"}, "go list ./nowhere"},
	} {
		var out strings.Builder
		if err := run(t.Context(), c.args, &out, &out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
