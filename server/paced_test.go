package server

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestPacedWorksOnceForAll has twenty ask again and again while the store changes.
func TestPacedWorksOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took = 20 * time.Millisecond
		var store, made atomic.Int64
		p := newPaced[int64]()
		version := func(context.Context) (int64, error) { return store.Load(), nil }
		create := func(context.Context) (int64, error) {
			v := store.Load()
			time.Sleep(took)
			made.Add(1)
			return v, nil
		}
		get := func() int64 {
			v, err := p.get(t.Context(), version, create)
			if err != nil {
				t.Error(err)
			}
			return v
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 10 {
					asked := store.Load()
					if v := get(); v < asked {
						t.Errorf("got version %d, asked for at %d", v, asked)
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		began := time.Now()
		for time.Since(began) < 3*time.Second {
			time.Sleep(10 * time.Millisecond)
			store.Add(1)
		}
		all.Wait()
		if spent, most := time.Duration(made.Load())*took, time.Since(began)/restTimes; spent > most {
			t.Errorf("making took %v of %v, want %v or less", spent, time.Since(began), most)
		}
		n := made.Load()
		for range 3 {
			get()
		}
		if made.Load() > n+1 {
			t.Errorf("it was made %d times for an unchanged store", made.Load()-n)
		}
	})
}

func TestWhoWaitsForPacedMayGo(t *testing.T) {
	p := newPaced[int]()
	p.lock <- struct{}{} // somebody makes it
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.get(ctx, nil, nil); err == nil {
		t.Error("who left got a value")
	}
}
