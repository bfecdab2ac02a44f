package tracker

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// followed follows a store until the test ends, and hands over the news one by one.
func followed(t *testing.T, s *Store, after int64) <-chan News {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	news := make(chan News, 1000)
	var follower sync.WaitGroup
	follower.Go(func() { s.Follow(ctx, after, func(n News) { news <- n }) })
	t.Cleanup(func() { cancel(); follower.Wait() })
	return news
}

func TestFollowersHearEveryCommitOnceAndInOrder(t *testing.T) {
	s := newStore(t, Options{})
	other, err := Open(s.dir, Options{ReadOnly: true}) // as another process would
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	start, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	channels := []<-chan News{followed(t, s, start), followed(t, s, start), followed(t, other, start)}
	var want []Event
	for seed := range int64(20) {
		r := addRun(t, s, "e", "baseline", seed, "d")
		want = append(want, Event{Version: start + seed + 1, Kind: "run", Experiment: "e", Run: r.ID})
	}
	for i, news := range channels {
		var got []Event
		version := start
		for len(got) < len(want) {
			n := <-news
			if n.Reset || n.Version != version+int64(len(n.Events)) {
				t.Fatalf("follower %d: got %+v behind version %d", i, n, version)
			}
			got, version = append(got, n.Events...), n.Version
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("follower %d: %s", i, diff)
		}
	}
}

func TestFollowersHearOtherProcesses(t *testing.T) {
	if dir := os.Getenv("INKSTONE_TEST_WRITER"); dir != "" {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		addRun(t, s, "elsewhere", "baseline", 1, "d")
		s.Close()
		return
	}
	s := newStore(t, Options{})
	news := followed(t, s, 0)
	child := exec.Command(os.Args[0], "-test.run", "^TestFollowersHearOtherProcesses$")
	child.Env = append(os.Environ(), "INKSTONE_TEST_WRITER="+s.dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := <-news; len(n.Events) != 1 || n.Events[0].Experiment != "elsewhere" {
		t.Errorf("got %+v", n)
	}
}

func TestNobodyIsAskedWhileNobodyFollows(t *testing.T) {
	s := newStore(t, Options{})
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		var follower sync.WaitGroup
		heard := make(chan struct{}, 100)
		follower.Go(func() { s.Follow(ctx, 0, func(News) { heard <- struct{}{} }) })
		addRun(t, s, "e", "baseline", 1, "d")
		<-heard
		cancel()
		follower.Wait()
		select {
		case <-s.watch.stopped:
		default:
			t.Error("the poller goes on")
		}
	}
}

func TestFollowersOfALostPastAreTold(t *testing.T) {
	s := newStore(t, Options{})
	if n := <-followed(t, s, 99); !n.Reset || n.Version != 0 {
		t.Errorf("a cursor of another store: got %+v", n)
	}
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	if err := a.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	foldAll(t, s)
	n := <-followed(t, s, 1)
	if _, _, err := s.Tail(t.Context(), 1); !errors.Is(err, ErrReset) || !n.Reset {
		t.Errorf("a cursor from before the fold: got %+v, %v", n, err)
	}
}
