package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"inkstone/internal/torch"
	"inkstone/runner/backend"
	"inkstone/runner/reference"
)

// pinnedFor, where it is set, has this program train model A for as long, beat by beat with others, and print its rate.
const pinnedFor = "RUNNER_TEST_PINNED_FOR"

// trainPinned trains for a while, once standard input says so, and prints tokens a second.
func trainPinned(length string) error {
	span, err := time.ParseDuration(length)
	if err != nil {
		return err
	}
	candidate, err := backend.Choose(context.Background(), string(backend.XLACPU), backend.Options{})
	if err != nil {
		return err
	}
	opened, err := backend.Open(candidate)
	if err != nil {
		return err
	}
	size := sizes[0]
	net, batches, err := newBenchNetwork(opened, size.model, size.rows, size.long)
	if err != nil {
		return err
	}
	steps := 0
	update := func() {
		steps++
		if _, _, wrong := net.update(batches[steps%len(batches)], steps); wrong != nil {
			err = wrong
		}
	}
	update() // compiles
	update()
	fmt.Println("ready")
	var line string
	if _, err := fmt.Scanln(&line); err != nil {
		return err
	}
	from, began := steps, time.Now()
	for err == nil && time.Since(began) < span {
		update()
	}
	fmt.Println(float64((steps-from)*size.rows*size.long) / time.Since(began).Seconds())
	return err
}

// BenchmarkSlots trains model A on one core, then twice at once on a core each: what a second slot adds.
func BenchmarkSlots(b *testing.B) {
	if out, err := exec.Command("nproc").Output(); err != nil || strings.TrimSpace(string(out)) == "1" {
		b.Skip("there is one core")
	}
	reference.XLA(b) // skips where there is none
	var ratios, alone []float64
	for b.Loop() {
		one := pinnedRates(b, "0")
		two := pinnedRates(b, "0", "1")
		alone, ratios = append(alone, one[0]), append(ratios, (two[0]+two[1])/one[0])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(torch.Median(alone), "tokens/s")
	b.ReportMetric(torch.Median(ratios), "x-one-slot")
}

// pinnedRates trains on the given cores at once, one process each.
func pinnedRates(b *testing.B, cores ...string) []float64 {
	b.Helper()
	processes := make([]*pinned, len(cores))
	for i, core := range cores {
		processes[i] = startPinned(b, core)
	}
	for _, p := range processes {
		p.read(b, new(string)) // ready
	}
	for _, p := range processes {
		fmt.Fprintln(p.in, "go")
	}
	rates := make([]float64, len(cores))
	for i, p := range processes {
		p.read(b, &rates[i])
		if err := p.cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	return rates
}

type pinned struct {
	cmd     *exec.Cmd
	in, out *os.File
}

func startPinned(b *testing.B, core string) *pinned {
	b.Helper()
	childIn, in, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("taskset", "-c", core, os.Args[0])
	cmd.Env = append(os.Environ(), pinnedFor+"=4s", "NPROC=1", "GOMAXPROCS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = childIn, childOut, os.Stderr
	if err := cmd.Start(); err != nil {
		b.Skipf("processes cannot be pinned to cores here: %v", err)
	}
	b.Cleanup(func() { in.Close(); out.Close() })
	childIn.Close()
	childOut.Close()
	return &pinned{cmd, in, out}
}

func (p *pinned) read(b *testing.B, value any) {
	b.Helper()
	if _, err := fmt.Fscanln(p.out, value); err != nil {
		b.Fatalf("a pinned process ended: %v", err)
	}
}
