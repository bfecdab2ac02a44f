package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inkstone/runner/launch"
	"inkstone/tracker"
)

// orphanWait is how long a run may still be held by an attempt whose parent was killed a moment ago.
const orphanWait = 10 * time.Second

// execute runs one task to its end. The store is read and written with a context that survives the stop.
func (d *dispatcher) execute(ctx context.Context, slot int, task Task) Outcome {
	out := Outcome{Task: task}
	if ctx.Err() != nil {
		return out
	}
	if d.stopDesired(ctx, task) {
		d.hold(task)
		return d.end(slot, 0, out, tracker.Stopped, "not begun: it was stopped from a page of the dashboard")
	}
	keep := context.WithoutCancel(ctx)
	run, err := d.free(ctx, task)
	if err != nil {
		return d.end(slot, 0, out, tracker.Failed, err.Error())
	}
	attempt := len(run.Attempts) + 1
	process, err := d.Start(launch.Request{
		Args: d.Args(task), Log: d.Store.LogPath(run.ID, attempt), CPUs: d.cpus(slot, task),
	})
	if err != nil {
		return d.end(slot, attempt, out, tracker.Failed, err.Error())
	}
	d.report(Event{Kind: Started, Slot: slot, Task: task, Attempt: attempt})
	end := d.follow(ctx, slot, attempt, task, process)
	status, reason := d.verdict(keep, run.ID, len(run.Attempts), end, process.Wait())
	return d.end(slot, attempt, out, status, reason)
}

// free waits until nothing holds the run.
func (d *dispatcher) free(ctx context.Context, task Task) (tracker.Run, error) {
	for waited := time.Duration(0); d.Store.RunLocked(task.Run); waited += 100 * time.Millisecond {
		if waited >= orphanWait {
			return tracker.Run{}, errors.New("another process is training this run; wait for it or stop it")
		}
		select {
		case <-ctx.Done():
			return tracker.Run{}, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return d.Store.Run(ctx, task.Run)
}

func (d *dispatcher) cpus(slot int, task Task) []int {
	slots := max(d.Slots, 1)
	if task.Threads > 0 && task.Threads <= len(d.Cores) {
		slots = max(len(d.Cores)/task.Threads, 1)
	}
	share := launch.Share(d.Cores, slot, slots)
	if task.Threads > 0 && task.Threads < len(share) {
		share = share[:task.Threads]
	}
	return share
}

// ending is what was done from here to end a process: it was asked to stop, or killed for a reason.
type ending struct {
	stopping bool
	killed   string
}

// follow forwards beats until the process has ended.
func (d *dispatcher) follow(ctx context.Context, slot, attempt int, task Task, p Process) (end ending) {
	watch := newWatch(d.Limits, time.Now())
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	done := ctx.Done()
	for {
		select {
		case progress, open := <-p.Beats():
			if !open {
				return end
			}
			watch.see(progress, time.Now())
			d.report(Event{Kind: Progressed, Slot: slot, Task: task, Attempt: attempt, Progress: progress})
		case <-done:
			done, end.stopping = nil, true
			p.Stop(d.Grace)
		case <-tick.C:
			if reason := watch.late(time.Now()); reason != "" && end.killed == "" {
				end.killed = reason
				p.Kill()
			}
			if !end.stopping && d.stopDesired(ctx, task) {
				end.stopping = true
				d.hold(task)
				p.Stop(d.Grace)
			}
		}
	}
}

func (d *dispatcher) stopDesired(ctx context.Context, task Task) bool {
	for _, scope := range []tracker.Scope{{Run: task.Run}, {Experiment: task.Experiment}} {
		if desired, err := d.Store.Desired(ctx, scope); err == nil && desired == "stop" {
			return true
		}
	}
	return false
}

// verdict reads how the run stands after its process has ended, and ends it where the process did not.
func (d *dispatcher) verdict(ctx context.Context, id string, attemptsBefore int, end ending, exit error) (tracker.Status, string) {
	run, err := d.Store.Run(ctx, id)
	if err != nil {
		return tracker.Failed, err.Error()
	}
	begun := len(run.Attempts) > attemptsBefore
	if begun && run.Status != tracker.Running && run.Status != tracker.Lost {
		return run.Status, run.Error
	}
	status, reason := tracker.Failed, end.killed
	switch {
	case end.killed != "":
	case end.stopping:
		status, reason = tracker.Stopped, "killed: it did not stop in time"
	case exit == nil:
		reason = "the attempt ended without recording how"
	default:
		reason = fmt.Sprintf("the attempt's process died (%v); its log says why: inkstone log %s", exit, id)
	}
	if err := d.Store.Abandon(ctx, id, status, reason); err != nil {
		reason += "; " + err.Error()
	}
	return status, reason
}

func (d *dispatcher) end(slot, attempt int, out Outcome, status tracker.Status, reason string) Outcome {
	out.Status, out.Reason = status, reason
	d.report(Event{Kind: Ended, Slot: slot, Task: out.Task, Attempt: attempt, Outcome: out})
	return out
}
