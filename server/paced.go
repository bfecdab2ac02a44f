package server

import (
	"context"
	"time"
)

// paced is something costly that many ask for at once: it is made once for all who wait, and anew with a pause that grows with
// its cost.
type paced[T any] struct {
	lock    chan struct{} // held while it is made
	value   T
	made    bool
	version int64     // of the store, before it was made
	began   time.Time // when it was made
	ended   time.Time
}

func newPaced[T any]() *paced[T] { return &paced[T]{lock: make(chan struct{}, 1)} }

// Between two makings lies restTimes as long as one took, at most mostRest.
const (
	restTimes = 10
	mostRest  = 2 * time.Second
)

// get is the value as it is now or a pause later. A value that began to be made after the call is new enough, however the store
// has changed since.
func (p *paced[T]) get(ctx context.Context, version func(context.Context) (int64, error), create func(context.Context) (T, error)) (T, error) {
	var none T
	asked := time.Now()
	select {
	case p.lock <- struct{}{}:
		defer func() { <-p.lock }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if p.made && p.began.After(asked) {
		return p.value, nil
	}
	now, err := version(ctx)
	if err != nil {
		return none, err
	}
	if p.made && p.version == now && time.Since(p.ended) < mostRest { // a page shows files and the time, too
		return p.value, nil
	}
	if p.made {
		rest := min(restTimes*p.ended.Sub(p.began), mostRest)
		select {
		case <-time.After(rest - time.Since(p.ended)):
		case <-ctx.Done():
			return none, ctx.Err()
		}
		if now, err = version(ctx); err != nil {
			return none, err
		}
	}
	began := time.Now()
	value, err := create(ctx)
	if err != nil {
		return none, err
	}
	p.value, p.made, p.version, p.began, p.ended = value, true, now, began, time.Now()
	return value, nil
}
