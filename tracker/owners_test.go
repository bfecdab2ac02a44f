package tracker

import (
	"errors"
	"testing"
)

// TestTwoProcessesShareAStore has another process own the store, and a third write to it, while this one reads and writes.
func TestTwoProcessesShareAStore(t *testing.T) {
	owner := victims[len(victims)-1]
	if !owner.owner {
		t.Fatalf("%s is no owner", owner.name)
	}
	c := newCast(t, owner)
	if _, ok, err := c.store.LockOwner(); err != nil || ok {
		t.Errorf("a second owner: %v, %v", ok, err)
	}
	theirs := c.players[victims[0]].Runs[0]
	if _, err := c.store.BeginAttempt(t.Context(), theirs, AttemptInfo{}, nil); !errors.Is(err, ErrConflict) {
		t.Errorf("an attempt of a run that another process writes: got %v, want ErrConflict", err)
	}
	a := begin(t, c.store, addRun(t, c.store, "e", "here", 1, "d").ID, nil)
	for i := range int64(50) {
		put(t, c.store, a, i+1, at("loss", i, float64(i)))
	}
	if got := values(t, c.store, a.run, "loss"); len(got) != 50 {
		t.Errorf("%d points are there, want 50", len(got))
	}
	before, err := readCounts(c.store, theirs)
	if err != nil || len(before) == 0 {
		t.Fatalf("of the other process %d points are there, %v", len(before), err)
	}
	c.judge()
	c.kill(owner)
	release, ok, err := c.store.LockOwner()
	if err != nil || !ok {
		t.Fatalf("the owner is dead, and nobody may follow: %v, %v", ok, err)
	}
	release()
}
