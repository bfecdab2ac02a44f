package tracker

import (
	"context"
	"database/sql"
	"fmt"
)

// thumbnailSide is the largest side of a thumbnail.
const thumbnailSide = 32

// Thumbnails are small pictures of all heads of an attention map, max-pooled: a strong weight is never lost.
type Thumbnails struct {
	Layers, Heads, Rows, Columns int
	// Cells are [layers, heads, rows, columns], 255 for a weight of 1.
	Cells []byte
}

// Head is one head's picture: [rows, columns].
func (t Thumbnails) Head(layer, head int) []byte {
	size := t.Rows * t.Columns
	at := (layer*t.Heads + head) * size
	return t.Cells[at : at+size]
}

func thumbnailShape(queries, keys int) (rows, columns int) {
	return min(queries, thumbnailSide), min(keys, thumbnailSide)
}

// thumbnails are the blob of an attention map, nil for other captures.
func (c Capture) thumbnails() []byte {
	if c.Kind != Attention {
		return nil
	}
	rows, columns := thumbnailShape(c.Queries, c.Keys)
	size := c.Queries * c.Keys
	out := make([]byte, 0, c.Layers*c.Heads*rows*columns+crcSize)
	for i := range c.Layers * c.Heads {
		out = append(out, thumbnail(c.Values[i*size:(i+1)*size], c.Queries, c.Keys)...)
	}
	return withChecksum(out)
}

// thumbnail max-pools [queries, keys] to at most 32 × 32 bytes.
func thumbnail(values []float32, queries, keys int) []byte {
	rows, columns := thumbnailShape(queries, keys)
	out := make([]byte, rows*columns)
	for q := range queries {
		for k := range keys {
			v := values[q*keys+k]
			cell := &out[(q*rows/queries)*columns+k*columns/keys]
			*cell = max(*cell, byte(255*min(max(v, 0), 1)+0.5))
		}
	}
	return out
}

// CaptureThumbnails reads the pictures of all heads of an attention map, and nothing else of it.
func (s *Store) CaptureThumbnails(ctx context.Context, id int64) (Thumbnails, error) {
	c, err := s.CaptureInfo(ctx, id)
	if err != nil {
		return Thumbnails{}, err
	}
	var blob []byte
	if err := s.read.QueryRowContext(ctx, "SELECT thumbnails FROM captures WHERE id = ?", id).Scan(&blob); err != nil {
		return Thumbnails{}, fmt.Errorf("read the thumbnails of capture %d: %w", id, err)
	}
	if c.Kind != Attention {
		return Thumbnails{}, fmt.Errorf("%w: capture %d is of kind %q, which has no thumbnails", ErrNotFound, id, c.Kind)
	}
	t, err := c.decodeThumbnails(blob)
	if err != nil {
		return t, fmt.Errorf("the thumbnails of capture %d are damaged: %w", id, err)
	}
	return t, nil
}

func (c CaptureInfo) decodeThumbnails(blob []byte) (Thumbnails, error) {
	t := Thumbnails{Layers: c.Layers, Heads: c.Heads}
	t.Rows, t.Columns = thumbnailShape(c.Queries, c.Keys)
	body, err := checked(blob)
	if err != nil {
		return t, err
	}
	if min(t.Layers, t.Heads, t.Rows, t.Columns) <= 0 || max(t.Layers, t.Heads) > len(body) || len(body) != t.Layers*t.Heads*t.Rows*t.Columns {
		return t, fmt.Errorf("%w: %d bytes for %d×%d pictures of %d×%d", ErrInvalid, len(body), t.Layers, t.Heads, t.Rows, t.Columns)
	}
	t.Cells = body
	return t, nil
}

// gatherThumbnails makes the thumbnails of stored captures from their values; a damaged head stays black.
func gatherThumbnails(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, captureQuery+"WHERE c.complete = 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		info, err := scanCapture(rows)
		if err != nil {
			return err
		}
		c := Capture{Kind: info.Kind, Layers: info.Layers, Heads: info.Heads, Queries: info.Queries, Keys: info.Keys}
		if c.Values, err = allValues(ctx, tx, info); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE captures SET thumbnails = ? WHERE id = ?", c.thumbnails(), info.ID); err != nil {
			return err
		}
	}
	return rows.Err()
}

func allValues(ctx context.Context, q queryer, c CaptureInfo) ([]float32, error) {
	size := c.Queries * c.Keys
	values := make([]float32, c.Layers*c.Heads*size)
	rows, err := q.QueryContext(ctx, "SELECT layer, head, data FROM capture_heads WHERE capture = ?", c.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var layer, head int
		var data sql.RawBytes
		if err := rows.Scan(&layer, &head, &data); err != nil {
			return nil, err
		}
		one, err := decodeValues(data, c.Queries, c.Keys, c.DType)
		if err == nil && layer >= 0 && head >= 0 && layer < c.Layers && head < c.Heads {
			copy(values[(layer*c.Heads+head)*size:], one)
		}
	}
	return values, rows.Err()
}
