package server

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

// trialThat is a trial whose run has worked for a while.
func trialThat(variant string, status tracker.Status, worked time.Duration) tracker.Trial {
	if status == "" {
		return tracker.Trial{Variant: variant}
	}
	a := tracker.Attempt{Started: noon.Add(-worked)}
	if status != tracker.Running {
		a.Ended = noon
	}
	return tracker.Trial{Variant: variant, Run: &tracker.Run{ID: variant, Variant: variant, Status: status, Attempts: []tracker.Attempt{a}}}
}

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestTimeLeft(t *testing.T) {
	const minute = time.Minute
	for name, c := range map[string]struct {
		trials []tracker.Trial
		shares map[string]float64
		want   time.Duration
		known  bool
	}{
		"nothing runs":         {[]tracker.Trial{trialThat("a", tracker.Finished, minute), trialThat("a", "", 0)}, nil, 0, false},
		"nothing is known":     {[]tracker.Trial{trialThat("a", tracker.Running, minute), trialThat("a", "", 0)}, nil, 0, false},
		"by its own progress":  {[]tracker.Trial{trialThat("a", tracker.Running, minute)}, map[string]float64{"a": 0.25}, 3 * minute, true},
		"by others' durations": {[]tracker.Trial{trialThat("a", tracker.Finished, 4*minute), trialThat("b", tracker.Running, minute)}, nil, 3 * minute, true},
		"its variant's first": {[]tracker.Trial{
			trialThat("a", tracker.Finished, 10*minute), trialThat("b", tracker.Finished, 2*minute), trialThat("b", tracker.Running, minute),
		}, nil, minute, true},
		"what is planned comes after": {[]tracker.Trial{trialThat("a", tracker.Running, minute), trialThat("a", "", 0), trialThat("a", tracker.Planned, 0)}, map[string]float64{"a": 0.5}, 5 * minute, true},
		"side by side": {[]tracker.Trial{
			trialThat("a", tracker.Running, minute), trialThat("b", tracker.Running, minute), trialThat("a", "", 0), trialThat("b", "", 0),
		}, map[string]float64{"a": 0.5, "b": 0.5}, 3 * minute, true},
		"the longest counts": {[]tracker.Trial{trialThat("a", tracker.Running, minute), trialThat("b", tracker.Running, 9*minute)}, map[string]float64{"a": 0.5, "b": 0.5}, 9 * minute, true},
		"failed ones are over": {[]tracker.Trial{
			trialThat("a", tracker.Failed, minute), trialThat("b", tracker.Running, minute),
		}, map[string]float64{"b": 0.5}, minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, known := timeLeft(c.trials, c.shares, noon)
			if got != c.want || known != c.known {
				t.Errorf("got %v, %v; want %v, %v", got, known, c.want, c.known)
			}
		})
	}
}

func TestRoughly(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "less than a minute"}, {59 * time.Second, "less than a minute"}, {4*time.Minute + 10*time.Second, "about 4 min"},
		{13 * time.Minute, "about 15 min"}, {57 * time.Minute, "about 55 min"}, {80 * time.Minute, "about 1.5 h"}, {14 * time.Hour, "about 14 h"}, {75 * time.Hour, "about 3 days"},
	} {
		if got := roughly(c.d); got != c.want {
			t.Errorf("%v: got %q, want %q", c.d, got, c.want)
		}
	}
}

func TestTimeBetweenAttemptsDoesNotCount(t *testing.T) {
	run := tracker.Run{Attempts: []tracker.Attempt{
		{Started: noon.Add(-5 * time.Hour), Ended: noon.Add(-4 * time.Hour)}, {Started: noon.Add(-10 * time.Minute)},
	}}
	if got := worked(run, noon); got != 70*time.Minute {
		t.Errorf("got %v, want 1h10m", got)
	}
}

func TestSteps(t *testing.T) {
	for spec, want := range map[string]int64{`{"train": {"max_steps": 300}}`: 300, `{"train": {}}`: 0, `[]`: 0, ``: 0} {
		if got := steps(json.RawMessage(spec)); got != want {
			t.Errorf("%s: got %d, want %d", spec, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	b := bar{map[string]int{"finished": 2, "failed": 1, "planned": 1}, 4}
	if diff := cmp.Diff("2 of 4 finished, 1 failed, 1 planned", b.Words()); diff != "" {
		t.Error(diff)
	}
	want := []segment{{tracker.Finished, 0, 49.6}, {tracker.Failed, 50, 24.6}, {tracker.Planned, 75, 24.6}}
	if diff := cmp.Diff(want, b.Segments()); diff != "" {
		t.Error(diff)
	}
}
