package live

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkstone/tracker"
)

// history is a store of nothing but events.
type history struct {
	mu      sync.Mutex
	events  []tracker.Event
	changed chan struct{}
}

func newHistory() *history { return &history{changed: make(chan struct{}, 1)} }

func (s *history) add(e tracker.Event) {
	s.mu.Lock()
	s.events = append(s.events, e)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *history) Version(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.events)), nil
}

func (s *history) Tail(_ context.Context, after int64) ([]tracker.Event, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if after > int64(len(s.events)) {
		return nil, int64(len(s.events)), tracker.ErrReset
	}
	return s.events[after:], int64(len(s.events)), nil
}

func (s *history) Follow(ctx context.Context, after int64, deliver func(tracker.News)) {
	for {
		if events, version, _ := s.Tail(ctx, after); version != after {
			deliver(tracker.News{Version: version, Events: events})
			after = version
		}
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
	}
}

// tailing is a figure whose one line grows by a knot with every update, which takes a while; every fifth is a new picture.
type tailing struct {
	mu      sync.Mutex
	updates int
	took    time.Duration
}

func (f *tailing) Open(key string) (Figure, error) {
	if key != "curves?experiment=e" {
		return nil, fmt.Errorf("no figure %q", key)
	}
	return f, nil
}

func (f *tailing) Concerns(e tracker.Event) (string, bool, bool) {
	return e.Run, false, e.Kind == "points"
}

func (f *tailing) Update(context.Context, []string, bool) (State, error) {
	time.Sleep(f.took)
	f.mu.Lock()
	defer f.mu.Unlock()
	s := State{Picture: int64(f.updates/5) * 5, Version: int64(f.updates), Place: []byte("{}"), Lines: make([][][]byte, 1)}
	for i := s.Picture; i < s.Version; i++ {
		s.Lines[0] = append(s.Lines[0], []byte(fmt.Sprintf("[%d,0,null,null,1]", i)))
	}
	f.updates++
	return s, nil
}

func (f *tailing) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.updates
}

// bubble runs a test of a hub in a time of its own.
func bubble(t *testing.T, took time.Duration, test func(h *Hub, s *history, f *tailing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, f := newHistory(), &tailing{took: took}
		h := New(s, f, &Budget{})
		test(h, s, f)
		h.Close()
	})
}

func join(t *testing.T, h *Hub) *Listener {
	t.Helper()
	l, err := h.Join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// heard are the messages that wait for a listener.
func heard(l *Listener) (all []string) {
	for {
		select {
		case text, open := <-l.C:
			if !open {
				return append(all, "closed")
			}
			all = append(all, string(text))
		default:
			return all
		}
	}
}

func TestEveryListenerHearsTheSameBytes(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, _ *tailing) {
		a, b := join(t, h), join(t, h)
		s.add(tracker.Event{Kind: "points", Run: "r", Values: map[string]tracker.Value{"loss": 2}})
		synctest.Wait()
		first, second := heard(a), heard(b)
		if len(first) != 1 || first[0] != second[0] || !strings.Contains(first[0], `"values":{"loss":2}`) {
			t.Errorf("heard %q and %q", first, second)
		}
	})
}

func TestASlowListenerIsDroppedAndOthersAreNot(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, _ *tailing) {
		slow, quick := join(t, h), join(t, h)
		n := 0
		for range waiting + 10 {
			s.add(tracker.Event{Kind: "run", Run: "r"})
			synctest.Wait()
			n += len(heard(quick))
		}
		late := heard(slow)
		if late[len(late)-1] != "closed" || len(late) != waiting+1 {
			t.Errorf("the slow one has %d messages, the last %q", len(late), late[len(late)-1])
		}
		if n != waiting+10 {
			t.Errorf("the quick one heard %d of %d", n, waiting+10)
		}
		missed, ok := h.Missed(t.Context(), waiting)
		var m Message
		if err := json.Unmarshal(missed, &m); err != nil || !ok || len(m.Events) != 10 || m.Version != waiting+10 {
			t.Errorf("coming back: %v, %s", err, missed)
		}
	})
}

func TestComingBackMissesNothingAndDoublesNothing(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, _ *tailing) {
		s.add(tracker.Event{Run: "1"})
		l := join(t, h)
		s.add(tracker.Event{Run: "2"})
		synctest.Wait()
		var m Message
		for _, text := range heard(l) {
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
		}
		h.Leave(l)
		s.add(tracker.Event{Run: "3"})
		if missed, ok := h.Missed(t.Context(), m.Version); !ok || strings.Contains(string(missed), `"run":"2"`) || !strings.Contains(string(missed), `"run":"3"`) {
			t.Errorf("after version %d: %s", m.Version, missed)
		}
		if _, ok := h.Missed(t.Context(), 3); ok {
			t.Error("there is news after the newest version")
		}
		if reset, _ := h.Missed(t.Context(), 99); !strings.Contains(string(reset), `"reset":true`) {
			t.Errorf("a version of another store: %s", reset)
		}
	})
}

