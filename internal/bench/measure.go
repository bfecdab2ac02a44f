package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/perf/benchfmt"
)

// measure runs the benchmarks of one package after the other. A package that fails does not keep the others from running.
func (r *Report) measure(ctx context.Context, o Options, dir string, stderr io.Writer) error {
	packages, err := find(ctx, o)
	if err != nil {
		return err
	}
	p := &progress{out: stderr, count: o.Count}
	for _, b := range packages {
		p.total += len(b.names)
	}
	if p.total == 0 {
		return fmt.Errorf("no benchmark of %v matches %q", o.Packages, o.Run)
	}
	for _, b := range packages {
		p.pkg = b.short()
		err := r.measurePackage(ctx, o, b, dir, p)
		if ctx.Err() != nil {
			return errors.New("interrupted; what was measured until then is above")
		}
		if err != nil {
			fmt.Fprintf(stderr, "%s: %v\n", p.pkg, err)
			r.Failures = append(r.Failures, fmt.Sprintf("%s: %v", b.path, err))
		}
	}
	return nil
}

// measurePackage compiles the package's test program and runs it, with temporary files in dir.
func (r *Report) measurePackage(ctx context.Context, o Options, b benches, dir string, p *progress) error {
	program := filepath.Join(dir, "bench.test")
	fmt.Fprintf(p.out, "compiling the benchmarks of %s\n", p.pkg)
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, b.path).CombinedOutput(); err != nil {
		return fmt.Errorf("compile its tests: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, program, "-test.run=^$", "-test.v", "-test.benchmem", "-test.timeout=0",
		"-test.bench="+o.Run, fmt.Sprint("-test.count=", o.Count), "-test.benchtime="+o.Benchtime)
	cmd.Dir, cmd.Env, cmd.Stderr = b.dir, append(os.Environ(), "TMPDIR="+dir), p.out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := r.read(b.path, p.watch(out), p)
	return errors.Join(readErr, cmd.Wait())
}

// read takes what benchmarks print, as they print it.
func (r *Report) read(pkg string, out io.Reader, p *progress) error {
	results := benchfmt.NewReader(out, pkg)
	for results.Scan() {
		switch x := results.Result().(type) {
		case *benchfmt.Result:
			name := withoutProcs(x.Name)
			for _, v := range x.Values {
				r.add(pkg, name, v)
			}
			p.result(name, x)
		case *benchfmt.SyntaxError:
			return fmt.Errorf("a line of a benchmark cannot be read: %w", x)
		}
	}
	return results.Err()
}
