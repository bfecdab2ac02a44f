package tracker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// takesLong skips a test among short ones, as the race detector runs: it takes long, and has little to do at once.
func takesLong(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes long, and has little to do at once")
	}
}

// benchJob makes the test program the helper of a benchmark: the variable has the job and its arguments.
const benchJob = "INKSTONE_BENCH_HELPER"

// helpForBench does a job: it opens the store, says that it is ready, waits for a line, works, and prints its answer as JSON.
// When the benchmark ends before, so does the helper.
func helpForBench(text string) error {
	args := strings.Split(text, "\t")
	lines := bufio.NewReader(os.Stdin)
	begin := func() {
		fmt.Println("ready")
		if _, err := lines.ReadString('\n'); err != nil {
			os.Exit(1)
		}
		go func() {
			_, _ = lines.ReadString('\n')
			os.Exit(1)
		}()
	}
	if args[0] == "open" {
		begin()
		return reply(openForBench(args[1]))
	}
	s, err := Open(args[1], Options{Attempt: args[0] == "write"})
	if err != nil {
		return err
	}
	begin()
	if args[0] == "write" {
		return reply(writeForBench(s, args[2]))
	}
	return reply(collectForBench(s, args[2:]))
}

func reply(answer any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// helper is a process that measures something for a benchmark.
type helper struct {
	b   *testing.B
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startHelper starts the helper of a job, and returns when it is ready.
func startHelper(b *testing.B, job ...string) *helper {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchJob+"="+strings.Join(job, "\t"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	h := &helper{b, cmd, in, bufio.NewReader(out)}
	if _, err := h.out.ReadString('\n'); err != nil {
		b.Fatalf("the helper %s died: %v", job[0], err)
	}
	return h
}

// answer lets the helper begin, and reads what it found.
func (h *helper) answer(to any) {
	if _, err := io.WriteString(h.in, "begin\n"); err != nil {
		h.b.Error(err)
	}
	if err := json.NewDecoder(h.out).Decode(to); err != nil {
		h.b.Errorf("the answer of a helper: %v", err)
	}
	if err := h.cmd.Wait(); err != nil {
		h.b.Error(err)
	}
}

// memory reads a field of this process's status, as VmRSS, in bytes.
func memory(field string) (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			var kib int64
			_, err := fmt.Sscan(rest, &kib)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no %s", field)
}