func TestOneUpdateServesAllWhoWatch(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, f *tailing) {
		all := []*Listener{join(t, h), join(t, h), join(t, h)}
		for _, l := range all {
			h.Watch(l, []string{"curves?experiment=e", "pie?"})
		}
		synctest.Wait()
		if f.count() != 1 {
			t.Errorf("%d updates for three who begin to watch", f.count())
		}
		for _, l := range all {
			heard(l)
		}
		time.Sleep(time.Second)
		s.add(tracker.Event{Kind: "points", Run: "r"})
		synctest.Wait()
		if f.count() != 2 {
			t.Errorf("%d updates after one event", f.count())
		}
		for _, l := range all {
			got := heard(l)
			if want := `{"figure":"curves?experiment=e","picture":0,"version":1,"since":0,"lines":[[0,[0,0,null,null,1]]]}`; len(got) != 2 || got[1] != want {
				t.Errorf("heard %q, want %q", got, want)
			}
		}
	})
}

func TestOnlyTheDifferenceIsTold(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, _ *tailing) {
		l := join(t, h)
		h.Watch(l, []string{"curves?experiment=e"})
		var told []string
		for range 6 {
			synctest.Wait()
			for _, text := range heard(l) {
				if strings.HasPrefix(text, `{"figure"`) {
					told = append(told, text[strings.Index(text, `"picture"`):])
				}
			}
			time.Sleep(time.Second)
			s.add(tracker.Event{Kind: "points", Run: "r"})
		}
		want := []string{
			`"picture":0,"version":0,"place":{},"lines":[[0]]}`,
			`"picture":0,"version":1,"since":0,"lines":[[0,[0,0,null,null,1]]]}`,
			`"picture":0,"version":2,"since":1,"lines":[[1,[1,0,null,null,1]]]}`,
			`"picture":0,"version":3,"since":2,"lines":[[2,[2,0,null,null,1]]]}`,
			`"picture":0,"version":4,"since":3,"lines":[[3,[3,0,null,null,1]]]}`,
			`"picture":5,"version":5,"place":{},"lines":[[0]]}`,
		}
		if strings.Join(told, "\n") != strings.Join(want, "\n") {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestPaintingKeepsToItsShare(t *testing.T) {
	bubble(t, 20*time.Millisecond, func(h *Hub, s *history, f *tailing) {
		l := join(t, h)
		h.Watch(l, []string{"curves?experiment=e"})
		for range 1000 { // ten seconds with an event every ten milliseconds
			time.Sleep(10 * time.Millisecond)
			s.add(tracker.Event{Kind: "points", Run: "r"})
			synctest.Wait()
			heard(l)
		}
		if took := time.Duration(f.count()) * f.took; took > time.Second || took < time.Second/2 {
			t.Errorf("painting took %v of ten seconds, want at most a tenth and about %v", took, time.Duration(share*10*float64(time.Second)))
		}
	})
}

func TestNobodyWatchingCostsNothing(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, f *tailing) {
		l := join(t, h)
		h.Watch(l, []string{"curves?experiment=e"})
		synctest.Wait()
		h.Watch(l, nil)
		for range 5 {
			time.Sleep(time.Second)
			s.add(tracker.Event{Kind: "points", Run: "r"})
		}
		if f.count() != 1 {
			t.Errorf("%d updates of a figure that nobody watches", f.count())
		}
		h.Leave(l)
		if h.Listening() != 0 || h.stop != nil {
			t.Error("the hub follows the store for nobody")
		}
	})
}

func TestTheFarewellWaitsForListenersToGo(t *testing.T) {
	bubble(t, 0, func(h *Hub, s *history, _ *tailing) {
		l := join(t, h)
		go func() {
			for text := range l.C {
				if strings.Contains(string(text), `"ended":true`) {
					time.Sleep(300 * time.Millisecond) // it fetches the last state
					h.Leave(l)
				}
			}
		}()
		began := time.Now()
		h.Farewell(t.Context(), 2*time.Second)
		if took := time.Since(began); took < 300*time.Millisecond || took > 400*time.Millisecond {
			t.Errorf("the farewell took %v", took)
		}
		if _, err := h.Join(t.Context()); err == nil {
			t.Error("somebody may join after the farewell")
		}
	})
}
