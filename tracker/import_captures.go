package tracker

import (
	"context"
	"database/sql"
)

// arrivingCapture is a capture whose heads come.
type arrivingCapture struct {
	CaptureRecord
	id       int64
	heads    []HeadRecord // that wait, with their checksums
	bytes    int
	pictures []byte
}

// Head implements Receiver.
func (a *arriving) Head(ctx context.Context, c *CaptureRecord, h HeadRecord) error {
	if a.capture == nil || a.capture.Number != c.Number {
		if err := a.endCapture(ctx); err != nil {
			return err
		}
		if err := a.beginCapture(ctx, *c); err != nil {
			return err
		}
	}
	x := a.capture
	x.pictures = append(x.pictures, h.Thumbnail...)
	h.Data = withChecksum(append([]byte(nil), h.Data...))
	if x.heads, x.bytes = append(x.heads, h), x.bytes+len(h.Data); x.bytes < captureTransaction {
		return nil
	}
	return a.writeHeads(ctx)
}

func (a *arriving) beginCapture(ctx context.Context, c CaptureRecord) error {
	edges := make([]float64, len(c.Edges))
	for i, e := range c.Edges {
		edges[i] = float64(e)
	}
	a.capture = &arrivingCapture{CaptureRecord: c}
	return a.store.transact(ctx, func(tx *sql.Tx) error {
		row, err := tx.ExecContext(ctx, `INSERT INTO captures (run, attempt, sequence, kind, name, context, step, layers, heads, queries, keys, tokens, edges, dtype, error, complete)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, a.run.ID, c.Attempt, c.Sequence, c.Kind, c.Name, c.Context, c.Step, c.Layers, c.Heads, c.Queries, c.Keys,
			mustJSON(append([]string{}, c.Tokens...)), encodeEdges(edges), c.DType, float64(c.Error))
		if err != nil {
			return err
		}
		a.capture.id, err = row.LastInsertId()
		return err
	})
}

func (a *arriving) writeHeads(ctx context.Context) error {
	x := a.capture
	err := a.store.transact(ctx, func(tx *sql.Tx) error {
		for _, h := range x.heads {
			if _, err := tx.ExecContext(ctx, "INSERT INTO capture_heads (capture, layer, head, data) VALUES (?, ?, ?, ?)", x.id, h.Layer, h.Head, h.Data); err != nil {
				return err
			}
		}
		return nil
	})
	x.heads, x.bytes = nil, 0
	return err
}

// endCapture writes what waits of a capture, and marks it complete.
func (a *arriving) endCapture(ctx context.Context) error {
	if a.capture == nil {
		return nil
	}
	if err := a.writeHeads(ctx); err != nil {
		return err
	}
	var pictures []byte
	if a.capture.Kind == Attention {
		pictures = withChecksum(a.capture.pictures)
	}
	return a.store.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE captures SET complete = 1, thumbnails = ? WHERE id = ?", pictures, a.capture.id)
		return err
	})
}

// textTransaction is how many text samples are written at once.
const textTransaction = 64

// Text implements Receiver.
func (a *arriving) Text(ctx context.Context, t TextRecord) error {
	if a.texts = append(a.texts, t); len(a.texts) < textTransaction {
		return nil
	}
	return a.writeTexts(ctx)
}

func (a *arriving) writeTexts(ctx context.Context) error {
	err := a.store.transact(ctx, func(tx *sql.Tx) error {
		for _, t := range a.texts {
			if _, err := tx.ExecContext(ctx, `INSERT INTO texts (run, attempt, sequence, name, step, time, prompt, output, settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				a.run.ID, t.Attempt, t.Sequence, t.Name, t.Step, t.Time, t.Prompt, t.Output, t.Settings); err != nil {
				return err
			}
		}
		return nil
	})
	a.texts = nil
	return err
}
