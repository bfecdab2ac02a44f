package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Stretch is consecutive points of one series, in the order of recording: either all of them count, or all are superseded.
type Stretch struct {
	Metric, Context string
	Superseded      bool
	// Batches tell which batches the points came with.
	Batches []BatchPart
	Steps   []int64
	Times   []int64 // Unix microseconds
	Values  []float64
}

// BatchPart is some consecutive points of a batch.
type BatchPart struct {
	Attempt  int
	Sequence int64
	Points   int
}

func (c *columns) stretch(name seriesName, superseded bool) Stretch {
	s := Stretch{name.metric, name.context, superseded, make([]BatchPart, len(c.origins)), c.steps, c.times, c.values}
	for i, o := range c.origins {
		s.Batches[i] = BatchPart{o.attempt, o.sequence, o.count}
	}
	return s
}

// CaptureRecord is a complete capture without its values; superseded ones are captures, too.
type CaptureRecord struct {
	// Number counts the captures of a run, from 0, in the order of recording.
	Number   int         `json:"capture"`
	Attempt  int         `json:"attempt"`
	Sequence int64       `json:"sequence"` // the last batch before it
	Kind     CaptureKind `json:"kind"`
	Name     string      `json:"name"`
	Context  string      `json:"context,omitempty"`
	Step     int64       `json:"step"`
	Layers   int         `json:"layers"`
	Heads    int         `json:"heads"`
	Queries  int         `json:"queries"`
	Keys     int         `json:"keys"`
	DType    DType       `json:"dtype"`
	Error    Value       `json:"error"`
	Tokens   []string    `json:"tokens,omitempty"`
	Edges    []Value     `json:"edges,omitempty"`
}

// HeadRecord is one head of a capture.
type HeadRecord struct {
	Layer, Head int
	// Data is the values as they are stored, little-endian (see DType): of f32 and f16 the values; of u8 the least value and the
	// distance of the levels of each row, both f32, then a byte per value.
	Data []byte
	// Thumbnail is the picture of an attention map's head; other captures have none.
	Thumbnail []byte
}

// TextRecord is a text sample; superseded ones are text samples, too.
type TextRecord struct {
	Attempt  int      `json:"attempt"`
	Sequence int64    `json:"sequence"` // the last batch before it
	Name     string   `json:"name"`
	Step     int64    `json:"step"`
	Time     int64    `json:"time_us"` // Unix microseconds; 0: none
	Prompt   Verbatim `json:"prompt"`
	Output   Verbatim `json:"output"`
	Settings RawJSON  `json:"settings"`
}

// Receiver gets what is large of a run. Nothing that it gets may be kept after it returns.
type Receiver interface {
	Points(ctx context.Context, s Stretch) error
	Head(ctx context.Context, c *CaptureRecord, h HeadRecord) error
	Text(ctx context.Context, t TextRecord) error
}

// Content is where a run's points, captures and texts come from. Send hands them over in this order: the points, series after
// series in the order of the run's record, of each those that count first; the heads of each capture, layer after layer; the
// texts in the order of recording.
type Content interface {
	Send(ctx context.Context, to Receiver) error
}

// Transfer hands a run's content on to a receiver (nil for none), refuses with ErrInvalid what does not fit the run's record,
// and returns the digest of both: the SHA-256, in hex, of all there is to know of the run. Runs with the same digest are the
// same, in whatever store or archive they lie.
func Transfer(ctx context.Context, r RunRecord, from Content, to Receiver) (digest string, err error) {
	x := &inspection{run: r, to: to, hash: sha256.New()}
	if err = x.begin(); err == nil {
		err = from.Send(ctx, x)
	}
	if err == nil {
		err = x.finish()
	}
	if err != nil {
		return "", fmt.Errorf("transfer run %.80s: %w", r.ID, err)
	}
	return hex.EncodeToString(x.hash.Sum(nil)), nil
}
