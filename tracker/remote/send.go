package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

// sender delivers a journal's frames in order, from a place on.
type sender struct {
	folder  folder
	caller  *caller
	ledger  *ledger
	largest int           // bytes of a request
	giveUp  time.Duration // how long to try in vain; 0: for ever
	alive   func() []attemptKey

	at      place
	number  int // frames before it in its segment
	queue   []piece
	spoilt  bool // there is damage in the segment
	damaged bool // there is damage in the journal: batches may be missing
	beaten  time.Time
	kept    time.Time // when the cursor was
}

type attemptKey struct {
	run    string
	number int
}

const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
	// beatEvery is how often the server hears of a running attempt that has nothing to send, so that it is not taken for lost.
	beatEvery = 10 * time.Second
	// keepEvery is how often the cursor is written: an old one only has frames sent again.
	keepEvery = time.Second
)

// run delivers what is there up to limit, and goes on whenever more tells so, until ctx ends or something will never pass.
func (s *sender) run(ctx context.Context, limit func() place, more <-chan struct{}) {
	defer s.keep()
	for {
		err := s.drain(ctx, limit)
		if err == nil {
			err = s.beat(ctx)
		}
		if err != nil {
			if ctx.Err() == nil {
				s.ledger.trouble(err, true)
			}
			return
		}
		select {
		case <-more:
		case <-time.After(beatEvery):
		case <-ctx.Done():
			return
		}
	}
}

// drain delivers everything up to the limit.
func (s *sender) drain(ctx context.Context, limit func() place) error {
	for {
		if err := s.read(limit()); err != nil {
			return fmt.Errorf("read the journal %q: %w", string(s.folder), err)
		}
		if len(s.queue) == 0 {
			s.ledger.reach(s.at)
			return nil
		}
		g := s.group()
		if err := s.patiently(ctx, func() error { return s.deliver(ctx, g) }); err != nil {
			return err
		}
		s.pass(g)
		if err := s.beat(ctx); err != nil {
			return err
		}
	}
}

// read fills the queue, if it is empty, with the next pieces up to the limit.
func (s *sender) read(limit place) error {
	for len(s.queue) == 0 && s.at.before(limit) {
		live := s.at.Segment == limit.Segment
		data, err := readFrom(s.folder.segment(s.at.Segment), s.at.Offset)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if live {
			data = data[:min(len(data), limit.Offset-s.at.Offset)]
		}
		if len(data) > 0 {
			s.queue = pieces(data, s.at.Offset, s.number, false)
			return nil
		}
		if live {
			return fmt.Errorf("segment %s is shorter than what was written to it", segmentName(s.at.Segment))
		}
		if err := s.leave(); err != nil {
			return err
		}
	}
	return nil
}

func readFrom(path string, offset int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, int64(offset), max(info.Size()-int64(offset), 0)))
}

// leave goes on from a segment that is delivered to the next one.
func (s *sender) leave() error {
	segments, _, err := s.folder.segments()
	if err != nil {
		return err
	}
	next := slices.IndexFunc(segments, func(n int) bool { return n > s.at.Segment })
	if next < 0 {
		return fmt.Errorf("the segments behind %s are gone", segmentName(s.at.Segment))
	}
	if err := s.folder.retire(s.at.Segment, s.spoilt); err != nil {
		return err
	}
	s.at, s.number, s.spoilt = place{segments[next], 0}, 0, false
	return nil
}

// pass goes on behind a group.
func (s *sender) pass(g group) {
	bytes := 0
	for _, p := range g.pieces {
		s.at.Offset, s.number, bytes = p.offset+p.size, p.number, bytes+p.size
		s.spoilt = s.spoilt || p.damaged
	}
	s.queue = s.queue[len(g.pieces):]
	s.ledger.deliver(len(g.pieces), bytes, s.at)
	if time.Since(s.kept) >= keepEvery {
		s.keep()
	}
}

// keep writes the cursor. That it cannot be written, since the disk is full, must not keep the sender from making room.
func (s *sender) keep() {
	s.kept = time.Now()
	_ = s.folder.replace(cursorName, s.at, false)
}

// patiently tries again, with growing pauses, what fails for now.
func (s *sender) patiently(ctx context.Context, try func() error) error {
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case forever(err):
			return fmt.Errorf("deliver to %s: %w", s.caller.base, err)
		case s.giveUp > 0 && time.Since(began) > s.giveUp:
			return fmt.Errorf("deliver to %s, tried for %v: %w", s.caller.base, time.Since(began).Round(time.Second), err)
		}
		s.ledger.trouble(err, false)
		if err := rest(ctx, pause, err); err != nil {
			return err
		}
	}
}

// rest waits for half to all of a pause, so that many clients do not come back at once; and as long as the server asked for.
func rest(ctx context.Context, pause time.Duration, failed error) error {
	if r := new(refusal); errors.As(failed, &r) && r.after > 0 {
		pause = max(pause, 2*r.after)
	}
	select {
	case <-time.After(pause/2 + rand.N(pause/2)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// beat has the server hear of attempts that are alive. That it cannot right now is no failure.
func (s *sender) beat(ctx context.Context) error {
	if time.Since(s.beaten) < beatEvery {
		return nil
	}
	s.beaten = time.Now()
	for _, a := range s.alive() {
		if err := s.caller.batches(ctx, a.run, a.number, nil, 0); err != nil {
			if forever(err) {
				return fmt.Errorf("tell %s that attempt %d of run %s is alive: %w", s.caller.base, a.number, a.run, err)
			}
			s.ledger.trouble(err, false)
		}
	}
	return nil
}

// tidy removes the last segment when all of it is delivered.
func (s *sender) tidy() error {
	segments, _, err := s.folder.segments()
	for _, n := range segments {
		err = errors.Join(err, s.folder.retire(n, n == s.at.Segment && s.spoilt))
	}
	return err
}
