package launch

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner"
)

// TestMain lets the test binary play the attempt.
func TestMain(m *testing.M) {
	switch os.Getenv("LAUNCH_TEST") {
	case "attempt":
		playAttempt()
	case "parent":
		playParent()
	default:
		os.Exit(m.Run())
	}
}

// playAttempt beats until it is asked to stop, or hangs.
func playAttempt() {
	os.Stdout.WriteString("cpus " + os.Getenv("INKSTONE_CPUS") + " threads " + os.Getenv("GOMAXPROCS") + " seen " + strconv.Itoa(len(Cores())) + " memory " + os.Getenv("GLIBC_TUNABLES") + "\n")
	orphaned := make(chan struct{})
	link := Attach(100*time.Millisecond, func() { close(orphaned) })
	for step := 1; step <= 3; step++ {
		link.Report(runner.Progress{Phase: "train", Step: step, MaxSteps: 3})
	}
	if os.Getenv("LAUNCH_HANG") != "" {
		signal.Ignore(syscall.SIGTERM)
		<-orphaned // whose notice does not end it either: only the kill after grace does
		select {}
	}
	link.Close()
}

// playParent starts an attempt that hangs, names it, and waits to be killed.
func playParent() {
	p, err := Local{Executable: os.Args[0], Env: []string{"LAUNCH_TEST=attempt", "LAUNCH_HANG=1"}}.Start(Request{Log: os.DevNull})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(strconv.Itoa(p.cmd.Process.Pid) + "\n")
	for range p.Beats() {
	}
}

func TestBeatsLogAndPinning(t *testing.T) {
	t.Setenv("GLIBC_TUNABLES", "") // restores what the next line takes away
	os.Unsetenv("GLIBC_TUNABLES")
	log := filepath.Join(t.TempDir(), "attempt-1.log")
	core := Cores()[0]
	p, err := Local{Executable: os.Args[0], Env: []string{"LAUNCH_TEST=attempt"}}.Start(Request{Log: log, CPUs: []int{core}})
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	for b := range p.Beats() {
		steps = append(steps, b.Step)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, steps); diff != "" {
		t.Errorf("beats (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(log)
	if want := "cpus " + strconv.Itoa(core) + " threads 1 seen 1 memory glibc.malloc.hugetlb=1:"; err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("got log %q, %v; want it to begin with %q", text, err, want)
	}
}

func TestAKilledParentLeavesNoOrphan(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "LAUNCH_TEST=parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	for i := 0; alive(child); i++ {
		if i > 1000 {
			_ = syscall.Kill(child, syscall.SIGKILL)
			t.Fatal("the child outlived its parent")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive tells whether a process runs; a dead one that nobody has reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

func TestStopKillsAfterGrace(t *testing.T) {
	p, err := Local{Executable: os.Args[0], Env: []string{"LAUNCH_TEST=attempt", "LAUNCH_HANG=1"}}.Start(Request{Log: os.DevNull})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Beats()
	go func() {
		for range p.Beats() {
		}
	}()
	p.Stop(50 * time.Millisecond)
	if err := p.Wait(); err == nil {
		t.Error("a killed process ended without an error")
	}
}

func TestShare(t *testing.T) {
	for name, c := range map[string]struct {
		cores []int
		slots int
		want  [][]int
	}{
		"two on two":       {[]int{0, 1}, 2, [][]int{{0}, {1}}},
		"one on two":       {[]int{0, 1}, 1, [][]int{{0, 1}}},
		"two on five":      {[]int{0, 1, 2, 3, 4}, 2, [][]int{{0, 1}, {2, 3}}},
		"more than cores":  {[]int{3, 7}, 3, [][]int{{3}, {7}, {3}}},
		"cores with gaps":  {[]int{2, 4, 6, 8}, 2, [][]int{{2, 4}, {6, 8}}},
		"a single core":    {[]int{5}, 1, [][]int{{5}}},
		"a core for three": {[]int{5}, 3, [][]int{{5}, {5}, {5}}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, want := range c.want {
				if diff := cmp.Diff(want, Share(c.cores, i, c.slots)); diff != "" {
					t.Errorf("slot %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}
