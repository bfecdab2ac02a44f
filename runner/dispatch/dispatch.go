package dispatch

import (
	"context"
	"slices"
	"sync"
	"time"

	"inkstone/runner"
	"inkstone/runner/launch"
	"inkstone/tracker"
)

// Process is a started attempt, as launch.Process is one.
type Process interface {
	Beats() <-chan runner.Progress
	Stop(grace time.Duration)
	Kill()
	Wait() error
}

// Store is what the dispatcher needs of the store.
type Store interface {
	Run(ctx context.Context, ref string) (tracker.Run, error)
	RunLocked(id string) bool
	LogPath(id string, attempt int) string
	Desired(ctx context.Context, scope tracker.Scope) (string, error)
	// Abandon ends a run whose attempt died without ending it.
	Abandon(ctx context.Context, run string, status tracker.Status, reason string) error
}

// Task is one run to execute.
type Task struct {
	Run, Experiment, Variant string
	Seed                     int64
	// Threads is the number of cores that an interrupted run was trained with, 0 for a new one: its bits depend on it.
	Threads int
}

// Limits end a process that hangs. Compile bounds the time in the phase "compile", Silence the time without a new step.
type Limits struct{ Compile, Silence time.Duration }

// Config is what Run works with.
type Config struct {
	Start func(launch.Request) (Process, error)
	// Args makes the process's arguments for a task.
	Args   func(Task) []string
	Store  Store
	Slots  int
	Cores  []int
	Limits Limits
	// Grace is how long a process that was asked to stop may take.
	Grace time.Duration
	// Report receives every event, one at a time.
	Report func(Event)
}

// Event tells what happened to a task.
type Event struct {
	Kind     Kind
	Slot     int
	Task     Task
	Attempt  int
	Progress runner.Progress
	Outcome  Outcome
}

// Kind is the kind of an event.
type Kind string

// The kinds of events.
const (
	Started    Kind = "started"
	Progressed Kind = "progress"
	Ended      Kind = "ended"
)

// Outcome is how a task ended. Status is empty where it was not started.
type Outcome struct {
	Task   Task
	Status tracker.Status
	Reason string
}

// Run executes the tasks in order, Slots at a time, and returns their outcomes in the same order. When ctx ends, running
// attempts are asked to stop and no other is started. A task that the store wants stopped ends or is not begun, and gets
// another turn once the others are done if the store wants it again by then.
func Run(ctx context.Context, cfg Config, tasks []Task) []Outcome {
	d := &dispatcher{Config: cfg, held: map[string]bool{}}
	outcomes := make([]Outcome, len(tasks))
	turn := make([]int, len(tasks))
	for i := range tasks {
		outcomes[i].Task, turn[i] = tasks[i], i
	}
	for len(turn) > 0 {
		d.take(ctx, turn, outcomes)
		turn = slices.DeleteFunc(turn, func(i int) bool { return !d.wantedAgain(ctx, tasks[i]) })
	}
	return outcomes
}

// take executes the tasks of one turn.
func (d *dispatcher) take(ctx context.Context, turn []int, outcomes []Outcome) {
	queue := make(chan int)
	var slots sync.WaitGroup
	for slot := range max(min(d.Slots, len(turn)), 1) {
		slots.Go(func() {
			for i := range queue {
				outcomes[i] = d.execute(ctx, slot, outcomes[i].Task)
			}
		})
	}
	for _, i := range turn {
		select {
		case queue <- i:
		case <-ctx.Done():
		}
	}
	close(queue)
	slots.Wait()
}

type dispatcher struct {
	Config
	mu   sync.Mutex
	held map[string]bool // runs that were stopped or not begun since the store wanted so
}

// hold notes that a task is stopped or not begun because the store wants so.
func (d *dispatcher) hold(task Task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held[task.Run] = true
}

// wantedAgain tells whether a task was held and is wanted now; it is held no longer.
func (d *dispatcher) wantedAgain(ctx context.Context, task Task) bool {
	d.mu.Lock()
	held := d.held[task.Run]
	delete(d.held, task.Run)
	d.mu.Unlock()
	return held && ctx.Err() == nil && !d.stopDesired(ctx, task)
}

func (d *dispatcher) report(e Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Report != nil {
		d.Report(e)
	}
}
