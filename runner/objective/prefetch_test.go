package objective

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Whatever the number of workers, and from whatever step: the batches are those of the steps alone.
func TestBatchesAreThoseOfTheirSteps(t *testing.T) {
	for name, spec := range specs(t) {
		t.Run(name, func(t *testing.T) {
			s := source(t, spec, 1)
			for _, workers := range []int{1, 2, 7} {
				for _, from := range []int{1, 6} {
					want := from
					for step, b := range s.Batches(t.Context(), from, workers) {
						if step != want {
							t.Fatalf("%d workers from %d: step %d, want %d", workers, from, step, want)
						}
						if d := cmp.Diff(s.Train(step), b); d != "" {
							t.Fatalf("%d workers: step %d (-alone +ahead):\n%s", workers, step, d)
						}
						if want++; want == from+9 {
							break
						}
					}
				}
			}
		})
	}
}

// The loop ends with its context, and leaves no goroutine behind, nor does one that is broken off.
func TestBatchesEnd(t *testing.T) {
	s := source(t, repeatsSpec(), 1)
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	steps := 0
	for step := range s.Batches(ctx, 1, 3) {
		if steps = step; step == 4 {
			cancel()
		}
	}
	if steps != 4 {
		t.Errorf("the last step is %d, want 4", steps)
	}
	for range s.Batches(t.Context(), 1, 3) {
		break
	}
	for range s.Batches(ctx, 1, 3) {
		t.Error("a batch after the end of the context")
	}
	for wait := 0; runtime.NumGoroutine() > before && wait < 100; wait++ {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left, of %d before", n, before)
	}
}

// Steps may repeat and go back, as after a reload, and go on when the context has ended.
func TestAheadFollowsAnyStep(t *testing.T) {
	s := source(t, textSpec(t, "infill"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ahead := s.Ahead(ctx, 2)
	defer ahead.Close()
	for i, step := range []int{3, 4, 5, 4, 5, 6, 6, 9, 10} {
		if i == 7 {
			cancel()
		}
		if d := cmp.Diff(s.Train(step), ahead.Train(step)); d != "" {
			t.Fatalf("step %d (-alone +ahead):\n%s", step, d)
		}
	}
}
