package launch

import (
	"encoding/json"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"inkstone/runner"
)

// Link is the child's end of the two pipes. Without a parent (an attempt started by hand) it sends nothing.
type Link struct {
	beats *os.File

	mu   sync.Mutex
	last runner.Progress
	stop chan struct{}
	done sync.WaitGroup
}

// Linked tells whether this process was started by Local.
func Linked() bool { return os.Getenv(linkEnv) == "1" }

// Attach joins the parent, where there is one. When the parent has ended, orphaned is called, and after grace the
// process kills itself, since a backend may hang in native code that no cancellation reaches.
func Attach(grace time.Duration, orphaned func()) *Link {
	l := &Link{stop: make(chan struct{})}
	if !Linked() {
		return l
	}
	syscall.CloseOnExec(livenessFD)
	syscall.CloseOnExec(beatFD)
	l.beats = os.NewFile(beatFD, "beats")
	go watchParent(os.NewFile(livenessFD, "liveness"), grace, orphaned)
	l.done.Add(1)
	go l.repeat()
	return l
}

// watchParent waits for the pipe to close. It needs no end of its own: it lives as long as the process.
func watchParent(liveness io.Reader, grace time.Duration, orphaned func()) {
	_, _ = io.Copy(io.Discard, liveness)
	orphaned()
	time.Sleep(grace)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func (l *Link) repeat() {
	defer l.done.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			l.mu.Lock()
			l.send()
			l.mu.Unlock()
		}
	}
}

// Report sends progress to the parent; the last report is repeated every second as a sign of life.
func (l *Link) Report(p runner.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = p
	l.send()
}

func (l *Link) send() {
	if l.beats == nil {
		return
	}
	if line, err := json.Marshal(l.last); err == nil {
		_, _ = l.beats.Write(append(line, '\n'))
	}
}

// Close sends no more beats.
func (l *Link) Close() {
	close(l.stop)
	l.done.Wait()
}
