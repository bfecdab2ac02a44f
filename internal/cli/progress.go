package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"inkstone/runner/dispatch"
	"inkstone/tracker"
)

// progress shows a dispatch to a person: one line per event, and on a terminal, below them, one live line per running
// attempt and one for the whole. It is called from one goroutine at a time.
type progress struct {
	w         io.Writer
	live      bool
	color     bool
	width     int
	now       func() time.Time
	total     int // trials of the plan
	done      int // finished, failed or stopped ones, those of earlier sessions included
	started   time.Time
	firstDone int
	slots     map[int]dispatch.Event
	begun     map[int]time.Time
	ended     map[string]bool // runs that are counted as done
	drawn     int             // lines of the live region on the screen
	redrawn   time.Time
	result    func(run string) string
}

// newProgress follows a plan of total trials, of which done are finished already. result words what a finished run reached.
func newProgress(w io.Writer, total, done int, result func(run string) string) *progress {
	width, tty := terminal(w)
	return &progress{
		w: w, live: tty, color: tty && wantsColor(), width: width, now: time.Now, total: total, done: done,
		started: time.Now(), firstDone: done, slots: map[int]dispatch.Event{}, begun: map[int]time.Time{}, ended: map[string]bool{}, result: result,
	}
}

func (p *progress) event(e dispatch.Event) {
	switch e.Kind {
	case dispatch.Started:
		if p.ended[e.Task.Run] { // it was stopped, and is wanted again
			delete(p.ended, e.Task.Run)
			p.done--
		}
		p.slots[e.Slot], p.begun[e.Slot] = e, p.now()
		p.line(fmt.Sprintf("%s started%s", label(e.Task), attemptNote(e.Attempt)))
	case dispatch.Progressed:
		p.slots[e.Slot] = e
		p.redraw(false)
	case dispatch.Ended:
		delete(p.slots, e.Slot)
		p.ended[e.Task.Run] = true
		p.done++
		p.line(p.ending(e))
	}
}

func attemptNote(attempt int) string {
	if attempt <= 1 {
		return ""
	}
	return fmt.Sprintf(" (attempt %d)", attempt)
}

func label(t dispatch.Task) string { return fmt.Sprintf("%s, seed %d", t.Variant, t.Seed) }

func (p *progress) ending(e dispatch.Event) string {
	took := duration(p.now().Sub(p.begun[e.Slot]))
	head := fmt.Sprintf("[%d/%d] %s ", p.done, p.total, label(e.Task))
	if e.Attempt == 0 {
		return head + p.paint("33", string(e.Outcome.Status)) + ": " + e.Outcome.Reason
	}
	switch e.Outcome.Status {
	case tracker.Finished:
		early := ""
		if e.Outcome.Reason != "" {
			early = " " + e.Outcome.Reason
		}
		return head + p.paint("32", "finished") + " in " + took + early + p.result(e.Task.Run)
	case tracker.Stopped:
		return head + p.paint("33", "stopped") + " after " + took + ": " + e.Outcome.Reason
	}
	return head + p.paint("31", string(e.Outcome.Status)) + " after " + took + ": " + e.Outcome.Reason
}

func (p *progress) paint(code, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// line prints a lasting line above the live region.
func (p *progress) line(text string) {
	p.erase()
	fmt.Fprintln(p.w, text)
	p.redraw(true)
}

func (p *progress) erase() {
	if p.drawn > 0 {
		fmt.Fprintf(p.w, "\x1b[%dA\x1b[J", p.drawn)
		p.drawn = 0
	}
}

// redraw draws the live region, at most ten times a second.
func (p *progress) redraw(now bool) {
	if !p.live || (!now && p.now().Sub(p.redrawn) < 100*time.Millisecond) {
		return
	}
	p.redrawn = p.now()
	p.erase()
	var lines []string
	for slot := range 1 + maxKey(p.slots) {
		if e, ok := p.slots[slot]; ok {
			lines = append(lines, p.attemptLine(e))
		}
	}
	if len(lines) > 0 {
		lines = append(lines, p.totalLine())
	}
	for _, l := range lines {
		fmt.Fprintln(p.w, cut(l, p.width-1))
	}
	p.drawn = len(lines)
}

func maxKey(slots map[int]dispatch.Event) int {
	largest := -1
	for k := range slots {
		largest = max(largest, k)
	}
	return largest
}

func (p *progress) attemptLine(e dispatch.Event) string {
	at := e.Progress
	head := fmt.Sprintf("  %-24s ", label(e.Task))
	if at.Step == 0 || at.MaxSteps == 0 {
		phase := at.Phase
		if phase == "" {
			phase = "starting"
		}
		return head + phase
	}
	return head + fmt.Sprintf("%s %4d/%d  loss %-8.4g %6s tokens/s  %s left", gauge(at.Step, at.MaxSteps, 16), at.Step, at.MaxSteps,
		at.Loss, count(at.TokensPerSecond), duration(at.Remaining))
}

func (p *progress) totalLine() string {
	text := fmt.Sprintf("  %d of %d trials done", p.done, p.total)
	if n := p.done - p.firstDone; n > 0 {
		left := time.Duration(float64(p.now().Sub(p.started)) / float64(n) * float64(p.total-p.done))
		text += ", about " + duration(left) + " left"
	}
	return text
}

func gauge(done, total, width int) string {
	full := min(done*width/total, width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

func cut(s string, width int) string {
	if r := []rune(s); width > 0 && len(r) > width {
		return string(r[:width])
	}
	return s
}

// close leaves the last lines on the screen without a live region.
func (p *progress) close() { p.erase() }
