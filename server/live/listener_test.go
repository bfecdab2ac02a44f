package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

// point adds a point of a run's loss, whose value is its step.
func (s *history) point(run string, step int64) {
	s.add(tracker.Event{
		Kind: "points", Experiment: "e", Run: run, Metrics: []string{"loss"},
		Values: map[string]tracker.Value{"loss": tracker.Value(step)},
	})
}

// ear is a browser: it keeps the runs of all events that it heard, with the last step.
type ear struct {
	t       *testing.T
	hub     *Hub
	l       *Listener
	version int64
	heard   []string
	resets  int
	ended   bool
}

func listen(t *testing.T, h *Hub, scope Scope, after int64) *ear {
	t.Helper()
	l, err := h.Join(t.Context(), scope, after)
	if err != nil {
		t.Fatal(err)
	}
	return &ear{t: t, hub: h, l: l, version: after}
}

// take reads what is in the queue. It is false when the queue was closed.
func (e *ear) take() bool {
	e.t.Helper()
	for {
		select {
		case text, open := <-e.l.C:
			if !open {
				return false
			}
			var m Message
			if err := json.Unmarshal(text, &m); err != nil {
				e.t.Fatal(err)
			}
			e.note(m)
		default:
			return true
		}
	}
}

func (e *ear) note(m Message) {
	e.version, e.ended = m.Version, e.ended || m.Ended
	if m.Reset {
		e.resets++
	}
	for _, x := range m.Events {
		e.heard = append(e.heard, fmt.Sprint(x.Run, x.Values["loss"]))
	}
}

func (e *ear) want(heard ...string) {
	e.t.Helper()
	if diff := cmp.Diff(heard, e.heard); diff != "" {
		e.t.Error(diff)
	}
}

// settle lets everything happen that is about to.
func settle() {
	time.Sleep(10 * pace)
	synctest.Wait()
}

func TestScopesHearWhatConcernsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		all, one, other := listen(t, h, Scope{}, 0), listen(t, h, Scope{Run: "a"}, 0), listen(t, h, Scope{Experiment: "f"}, 0)
		s.point("a", 1)
		settle()
		s.point("b", 1)
		s.point("b", 2)
		s.point("a", 2)
		settle()
		for _, e := range []*ear{all, one, other} {
			e.take()
		}
		all.want("a1", "b2", "a2")
		one.want("a1", "a2")
		other.want()
		h.Close()
	})
}

func TestASlowListenerIsLetGoAndMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		slow, quick := listen(t, h, Scope{}, 0), listen(t, h, Scope{}, 0)
		const points = 2 * waiting
		var want []string
		for step := range int64(points) {
			s.point("a", step)
			want = append(want, fmt.Sprint("a", step))
			settle()
			quick.take()
		}
		quick.want(want...)
		if slow.take() {
			t.Fatal("the slow listener is still there")
		}
		if n := len(slow.heard); n != waiting {
			t.Errorf("it heard %d messages before it was let go, want %d", n, waiting)
		}
		back := listen(t, h, Scope{}, slow.version)
		back.take()
		if last := slices.Concat(slow.heard, back.heard); last[len(last)-1] != want[points-1] || len(back.heard) != 1 {
			t.Errorf("back again it heard %q; want one event up to %s", back.heard, want[points-1])
		}
		h.Close()
	})
}

// A browser that comes and goes while points arrive hears of every run exactly once.
func TestAResumeMissesNothingAndDoublesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		stay := listen(t, h, Scope{}, 0)
		var want, heard []string
		version := int64(0)
		for i := range int64(60) {
			run := fmt.Sprintf("r%d-", i)
			s.point(run, i)
			want = append(want, fmt.Sprint(run, i))
			if i%4 != 0 { // it joins between a commit and its delivery
				continue
			}
			e := listen(t, h, Scope{}, version)
			if i%8 == 0 {
				settle()
			}
			e.take()
			h.Leave(e.l)
			e.take()
			version, heard = e.version, append(heard, e.heard...)
		}
		last := listen(t, h, Scope{}, version)
		settle()
		last.take()
		stay.take()
		stay.want(want...)
		if diff := cmp.Diff(want, append(heard, last.heard...)); diff != "" {
			t.Error(diff)
		}
		h.Close()
	})
}

func TestAPageThatIsAheadOfTheHubHearsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		first := listen(t, h, Scope{}, 0)
		settle()
		for i := range int64(4) {
			s.point(fmt.Sprintf("r%d-", i), i)
		}
		ahead := listen(t, h, Scope{}, 2) // of the store, before the delivery
		settle()
		first.take()
		ahead.take()
		first.want("r0-0", "r1-1", "r2-2", "r3-3")
		ahead.want("r2-2", "r3-3")
		h.Close()
	})
}

func TestWhatIsNoLongerKeptIsAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		for i := range int64(9) {
			s.point("a", i)
		}
		s.floor = 5
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		for _, after := range []int64{2, 1 << 40} {
			e := listen(t, h, Scope{}, after)
			e.take()
			if e.resets != 1 || e.version != 9 {
				t.Errorf("after %d: %d resets, version %d; want 1 and 9", after, e.resets, e.version)
			}
			s.point("b", 1)
			settle()
			e.take()
			e.want("b1")
			s.events = s.events[:9]
			h.Leave(e.l)
		}
		h.Close()
	})
}

func TestQuietListenersLearnHowFarTheStoreIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHistory()
		h := New(s, &tailing{}, &Budget{clock: wallTime})
		e := listen(t, h, Scope{Experiment: "other"}, 0)
		s.point("a", 1)
		settle()
		if e.take(); e.version != 0 {
			t.Errorf("version %d after a moment, want none yet", e.version)
		}
		time.Sleep(quiet)
		s.point("a", 2)
		settle()
		if e.take(); e.version != 2 || len(e.heard) != 0 {
			t.Errorf("version %d and %q, want 2 and no event", e.version, e.heard)
		}
		h.Close()
	})
}
