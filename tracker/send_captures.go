package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// sendCaptures reads the captures' rows, then head after head.
func (x stored) sendCaptures(ctx context.Context, to Receiver) error {
	ids, err := collect(ctx, x.store.read, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) },
		"SELECT id FROM captures WHERE run = ? AND complete = 1 ORDER BY id", x.run.ID)
	if err != nil {
		return err
	}
	number := 0
	for _, id := range ids {
		c, pictures, err := x.capture(ctx, id)
		if err != nil {
			return fmt.Errorf("capture %d: %w", id, err)
		}
		if c.Attempt > len(x.run.Attempts) {
			continue // of an attempt that began since
		}
		c.Number = number
		number++
		if err := x.sendHeads(ctx, to, id, &c, pictures); err != nil {
			return fmt.Errorf("capture %d: %w", id, err)
		}
	}
	return nil
}

func (x stored) capture(ctx context.Context, id int64) (c CaptureRecord, pictures []byte, err error) {
	var tokens string
	var edges, thumbnails []byte
	err = x.store.read.QueryRowContext(ctx, `SELECT attempt, sequence, kind, name, context, step, layers, heads, queries, keys, tokens, edges, dtype, error, thumbnails
		FROM captures WHERE id = ?`, id).Scan(&c.Attempt, &c.Sequence, &c.Kind, &c.Name, &c.Context, &c.Step, &c.Layers, &c.Heads, &c.Queries, &c.Keys,
		&tokens, &edges, &c.DType, (*float64)(&c.Error), &thumbnails)
	if err != nil {
		return c, nil, err
	}
	if err := json.Unmarshal([]byte(tokens), &c.Tokens); err != nil {
		return c, nil, err
	}
	if edges != nil {
		list, err := decodeEdges(edges)
		if err != nil {
			return c, nil, err
		}
		for _, e := range list {
			c.Edges = append(c.Edges, Value(e))
		}
	}
	if c.Kind != Attention {
		return c, nil, nil
	}
	t, err := CaptureInfo{Layers: c.Layers, Heads: c.Heads, Queries: c.Queries, Keys: c.Keys}.decodeThumbnails(thumbnails)
	return c, t.Cells, err
}

func (x stored) sendHeads(ctx context.Context, to Receiver, id int64, c *CaptureRecord, pictures []byte) error {
	size := len(pictures) / max(c.Layers*c.Heads, 1)
	for i := range c.Layers * c.Heads {
		h := HeadRecord{Layer: i / c.Heads, Head: i % c.Heads, Thumbnail: pictures[i*size : (i+1)*size]}
		var data []byte
		err := x.store.read.QueryRowContext(ctx, "SELECT data FROM capture_heads WHERE capture = ? AND layer = ? AND head = ?", id, h.Layer, h.Head).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("%w: it is missing", ErrInvalid)
		}
		if err == nil {
			h.Data, err = checked(data)
		}
		if err != nil {
			return fmt.Errorf("layer %d, head %d is damaged: %w", h.Layer, h.Head, err)
		}
		if err := to.Head(ctx, c, h); err != nil {
			return err
		}
	}
	return nil
}

// textPage is how many text samples are read at once.
const textPage = 16

func (x stored) sendTexts(ctx context.Context, to Receiver) error {
	type row struct {
		id int64
		TextRecord
	}
	for after := int64(0); ; {
		page, err := collect(ctx, x.store.read, func(rows *sql.Rows) (t row, err error) {
			return t, rows.Scan(&t.id, &t.Attempt, &t.Sequence, &t.Name, &t.Step, &t.Time, &t.Prompt, &t.Output, &t.Settings)
		}, "SELECT id, attempt, sequence, name, step, time, prompt, output, settings FROM texts WHERE run = ? AND id > ? ORDER BY id LIMIT ?", x.run.ID, after, textPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, t := range page {
			if after = t.id; t.Attempt > len(x.run.Attempts) {
				continue
			}
			if err := to.Text(ctx, t.TextRecord); err != nil {
				return err
			}
		}
	}
}
