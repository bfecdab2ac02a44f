// Package torch runs PyTorch beside a benchmark: a Python process that does the same work, in turns with Inkstone, so that the
// ratio of their speeds holds on whatever machine both run on.
//
// Start starts one of the scripts embedded here in the environment that scripts/torch.sh makes, and hands it its setup; Ask
// sends a line of JSON and waits for the answer. Benchmarks skip where there is no such environment. Turns holds the times of both.
package torch

import (
	"bufio"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"inkstone/internal/peers"
)

//go:embed train.py generate.py
var scripts embed.FS

// Process is a script at work.
type Process struct {
	tb  testing.TB
	in  io.WriteCloser
	out *bufio.Scanner
}

// Start runs a script, train.py or generate.py, and waits until it is ready. The script computes as its user would have it: it
// does not get the variables named in without, which the benchmark has set for itself.
func Start(tb testing.TB, script string, setup map[string]any, without ...string) *Process {
	tb.Helper()
	python, err := peers.Python("torch")
	if err != nil {
		tb.Skipf("there is no PyTorch to measure beside; scripts/torch.sh makes an environment (%v)", err)
	}
	text, err := scripts.ReadFile(script)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(python, "-c", string(text))
	cmd.Stderr = os.Stderr
	cmd.Env = environment(without)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = errors.Join(in.Close(), cmd.Wait()) })
	p := &Process{tb, in, bufio.NewScanner(out)}
	p.Ask(setup)
	return p
}

// Ask sends one line and reads the answer.
func (p *Process) Ask(question map[string]any) map[string]any {
	p.tb.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		p.tb.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.tb.Fatal(err)
	}
	if !p.out.Scan() {
		p.tb.Fatalf("the PyTorch process ended: %v", p.out.Err())
	}
	answer := map[string]any{}
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil {
		p.tb.Fatal(err)
	}
	return answer
}

func environment(without []string) []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(without, name)
	})
}
