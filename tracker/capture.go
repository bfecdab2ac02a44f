package tracker

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Capture is a typed tensor recorded at a step: an attention map [layers, heads, queries, keys], row-major.
type Capture struct {
	// Name is "attention"; Context tells captures of one step apart, as "prompt-0".
	Name, Context                string
	Step                         int64
	Layers, Heads, Queries, Keys int
	// Tokens are the texts of the keys, and of the queries in self-attention.
	Tokens []string
	// DType is "f32".
	DType  string
	Values []float32
}

// CaptureInfo is a stored capture without its values.
type CaptureInfo struct {
	ID                           int64
	Name, Context                string
	Step                         int64
	Layers, Heads, Queries, Keys int
	Tokens                       []string
}

const (
	// captureTransaction bounds the bytes written in one transaction: a large one would hold up every other writer.
	captureTransaction = 1 << 20
	maxCaptureValues   = 1 << 31
)

func (c Capture) validate() error {
	switch {
	case c.DType != "f32":
		return fmt.Errorf("%w: dtype %q, want f32", ErrInvalid, c.DType)
	case c.Layers <= 0 || c.Heads <= 0 || c.Queries <= 0 || c.Keys <= 0 || len(c.Values) > maxCaptureValues:
		return fmt.Errorf("%w: a shape of %d×%d×%d×%d", ErrInvalid, c.Layers, c.Heads, c.Queries, c.Keys)
	case len(c.Values) != c.Layers*c.Heads*c.Queries*c.Keys:
		return fmt.Errorf("%w: %d values for a shape of %d×%d×%d×%d", ErrInvalid, len(c.Values), c.Layers, c.Heads, c.Queries, c.Keys)
	case len(c.Tokens) != c.Keys:
		return fmt.Errorf("%w: %d token texts for %d keys", ErrInvalid, len(c.Tokens), c.Keys)
	}
	return nil
}

// Capture writes a tensor, a row per layer and head, and shows it when it is complete. sequence is the last batch before
// it: a resume from before that batch supersedes the capture.
func (a *Attempting) Capture(ctx context.Context, c Capture, sequence int64) error {
	err := c.validate()
	if err == nil {
		err = a.writeCapture(ctx, c, sequence)
	}
	if err != nil {
		return fmt.Errorf("capture %s at step %d of run %s: %w", c.Name, c.Step, a.run, err)
	}
	return nil
}

func (a *Attempting) writeCapture(ctx context.Context, c Capture, sequence int64) error {
	s := a.store
	var id int64
	err := s.transact(ctx, func(tx *sql.Tx) error {
		row, err := tx.ExecContext(ctx, `INSERT INTO captures (run, attempt, sequence, name, context, step, layers, heads, queries, keys, tokens, dtype, complete)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, a.run, a.number, sequence, c.Name, c.Context, c.Step, c.Layers, c.Heads, c.Queries, c.Keys, mustJSON(c.Tokens), c.DType)
		if err != nil {
			return err
		}
		id, err = row.LastInsertId()
		return err
	})
	if err != nil {
		return err
	}
	size := c.Queries * c.Keys
	together := max(captureTransaction/(4*size), 1)
	for from := 0; from < c.Layers*c.Heads; from += together {
		err := s.transact(ctx, func(tx *sql.Tx) error {
			for i := from; i < min(from+together, c.Layers*c.Heads); i++ {
				values := c.Values[i*size : (i+1)*size]
				if _, err := tx.ExecContext(ctx, "INSERT INTO capture_heads (capture, layer, head, data, thumbnail) VALUES (?, ?, ?, ?, ?)",
					id, i/c.Heads, i%c.Heads, encodeValues(values), thumbnail(values, c.Queries, c.Keys)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE captures SET complete = 1 WHERE id = ?", id); err != nil {
			return err
		}
		experiment, err := runExperiment(ctx, tx, a.run)
		if err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "capture", Experiment: experiment, Run: a.run})
	})
}

func encodeValues(values []float32) []byte {
	out := make([]byte, 0, 4*len(values)+crcSize)
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return withChecksum(out)
}

func decodeValues(data []byte, want int) ([]float32, error) {
	if len(data) != 4*want+crcSize {
		return nil, fmt.Errorf("%w: %d bytes for %d values", ErrInvalid, len(data), want)
	}
	body, err := checked(data)
	if err != nil {
		return nil, err
	}
	values := make([]float32, want)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	return values, nil
}

// thumbnailSide is the largest side of a thumbnail.
const thumbnailSide = 32

// thumbnail max-pools [queries, keys] to at most 32 × 32 bytes, 255 for 1: a strong weight is never lost.
func thumbnail(values []float32, queries, keys int) []byte {
	rows, columns := min(queries, thumbnailSide), min(keys, thumbnailSide)
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

// Captures lists the complete captures of a run that no resume superseded, by step.
func (s *Store) Captures(ctx context.Context, run string) ([]CaptureInfo, error) {
	list, err := collect(ctx, s.read, scanCapture, captureQuery+`JOIN attempts a ON a.run = c.run AND a.number = c.attempt
		WHERE c.run = ? AND c.complete = 1 AND c.sequence <= coalesce(a.kept_sequence, c.sequence) ORDER BY c.step, c.name, c.context, c.id`, run)
	if err != nil {
		return nil, fmt.Errorf("list the captures of run %s: %w", run, err)
	}
	return list, nil
}

const captureQuery = "SELECT c.id, c.name, c.context, c.step, c.layers, c.heads, c.queries, c.keys, c.tokens FROM captures c "

func scanCapture(rows *sql.Rows) (CaptureInfo, error) {
	var c CaptureInfo
	var tokens string
	if err := rows.Scan(&c.ID, &c.Name, &c.Context, &c.Step, &c.Layers, &c.Heads, &c.Queries, &c.Keys, &tokens); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(tokens), &c.Tokens)
}

// CaptureHead reads one head of a capture: [queries, keys], row-major. Nothing else of it is read.
func (s *Store) CaptureHead(ctx context.Context, id int64, layer, head int) (CaptureInfo, []float32, error) {
	found, err := collect(ctx, s.read, scanCapture, captureQuery+"WHERE c.id = ? AND c.complete = 1", id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return CaptureInfo{}, nil, fmt.Errorf("read capture %d: %w", id, err)
	}
	c := found[0]
	var data []byte
	err = s.read.QueryRowContext(ctx, "SELECT data FROM capture_heads WHERE capture = ? AND layer = ? AND head = ?", id, layer, head).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil, fmt.Errorf("%w: capture %d has %d layers of %d heads, no layer %d, head %d", ErrNotFound, id, c.Layers, c.Heads, layer, head)
	}
	if err != nil {
		return c, nil, fmt.Errorf("read capture %d: %w", id, err)
	}
	values, err := decodeValues(data, c.Queries*c.Keys)
	if err != nil {
		return c, nil, fmt.Errorf("capture %d, layer %d, head %d is damaged: %w", id, layer, head, err)
	}
	return c, values, nil
}
