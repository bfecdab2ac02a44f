package server

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"inkstone/tracker"
)

// reached tells how far a run has come: the share of its spec's steps that have been recorded, 0 where the spec does not say
// how many there are.
func (s *Server) reached(ctx context.Context, run tracker.Run) (float64, error) {
	most := steps(run.Spec)
	if most == 0 {
		return 0, nil
	}
	last, err := s.Store.LastStep(ctx, run.ID)
	return math.Min(float64(last)/float64(most), 1), err
}

// steps is what a resolved spec says about the length of training, 0 where it says nothing.
func steps(spec json.RawMessage) int64 {
	var read struct {
		Train struct {
			MaxSteps int64 `json:"max_steps"`
		} `json:"train"`
	}
	_ = json.Unmarshal(spec, &read) // a spec of another kind says nothing
	return read.Train.MaxSteps
}

// worked is how long a run's attempts have trained; the time between them does not count.
func worked(run tracker.Run, now time.Time) (total time.Duration) {
	for _, a := range run.Attempts {
		end := a.Ended
		if end.IsZero() {
			end = now
		}
		total += max(end.Sub(a.Started), 0)
	}
	return total
}

// surest is the least share of a run from which its length is told; before it, start-up alone would decide.
const surest = 0.05

// timeLeft estimates when the last trial of a plan ends, if trials go on to be trained side by side as they are now. shares
// are how far running ones have come, by run. It is false while nothing runs, or nothing tells how long a trial takes.
func timeLeft(trials []tracker.Trial, shares map[string]float64, now time.Time) (time.Duration, bool) {
	lengths := lengthsOf(trials, shares, now)
	var all, longest time.Duration
	running := 0
	for _, t := range trials {
		whole, known := lengths.of(t.Variant)
		switch {
		case t.Run == nil || t.Run.Status == tracker.Planned:
			all += whole
		case t.Run.Status == tracker.Running:
			running++
			left := max(whole-worked(*t.Run, now), 0)
			if share := shares[t.Run.ID]; share >= surest {
				left = time.Duration(float64(worked(*t.Run, now)) * (1 - share) / share)
			}
			all += left
			longest = max(longest, left)
		default:
			continue
		}
		if !known {
			return 0, false
		}
	}
	if running == 0 {
		return 0, false
	}
	return max(all/time.Duration(running), longest), true
}

// lengths are the durations of whole trials, by variant; those of all variants lie under "".
type lengths map[string][]time.Duration

func lengthsOf(trials []tracker.Trial, shares map[string]float64, now time.Time) lengths {
	l := lengths{}
	for _, t := range trials {
		if t.Run == nil {
			continue
		}
		length := worked(*t.Run, now)
		switch share := shares[t.Run.ID]; {
		case t.Run.Status == tracker.Finished:
		case t.Run.Status == tracker.Running && share >= surest:
			length = time.Duration(float64(length) / share)
		default:
			continue
		}
		l[t.Variant] = append(l[t.Variant], length)
		l[""] = append(l[""], length)
	}
	return l
}

// of is the mean length of a variant's trials, or of all where that variant has none yet.
func (l lengths) of(variant string) (time.Duration, bool) {
	list := l[variant]
	if len(list) == 0 {
		list = l[""]
	}
	if len(list) == 0 {
		return 0, false
	}
	var sum time.Duration
	for _, d := range list {
		sum += d
	}
	return sum / time.Duration(len(list)), true
}

// roughly words an estimate without more precision than it has.
func roughly(d time.Duration) string {
	minutes := d.Minutes()
	switch {
	case minutes < 1:
		return "less than a minute"
	case minutes < 10:
		return fmt.Sprintf("about %.0f min", minutes)
	case minutes < 57.5:
		return fmt.Sprintf("about %.0f min", 5*math.Round(minutes/5))
	case minutes < 9.75*60:
		return fmt.Sprintf("about %g h", math.Round(minutes/30)/2)
	case minutes < 36*60:
		return fmt.Sprintf("about %.0f h", minutes/60)
	}
	return fmt.Sprintf("about %.0f days", minutes/60/24)
}
