package tracker

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// behind refuses what was recorded in no attempt, or behind a batch that is not there.
func (x *inspection) behind(attempt int, sequence int64) error {
	if attempt < 1 || attempt > len(x.run.Attempts) || sequence < 0 {
		return fmt.Errorf("%w: it comes behind batch %d of attempt %d, which the run's record does not name", ErrInvalid, sequence, attempt)
	}
	return nil
}

// Head checks and hashes a head of a capture.
func (x *inspection) Head(ctx context.Context, c *CaptureRecord, h HeadRecord) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if !x.begun || c.Number != x.capture.Number {
		if err := x.nextCapture(c); err != nil {
			return fmt.Errorf("capture %d: %w", c.Number, err)
		}
	}
	if err := x.head(h); err != nil {
		return fmt.Errorf("capture %d, layer %d, head %d: %w", c.Number, h.Layer, h.Head, err)
	}
	if x.to == nil {
		return nil
	}
	return x.to.Head(ctx, c, h)
}

func (x *inspection) nextCapture(c *CaptureRecord) error {
	if err := x.wholeCapture(); err != nil {
		return err
	}
	want := 0
	if x.begun {
		want = x.capture.Number + 1
	}
	if c.Number != want {
		return fmt.Errorf("%w: it comes as number %d", ErrInvalid, want)
	}
	x.capture, x.heads, x.begun = *c, 0, true
	if err := c.validate(); err != nil {
		return err
	}
	if err := x.behind(c.Attempt, c.Sequence); err != nil {
		return err
	}
	return x.note("capture", c)
}

// wholeCapture refuses a capture that lacks heads.
func (x *inspection) wholeCapture() error {
	if x.begun && x.heads != x.capture.Layers*x.capture.Heads {
		return fmt.Errorf("%w: capture %d has %d heads of %d", ErrInvalid, x.capture.Number, x.heads, x.capture.Layers*x.capture.Heads)
	}
	return nil
}

func (x *inspection) head(h HeadRecord) error {
	c := &x.capture
	if x.heads >= c.Layers*c.Heads || h.Layer != x.heads/c.Heads || h.Head != x.heads%c.Heads {
		return fmt.Errorf("%w: it is out of order", ErrInvalid)
	}
	x.heads++
	picture := 0
	if rows, columns := thumbnailShape(c.Queries, c.Keys); c.Kind == Attention {
		picture = rows * columns
	}
	if len(h.Data) != c.DType.bytes(c.Queries, c.Keys) || len(h.Thumbnail) != picture {
		return fmt.Errorf("%w: %d bytes and a picture of %d for %d×%d values of type %s", ErrInvalid, len(h.Data), len(h.Thumbnail), c.Queries, c.Keys, c.DType)
	}
	x.mark("head", h.Data)
	x.mark("thumbnail", h.Thumbnail)
	return nil
}

// validate refuses what cannot be a stored capture.
func (c *CaptureRecord) validate() error {
	size := 1
	for _, n := range []int{c.Layers, c.Heads, c.Queries, c.Keys} {
		if n < 1 || n > maxCaptureValues/size {
			return fmt.Errorf("%w: a shape of %d×%d×%d×%d", ErrInvalid, c.Layers, c.Heads, c.Queries, c.Keys)
		}
		size *= n
	}
	for _, name := range append([]string{c.Name, c.Context}, c.Tokens...) {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%w: the text %.80q is no UTF-8", ErrInvalid, name)
		}
	}
	edges := make([]float64, len(c.Edges))
	for i, e := range c.Edges {
		edges[i] = float64(e)
	}
	return Capture{Kind: c.Kind, DType: c.DType, Keys: c.Keys, Tokens: c.Tokens, Edges: edges}.validateKind()
}

// Text checks and hashes a text sample.
func (x *inspection) Text(ctx context.Context, t TextRecord) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	err := Text{Name: t.Name, Prompt: string(t.Prompt), Output: string(t.Output), Settings: json.RawMessage(t.Settings)}.validate()
	if err == nil && !utf8.ValidString(t.Name) {
		err = fmt.Errorf("%w: its name is no UTF-8", ErrInvalid)
	}
	if err == nil {
		err = x.behind(t.Attempt, t.Sequence)
	}
	if err != nil {
		return fmt.Errorf("text %.80q at step %d: %w", t.Name, t.Step, err)
	}
	if err := x.note("text", t); err != nil || x.to == nil {
		return err
	}
	return x.to.Text(ctx, t)
}
