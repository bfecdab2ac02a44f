package dispatch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkstone/runner"
	"inkstone/runner/launch"
	"inkstone/tracker"
)

// fakeProcess beats as told and ends when its script does, or when it is stopped.
type fakeProcess struct {
	beats chan runner.Progress
	end   chan error
	gone  chan struct{} // closed at the end
	once  sync.Once
	store *fakeStore
	run   string
}

func (p *fakeProcess) Beats() <-chan runner.Progress { return p.beats }
func (p *fakeProcess) Wait() error                   { return <-p.end }
func (p *fakeProcess) Kill()                         { p.finish("", errors.New("signal: killed")) }

func (p *fakeProcess) Stop(time.Duration) {
	p.finish(tracker.Stopped, errors.New("exit status 1"))
}

// deafProcess ignores a request to stop, and is killed when its time is up.
type deafProcess struct{ *fakeProcess }

func (p deafProcess) Stop(grace time.Duration) { time.AfterFunc(grace, p.Kill) }

func deafen(cfg Config) Config {
	start := cfg.Start
	cfg.Start = func(r launch.Request) (Process, error) {
		p, err := start(r)
		return deafProcess{p.(*fakeProcess)}, err
	}
	return cfg
}

func (p *fakeProcess) finish(status tracker.Status, err error) {
	p.once.Do(func() {
		if status != "" {
			p.store.set(p.run, status, "")
		}
		p.end <- err
		close(p.gone)
	})
}

// beat sends progress while the process lives.
func (p *fakeProcess) beat(b runner.Progress) (alive bool) {
	select {
	case p.beats <- b:
		return true
	case <-p.gone:
		return false
	}
}

// play follows a script; the beats end with the process.
func (p *fakeProcess) play(script func(*fakeProcess)) {
	script(p)
	<-p.gone
	close(p.beats)
}

// fakeStore keeps the runs' statuses.
type fakeStore struct {
	mu      sync.Mutex
	runs    map[string]tracker.Run
	desired map[tracker.Scope]string
	locked  map[string]bool
}

func newFakeStore(ids ...string) *fakeStore {
	s := &fakeStore{runs: map[string]tracker.Run{}, desired: map[tracker.Scope]string{}, locked: map[string]bool{}}
	for _, id := range ids {
		s.runs[id] = tracker.Run{ID: id, Status: tracker.Planned}
	}
	return s
}

func (s *fakeStore) set(id string, status tracker.Status, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	r.Status, r.Error = status, reason
	s.runs[id] = r
}

func (s *fakeStore) begin(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	r.Status, r.Attempts = tracker.Running, append(r.Attempts, tracker.Attempt{Number: len(r.Attempts) + 1})
	s.runs[id] = r
}

func (s *fakeStore) Run(_ context.Context, id string) (tracker.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runs[id]
	if !ok {
		return r, tracker.ErrNotFound
	}
	return r, nil
}

func (s *fakeStore) RunLocked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locked[id]
}

func (s *fakeStore) LogPath(string, int) string { return "" }

func (s *fakeStore) Desired(_ context.Context, scope tracker.Scope) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.desired[scope], nil
}

func (s *fakeStore) Abandon(_ context.Context, run string, status tracker.Status, reason string) error {
	s.set(run, status, reason)
	return nil
}

// bench is one test's dispatcher: script says what each run's process does.
func bench(store *fakeStore, slots int, script map[string]func(*fakeProcess)) Config {
	return Config{
		Args:  func(t Task) []string { return []string{t.Run} },
		Store: store, Slots: slots, Cores: []int{0, 1}, Grace: 2 * time.Second,
		Limits: Limits{Compile: time.Minute, Silence: 5 * time.Minute},
		Start: func(r launch.Request) (Process, error) {
			id := r.Args[0]
			p := &fakeProcess{beats: make(chan runner.Progress), end: make(chan error, 1), gone: make(chan struct{}), store: store, run: id}
			store.begin(id)
			go p.play(script[id])
			return p, nil
		},
	}
}

func trains(p *fakeProcess) {
	for step := 1; step <= 3; step++ {
		time.Sleep(time.Second)
		p.beat(runner.Progress{Phase: "train", Step: step, MaxSteps: 3})
	}
	p.finish(tracker.Finished, nil)
}

func tasks(ids ...string) []Task {
	list := make([]Task, len(ids))
	for i, id := range ids {
		list[i] = Task{Run: id, Experiment: "e", Variant: id}
	}
	return list
}

func TestAFailureDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b", "c")
		cfg := bench(store, 2, map[string]func(*fakeProcess){
			"a": trains,
			"b": func(p *fakeProcess) { p.finish("", errors.New("exit status 2")) },
			"c": trains,
		})
		got := Run(t.Context(), cfg, tasks("a", "b", "c"))
		for i, want := range []tracker.Status{tracker.Finished, tracker.Failed, tracker.Finished} {
			if got[i].Status != want {
				t.Errorf("%s: got %q (%s), want %q", got[i].Task.Run, got[i].Status, got[i].Reason, want)
			}
		}
		if r, _ := store.Run(t.Context(), "b"); r.Status != tracker.Failed || r.Error == "" {
			t.Errorf("the dead run is recorded as %q, %q", r.Status, r.Error)
		}
	})
}

func TestAtMostSlotsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b", "c", "d")
		var mu sync.Mutex
		now, most := 0, 0
		count := func(p *fakeProcess) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			p.finish(tracker.Finished, nil)
		}
		Run(t.Context(), bench(store, 2, map[string]func(*fakeProcess){"a": count, "b": count, "c": count, "d": count}), tasks("a", "b", "c", "d"))
		if most != 2 {
			t.Errorf("got %d attempts at once, want 2", most)
		}
	})
}

func TestAStopEndsAllAndStartsNoMore(t *testing.T) {
	obedient := func(cfg Config) Config { return cfg }
	for name, hearing := range map[string]func(Config) Config{"obedient": obedient, "deaf": deafen} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newFakeStore("a", "b")
				hangs := func(*fakeProcess) {}
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(10*time.Second, func() { cancel(errors.New("stopped by interrupt")) })
				began := time.Now()
				cfg := hearing(bench(store, 1, map[string]func(*fakeProcess){"a": hangs, "b": hangs}))
				got := Run(ctx, cfg, tasks("a", "b"))
				if took := time.Since(began); took > 13*time.Second {
					t.Errorf("the stop took %v", took-10*time.Second)
				}
				if got[0].Status != tracker.Stopped {
					t.Errorf("got %q, want stopped", got[0].Status)
				}
				if r, _ := store.Run(t.Context(), "b"); got[1].Status != "" || len(r.Attempts) != 0 {
					t.Errorf("the second trial was started: %q", got[1].Status)
				}
			})
		})
	}
}

func TestADesiredStopEndsOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b")
		time.AfterFunc(3*time.Second, func() {
			store.mu.Lock()
			defer store.mu.Unlock()
			store.desired[tracker.Scope{Run: "a"}] = "stop"
		})
		got := Run(t.Context(), bench(store, 2, map[string]func(*fakeProcess){"a": func(*fakeProcess) {}, "b": trains}), tasks("a", "b"))
		if got[0].Status != tracker.Stopped || got[1].Status != tracker.Finished {
			t.Errorf("got %q and %q, want stopped and finished", got[0].Status, got[1].Status)
		}
	})
}

func (s *fakeStore) want(scope tracker.Scope, desired string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.desired[scope] = desired
}

func TestADesiredStopOfTheExperimentBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b")
		time.AfterFunc(3*time.Second, func() { store.want(tracker.Scope{Experiment: "e"}, "stop") })
		both := tasks("a", "b")
		for i := range both {
			both[i].Experiment = "e"
		}
		got := Run(t.Context(), bench(store, 1, map[string]func(*fakeProcess){"a": func(*fakeProcess) {}, "b": trains}), both)
		if got[0].Status != tracker.Stopped || got[1].Status != tracker.Stopped || got[1].Reason == "" {
			t.Errorf("got %+v, want both stopped, the second with a reason", got)
		}
		if r, _ := store.Run(t.Context(), "b"); len(r.Attempts) != 0 {
			t.Error("a trial was begun although the experiment is to stop")
		}
	})
}

func TestAStoppedTrialThatIsWantedAgainGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b")
		time.AfterFunc(1*time.Second, func() { store.want(tracker.Scope{Run: "a"}, "stop") })
		time.AfterFunc(3*time.Second, func() { store.want(tracker.Scope{Run: "a"}, "run") })
		turns := 0
		script := map[string]func(*fakeProcess){"b": func(p *fakeProcess) {
			time.Sleep(5 * time.Second)
			trains(p)
		}, "a": func(p *fakeProcess) {
			if turns++; turns == 2 {
				trains(p)
			}
		}}
		got := Run(t.Context(), bench(store, 2, script), tasks("a", "b"))
		if got[0].Status != tracker.Finished || got[1].Status != tracker.Finished || turns != 2 {
			t.Errorf("got %+v in %d turns, want both finished, the first in its second turn", got, turns)
		}
	})
}

func TestAHangIsEndedWithItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a")
		hangs := func(p *fakeProcess) {
			for p.beat(runner.Progress{Phase: "compile"}) { // it still beats
				time.Sleep(time.Second)
			}
		}
		got := Run(t.Context(), bench(store, 1, map[string]func(*fakeProcess){"a": hangs}), tasks("a"))
		if want := "compiling the graph took too long (1m1s, limit 1m0s)"; got[0].Status != tracker.Failed || got[0].Reason != want {
			t.Errorf("got %q, %q; want failed, %q", got[0].Status, got[0].Reason, want)
		}
	})
}

func TestARunHeldByAnotherProcessIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFakeStore("a", "b")
		store.locked["a"], store.locked["b"] = true, true
		time.AfterFunc(2*time.Second, func() {
			store.mu.Lock()
			defer store.mu.Unlock()
			store.locked["b"] = false // an orphan that ends
		})
		got := Run(t.Context(), bench(store, 2, map[string]func(*fakeProcess){"b": trains}), tasks("a", "b"))
		if got[0].Status != tracker.Failed || got[1].Status != tracker.Finished {
			t.Errorf("got %q (%s) and %q, want failed and finished", got[0].Status, got[0].Reason, got[1].Status)
		}
		if r, _ := store.Run(t.Context(), "a"); r.Status != tracker.Planned {
			t.Errorf("the other's run was marked %q", r.Status)
		}
	})
}
