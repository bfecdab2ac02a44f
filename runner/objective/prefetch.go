package objective

import (
	"context"
	"iter"
	"sync"
)

// Batches gives the training batches of the steps from one on, in order and without end, until ctx ends. Goroutines, as many as
// workers, build them ahead, at most twice as many as there are; the batches are those of Train, whatever their number. When the
// loop over the batches ends, however it ends, all goroutines have ended.
func (s *Source) Batches(ctx context.Context, from, workers int) iter.Seq2[int, Batch] {
	return func(yield func(int, Batch) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer cancel()
		awaited, work := make(chan order, 2*workers), make(chan order)
		group.Go(func() { announce(ctx, from, awaited, work) })
		for range workers {
			group.Go(func() { s.build(ctx, work) })
		}
		for ctx.Err() == nil {
			o, ok := receive(ctx, awaited)
			if !ok {
				return
			}
			if b, ok := receive(ctx, o.made); !ok || !yield(o.step, b) {
				return
			}
		}
	}
}

// order asks for a step's batch.
type order struct {
	step int
	made chan Batch // holds one
}

// announce orders one batch after the other, where they are awaited and where they are made.
func announce(ctx context.Context, from int, awaited, work chan<- order) {
	for step := from; ; step++ {
		o := order{step, make(chan Batch, 1)}
		for _, to := range []chan<- order{awaited, work} {
			select {
			case to <- o:
			case <-ctx.Done():
				return
			}
		}
	}
}

// build makes what is ordered.
func (s *Source) build(ctx context.Context, work <-chan order) {
	for {
		o, ok := receive(ctx, work)
		if !ok {
			return
		}
		o.made <- s.Train(o.step)
	}
}

// receive waits for a value as long as ctx lasts.
func receive[V any](ctx context.Context, from <-chan V) (v V, ok bool) {
	select {
	case v = <-from:
		return v, true
	case <-ctx.Done():
		return v, false
	}
}
