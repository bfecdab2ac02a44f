package launch

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"inkstone/runner"
	"inkstone/runner/backend"
)

// livenessFD and beatFD are the child's file descriptors of the two pipes.
const (
	livenessFD = 3
	beatFD     = 4
	linkEnv    = "INKSTONE_LINK"
)

// Local starts attempts as processes of this machine.
type Local struct {
	// Executable and Args are the command; the request's arguments follow.
	Executable string
	Args       []string
	// Env is added to this process's environment.
	Env []string
}

// Request is one process to start.
type Request struct {
	Args []string
	// Log is the file that standard output and standard error are appended to.
	Log string
	// CPUs are the cores that the process and its threads are pinned to; none means all.
	CPUs []int
}

// Process is a started attempt.
type Process struct {
	cmd      *exec.Cmd
	liveness *os.File
	beats    chan runner.Progress
	done     chan struct{}
	err      error
	kill     sync.Once
}

// Start starts the process. The caller must receive from Beats until it is closed, and then call Wait.
func (l Local) Start(req Request) (*Process, error) {
	log, err := os.OpenFile(req.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the attempt's log: %w", err)
	}
	defer log.Close()
	childLiveness, liveness, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start attempt: %w", err)
	}
	defer childLiveness.Close()
	beats, childBeats, err := os.Pipe()
	if err != nil {
		liveness.Close()
		return nil, fmt.Errorf("start attempt: %w", err)
	}
	defer childBeats.Close()

	cmd := exec.Command(l.Executable, append(append([]string{}, l.Args...), req.Args...)...)
	cmd.Env = slices.Concat(os.Environ(), backend.Environment(), l.Env, []string{linkEnv + "=1"})
	if n := len(req.CPUs); n > 0 {
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+strconv.Itoa(n), "NPROC="+strconv.Itoa(n), "INKSTONE_CPUS="+joinInts(req.CPUs))
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{childLiveness, childBeats}
	if err := startPinned(cmd, req.CPUs); err != nil {
		liveness.Close()
		beats.Close()
		return nil, fmt.Errorf("start attempt %s: %w", l.Executable, err)
	}
	p := &Process{cmd: cmd, liveness: liveness, beats: make(chan runner.Progress, 16), done: make(chan struct{})}
	go p.follow(beats)
	return p, nil
}

// follow forwards the child's beats until its end of the pipe closes, then reaps it.
func (p *Process) follow(beats *os.File) {
	defer close(p.done)
	readBeats(beats, p.beats)
	beats.Close()
	close(p.beats)
	p.err = p.cmd.Wait()
	p.liveness.Close()
}

func readBeats(r io.Reader, out chan<- runner.Progress) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var b runner.Progress
		if json.Unmarshal(lines.Bytes(), &b) == nil {
			out <- b
		}
	}
}

// Beats is closed when the process has closed its end, as it does at its own end.
func (p *Process) Beats() <-chan runner.Progress { return p.beats }

// Stop asks the process to end after its current step, and kills it after grace.
func (p *Process) Stop(grace time.Duration) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	go func() {
		select {
		case <-p.done:
		case <-time.After(grace):
			p.Kill()
		}
	}()
}

// Kill ends the process at once.
func (p *Process) Kill() { p.kill.Do(func() { _ = p.cmd.Process.Kill() }) }

// Wait waits for the end and tells how the process ended: nil for exit status 0.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

func joinInts(values []int) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = strconv.Itoa(v)
	}
	return strings.Join(s, ",")
}
