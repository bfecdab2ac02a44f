package tracker

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
)

// inspection is a receiver that checks what it gets against the run's record, hashes it, and hands it on.
type inspection struct {
	run  RunRecord
	to   Receiver
	hash hash.Hash

	series     int  // the place of the series whose points come, in the record; -1 before the first
	superseded bool // those of its points come that do not count
	at         position
	summary    Summary // of its points that count
	buffer     []byte

	capture CaptureRecord
	heads   int // of the capture, that came
	begun   bool
}

// begin checks the record and hashes it.
func (x *inspection) begin() error {
	if err := x.run.validate(); err != nil {
		return err
	}
	x.series = -1
	r := x.run
	r.Uses = nil
	return x.note("run", r)
}

// note hashes a value as JSON.
func (x *inspection) note(kind string, v any) error {
	text, err := encodeJSON(v)
	x.mark(kind, text)
	return err
}

// mark hashes something with its length, so that nothing can be taken for another.
func (x *inspection) mark(kind string, body []byte) {
	x.hash.Write(binary.AppendUvarint(append([]byte(kind), 0), uint64(len(body))))
	x.hash.Write(body)
}

// Points checks and hashes points.
func (x *inspection) Points(ctx context.Context, s Stretch) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := x.find(s); err != nil {
		return err
	}
	if len(s.Steps) != len(s.Times) || len(s.Steps) != len(s.Values) {
		return fmt.Errorf("%w: a stretch of %d steps, %d times and %d values", ErrInvalid, len(s.Steps), len(s.Times), len(s.Values))
	}
	if err := x.batches(s); err != nil {
		return fmt.Errorf("%s: %w", seriesName{s.Metric, s.Context}.label(), err)
	}
	if !s.Superseded {
		for i, step := range s.Steps {
			x.summary.add(step, s.Values[i])
		}
	}
	if x.to == nil {
		return nil
	}
	return x.to.Points(ctx, s)
}

// find goes on to the stretch's series: the same as before, or a later one.
func (x *inspection) find(s Stretch) error {
	name := seriesName{s.Metric, s.Context}
	if x.series >= 0 && x.series < len(x.run.Series) && x.run.Series[x.series].name() == name && (s.Superseded || !x.superseded) {
		if s.Superseded != x.superseded {
			x.phase(name, true)
		}
		return nil
	}
	for {
		if err := x.nextSeries(); err != nil {
			return err
		}
		if x.series == len(x.run.Series) {
			return fmt.Errorf("%w: points of %s, which the run's record does not name here", ErrInvalid, name.label())
		}
		if x.run.Series[x.series].name() == name {
			x.phase(name, s.Superseded)
			return nil
		}
	}
}

func (x *inspection) phase(name seriesName, superseded bool) {
	x.superseded, x.at = superseded, position{}
	kind := "points"
	if superseded {
		kind = "superseded"
	}
	x.mark(kind, []byte(name.metric+"\x00"+name.context))
}

// nextSeries ends a series: its points must be those that it was summarised as. Sums depend on the order of adding.
func (x *inspection) nextSeries() error {
	if x.series >= 0 {
		want := x.run.Series[x.series]
		got := x.summary
		got.Sum = float64(want.Sum)
		if !got.fits(want.summary()) {
			return fmt.Errorf("%w: %s is summarised as %+v, its points give %+v", ErrInvalid, want.name().label(), want, x.summary)
		}
	}
	x.series++
	x.summary = Summary{}
	return nil
}

// pointSize is what a point is hashed as.
const pointSize = 4 + 8 + 8 + 8 + 8

// batches checks where points came from, and hashes them.
func (x *inspection) batches(s Stretch) error {
	i := 0
	for _, b := range s.Batches {
		if b.Points < 1 || b.Points > len(s.Steps)-i {
			return fmt.Errorf("%w: %d points of a batch, %d are there", ErrInvalid, b.Points, len(s.Steps)-i)
		}
		at := position{b.Attempt, b.Sequence}
		if err := x.recorded(at); err != nil {
			return err
		}
		if kept := x.run.Attempts[b.Attempt-1].KeptSequence; at.compare(x.at) < 0 || s.Superseded != (kept != nil && b.Sequence > *kept) {
			return fmt.Errorf("%w: batch %d of attempt %d is out of order, or superseded and said not to be", ErrInvalid, b.Sequence, b.Attempt)
		}
		x.at = at
		for end := i + b.Points; i < end; i++ {
			x.buffer = binary.LittleEndian.AppendUint32(x.buffer, uint32(b.Attempt))
			x.buffer = binary.LittleEndian.AppendUint64(x.buffer, uint64(b.Sequence))
			x.buffer = binary.LittleEndian.AppendUint64(x.buffer, uint64(s.Steps[i]))
			x.buffer = binary.LittleEndian.AppendUint64(x.buffer, uint64(s.Times[i]))
			x.buffer = binary.LittleEndian.AppendUint64(x.buffer, math.Float64bits(s.Values[i]))
			if len(x.buffer) >= 1000*pointSize {
				x.flush()
			}
		}
	}
	x.flush()
	if i != len(s.Steps) {
		return fmt.Errorf("%w: batches of %d points for %d", ErrInvalid, i, len(s.Steps))
	}
	return nil
}

func (x *inspection) flush() {
	x.hash.Write(x.buffer)
	x.buffer = x.buffer[:0]
}

// recorded refuses batches that no attempt has.
func (x *inspection) recorded(at position) error {
	if at.attempt < 1 || at.attempt > len(x.run.Attempts) || at.sequence < 1 || at.sequence > x.run.Attempts[at.attempt-1].LastSequence {
		return fmt.Errorf("%w: batch %d of attempt %d, which the run's record does not name", ErrInvalid, at.sequence, at.attempt)
	}
	return nil
}

// finish checks that nothing is missing.
func (x *inspection) finish() error {
	for x.series < len(x.run.Series) {
		if err := x.nextSeries(); err != nil {
			return err
		}
	}
	return x.wholeCapture()
}
