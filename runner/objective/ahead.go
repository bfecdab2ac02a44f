package objective

import (
	"context"
	"iter"
)

// Ahead gives the batches of Source.Train, built ahead as long as each step follows the one before; another one, as after a
// reload, begins anew. It is for one goroutine, which must close it.
type Ahead struct {
	source *Source
	begin  func(step int) iter.Seq2[int, Batch]
	next   func() (int, Batch, bool)
	stop   func()
	step   int // that next gives
}

// Ahead prepares to build batches ahead with so many workers. When the context has ended, each batch is built when it
// is asked for.
func (s *Source) Ahead(ctx context.Context, workers int) *Ahead {
	return &Ahead{source: s, begin: func(step int) iter.Seq2[int, Batch] { return s.Batches(ctx, step, workers) }}
}

// Train is Source.Train.
func (a *Ahead) Train(step int) Batch {
	if a.next == nil || step != a.step {
		a.Close()
		a.next, a.stop = iter.Pull2(a.begin(step))
	}
	a.step = step + 1
	if _, b, ok := a.next(); ok {
		return b
	}
	return a.source.Train(step)
}

// Close waits for the workers to end.
func (a *Ahead) Close() {
	if a.stop != nil {
		a.stop()
	}
}
