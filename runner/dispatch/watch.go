package dispatch

import (
	"fmt"
	"time"

	"inkstone/runner"
)

// watch knows when a process last made progress.
type watch struct {
	limits  Limits
	phase   string
	step    int
	changed time.Time
}

func newWatch(l Limits, now time.Time) *watch { return &watch{limits: l, changed: now} }

func (w *watch) see(p runner.Progress, now time.Time) {
	if p.Phase != w.phase || p.Step != w.step {
		w.phase, w.step, w.changed = p.Phase, p.Step, now
	}
}

// late says why the process must be ended, or nothing.
func (w *watch) late(now time.Time) string {
	limit, what := w.limits.Silence, fmt.Sprintf("no progress since step %d", w.step)
	if w.phase == "compile" {
		limit, what = w.limits.Compile, "compiling the graph took too long"
	}
	if idle := now.Sub(w.changed); limit > 0 && idle > limit {
		return fmt.Sprintf("%s (%s, limit %s)", what, idle.Round(time.Second), limit)
	}
	return ""
}
