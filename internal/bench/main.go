// Command bench measures: it runs the module's Go benchmarks and prints the machine, every figure with its goal, the store
// beside the naive schema, and, where it is told, beside other trackers.
//
//	go run ./internal/bench [-run REGEXP] [-pkg PATTERNS] [-count N] [-benchtime D] [-json FILE]
//
// The pipeline: look for packages with benchmarks (find.go), run each (measure.go), read what they print (figure.go), compare it
// with the goals (goal.go) and with others (ratio.go, peer.go), print (table.go). Ctrl-C ends it after printing what there is.
//
// With INKSTONE_PEERS naming a folder of scripts bench_NAME.py, the scripts run too, each with the Python of
// $PEERS_HOME/venv-NAME (default ~/.cache/inkstone-peers), which the folder's setup.sh makes.
//
// FILE gets everything as one JSON object. Its fields keep their names and meaning while format stays the same:
//
//	format       "inkstone-bench/1"
//	began        RFC 3339;  seconds: how long it took;  interrupted: true after Ctrl-C
//	commit       of the working tree, with -dirty where it has changes;  go: the toolchain
//	options      run, packages, count, benchtime: what was asked for
//	machine      cpu, cores, memory_bytes, kernel, os, arch, filesystem (of temporary files), load_before and load_after
//	             (the mean over a minute)
//	fsync        of temporary files: n appends of bytes, each with its fsync: median_us, p99_us
//	figures      [{package, benchmark, unit, samples, median, min, max, goal}]: a sample for each -count, in the unit that the
//	             benchmark reports; goal, where there is one: {limit: "<", "<=" or ">=", value, reached}, of the median
//	failures     ["…"]: benchmarks that failed
//	peers        [{peer, version, figures: [{what, case, unit, value}], error}]: what is ingest, chart or query
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// Options are what was asked for.
type Options struct {
	Run       string   `json:"run"`
	Packages  []string `json:"packages"`
	Count     int      `json:"count"`
	Benchtime string   `json:"benchtime"`
	file      string
	pattern   *regexp.Regexp // of the benchmarks' own names: what stands before the first slash
}

func parseOptions(args []string, stderr io.Writer) (Options, error) {
	var o Options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	packages := ""
	flags.StringVar(&o.Run, "run", ".", "run the benchmarks whose names match the `regexp`, as go test -bench does")
	flags.StringVar(&packages, "pkg", "./...", "package `patterns`, with spaces between them")
	flags.IntVar(&o.Count, "count", 5, "measure each benchmark `n` times")
	flags.StringVar(&o.Benchtime, "benchtime", "1s", "how long one measurement goes on: a `duration`, or times as 100x")
	flags.StringVar(&o.file, "json", "", "write everything to a `file` as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.Packages = strings.Fields(packages)
	own, _, _ := strings.Cut(o.Run, "/")
	var err error
	if o.pattern, err = regexp.Compile(own); err != nil {
		return o, fmt.Errorf("-run %s: %w", o.Run, err)
	}
	return o, nil
}

// run measures and prints. What was measured before an error or an interruption is printed, too.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "inkstone-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for temporary files: %w", err)
	}
	defer os.RemoveAll(dir)
	r := &Report{Format: format, Began: time.Now().Truncate(time.Second), Options: o}
	if r.Machine, r.Sync, err = lookAround(dir); err != nil {
		return err
	}
	r.Commit, r.Go = commit(ctx), goVersion()
	r.printMachine(stdout)
	err = r.measure(ctx, o, dir, stderr)
	if err == nil {
		r.Peers, err = measurePeers(ctx, os.Getenv("INKSTONE_PEERS"), stderr)
	}
	r.finish(ctx)
	r.printFigures(stdout)
	if o.file != "" {
		if writeErr := r.write(o.file); err == nil {
			err = writeErr
		}
	}
	if err == nil && len(r.Failures) > 0 {
		err = fmt.Errorf("%d of the packages failed; their output is above", len(r.Failures))
	}
	return err
}

// format names the form of the JSON.
const format = "inkstone-bench/1"

// Report is all that was found; the package's comment describes its JSON.
type Report struct {
	Format      string    `json:"format"`
	Began       time.Time `json:"began"`
	Seconds     float64   `json:"seconds"`
	Interrupted bool      `json:"interrupted"`
	Commit      string    `json:"commit"`
	Go          string    `json:"go"`
	Options     Options   `json:"options"`
	Machine     Machine   `json:"machine"`
	Sync        Sync      `json:"fsync"`
	Figures     []*Figure `json:"figures"`
	Failures    []string  `json:"failures"`
	Peers       []Peer    `json:"peers"`
}

// finish completes what is known only at the end.
func (r *Report) finish(ctx context.Context) {
	r.Seconds, r.Interrupted = time.Since(r.Began).Seconds(), ctx.Err() != nil
	r.Machine.LoadAfter = load()
	r.Figures, r.Failures, r.Peers = listed(r.Figures), listed(r.Failures), listed(r.Peers)
	for _, f := range r.Figures {
		f.summarise()
	}
}

// listed is [] in JSON where nothing is there.
func listed[T any](list []T) []T { return append([]T{}, list...) }

func (r *Report) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
