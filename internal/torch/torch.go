// Package torch runs PyTorch beside a benchmark: a Python process that does the same work, in turns with Inkstone, so that the
// ratio of their speeds holds on whatever machine both run on.
//
// Start starts one of the scripts embedded here in the environment that scripts/torch.sh makes, and hands it its setup; Ask
// sends a line of JSON and waits for the answer. Benchmarks skip where there is no such environment.
package torch

import (
	"bufio"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	python, err := python()
	if err != nil {
		tb.Skip(err)
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

func python() (string, error) {
	peers := os.Getenv("PEERS_HOME")
	if peers == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		peers = filepath.Join(home, ".cache", "inkstone-peers")
	}
	path := filepath.Join(peers, "venv-torch", "bin", "python")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("there is no PyTorch to measure beside; scripts/torch.sh makes an environment (%w)", err)
	}
	return path, nil
}

func environment(without []string) []string {
	var list []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		keep := true
		for _, w := range without {
			keep = keep && name != w
		}
		if keep {
			list = append(list, v)
		}
	}
	return list
}
