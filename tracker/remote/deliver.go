package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"inkstone/tracker"
)

// group is what goes in one request: batches of one attempt, or a single piece of another kind.
type group struct {
	pieces []piece
}

// group takes the next pieces of the queue that go together.
func (s *sender) group() group {
	first, size := s.queue[0], 0
	for i, p := range s.queue {
		size += p.size
		if i > 0 && (size > s.largest || !p.follows(first)) {
			return group{s.queue[:i]}
		}
	}
	return group{s.queue}
}

func (p piece) follows(first piece) bool {
	return p.known && first.known && p.Kind == Points && first.Kind == Points && p.Run == first.Run && p.Attempt == first.Attempt
}

// deliver sends a group.
func (s *sender) deliver(ctx context.Context, g group) error {
	first := g.pieces[0]
	for _, p := range g.pieces {
		if p.damaged {
			s.note(p)
		}
	}
	switch {
	case !first.known:
		return nil
	case first.Kind == Points:
		body, last, err := g.body()
		if err != nil {
			return err
		}
		return s.filling(ctx, first.Frame, first.Sequence, func() error {
			return s.caller.batches(ctx, first.Run, first.Attempt, body, last)
		})
	case first.damaged:
		return nil
	}
	path := attemptPath(first.Run, first.Attempt)
	switch first.Kind {
	case Declare:
		return s.caller.call(ctx, http.MethodPost, path+"/metrics", asJSON, first.Payload, &State{})
	case Ended:
		return s.filling(ctx, first.Frame, first.Sequence+1, func() error {
			return s.caller.call(ctx, http.MethodPost, path+"/end", asJSON, first.Payload, &State{})
		})
	}
	return fmt.Errorf("%w: frame %d of %s is of kind %d, which this version does not know", tracker.ErrInvalid, first.number, segmentName(s.at.Segment), first.Kind)
}

// note reports a damaged piece.
func (s *sender) note(p piece) {
	s.damaged = true
	s.ledger.damage(p.damage(segmentName(s.at.Segment)))
	if p.known {
		s.ledger.lose(p.Frame.String())
	}
}

// body joins batches for a request. In place of a damaged one goes an empty one.
func (g group) body() (body []byte, last int64, err error) {
	for _, p := range g.pieces {
		if p.damaged {
			if body, err = appendEmpty(body, p.Run, p.Attempt, p.Sequence); err != nil {
				return nil, 0, err
			}
		} else {
			body = append(body, p.bytes...)
		}
		last = max(last, p.Sequence)
	}
	return body, last, nil
}

func appendEmpty(body []byte, run string, attempt int, sequence int64) ([]byte, error) {
	return AppendFrame(body, Frame{Kind: Points, Run: run, Attempt: attempt, Sequence: sequence, Payload: tracker.EncodeSamples(nil)})
}

// filling sends what belongs behind the batch before next. If the server misses some of those since they are damaged in the
// journal, empty ones take their places, and it is sent again.
func (s *sender) filling(ctx context.Context, f Frame, next int64, send func() error) error {
	err := send()
	if !s.damaged || !errors.Is(err, tracker.ErrInvalid) {
		return err
	}
	state, stateErr := s.caller.state(ctx, f.Run, f.Attempt)
	if stateErr != nil {
		return stateErr
	}
	if missing := next - 1 - state.LastSequence; missing < 1 || missing > mostMissing {
		return err
	}
	var body []byte
	for sequence := state.LastSequence + 1; sequence < next; sequence++ {
		f.Kind, f.Sequence = Points, sequence
		s.ledger.lose(f.String())
		if body, err = appendEmpty(body, f.Run, f.Attempt, sequence); err != nil {
			return err
		}
	}
	if err := s.caller.batches(ctx, f.Run, f.Attempt, body, next-1); err != nil {
		return err
	}
	return send()
}

// mostMissing bounds how many empty batches fit in a request.
const mostMissing = MaxBody / (headerSize + 16 + sumSize)
