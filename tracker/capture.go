package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// CaptureKind is what a capture shows.
type CaptureKind string

// The kinds of captures, and what their four dimensions are. A dimension that a kind has no use for is 1.
const (
	// Attention is [layers, heads, queries, keys], with the texts of the keys.
	Attention CaptureKind = "attention"
	// Histogram is [rows, 1, 1, bins], with the edges of the bins, which the rows share.
	Histogram CaptureKind = "histogram"
	// Losses are [sequences, 1, 1, tokens], with the texts of the tokens.
	Losses CaptureKind = "losses"
)

// DType is how a capture's values are stored.
type DType string

// The types of captured values. F16 and U8 lose some precision; CaptureInfo states how much.
const (
	F32 DType = "f32"
	F16 DType = "f16"
	// U8 has 256 levels between the least and the largest value of each row of keys.
	U8 DType = "u8"
)

// Capture is a typed tensor recorded at a step: [layers, heads, queries, keys], row-major.
type Capture struct {
	Kind CaptureKind // Attention if empty
	// Name is "attention"; Context tells captures of one step apart, as "prompt-0".
	Name, Context                string
	Step                         int64
	Layers, Heads, Queries, Keys int
	// Tokens are the texts of the keys, and of the queries in self-attention; of a histogram there are none.
	Tokens []string
	// Edges are a histogram's Keys+1 edges, ascending.
	Edges  []float64
	DType  DType // F32 if empty
	Values []float32
}

// CaptureInfo is a stored capture without its values.
type CaptureInfo struct {
	ID                           int64
	Run                          string // its id
	Kind                         CaptureKind
	Name, Context                string
	Step                         int64
	Layers, Heads, Queries, Keys int
	Tokens                       []string
	Edges                        []float64
	DType                        DType
	// Error is the largest distance of a stored value from the one that was given.
	Error float64
}

const (
	// captureTransaction bounds the bytes written in one transaction: a large one would hold up every other writer.
	captureTransaction = 1 << 20
	maxCaptureValues   = 1 << 31
)

func (c Capture) validate() error {
	if c.Layers <= 0 || c.Heads <= 0 || c.Queries <= 0 || c.Keys <= 0 || c.Layers*c.Heads*c.Queries*c.Keys != len(c.Values) || len(c.Values) > maxCaptureValues {
		return fmt.Errorf("%w: %d values for a shape of %d×%d×%d×%d", ErrInvalid, len(c.Values), c.Layers, c.Heads, c.Queries, c.Keys)
	}
	return c.validateKind()
}

// validateKind checks what belongs to the kind of a capture, and not its values.
func (c Capture) validateKind() error {
	if c.DType != F32 && c.DType != F16 && c.DType != U8 {
		return fmt.Errorf("%w: dtype %q, want f32, f16 or u8", ErrInvalid, c.DType)
	}
	switch c.Kind {
	case Attention, Losses:
		if len(c.Tokens) != c.Keys {
			return fmt.Errorf("%w: %d token texts for %d keys", ErrInvalid, len(c.Tokens), c.Keys)
		}
	case Histogram:
		if len(c.Edges) != c.Keys+1 {
			return fmt.Errorf("%w: %d edges for %d bins, want one more", ErrInvalid, len(c.Edges), c.Keys)
		}
		for i := range c.Keys {
			if !(c.Edges[i] < c.Edges[i+1]) {
				return fmt.Errorf("%w: edge %d is %v, the next one %v; edges ascend", ErrInvalid, i, c.Edges[i], c.Edges[i+1])
			}
		}
	default:
		return fmt.Errorf("%w: kind %q, want attention, histogram or losses", ErrInvalid, c.Kind)
	}
	return nil
}

// Capture writes a tensor, a row per layer and head, and shows it when it is complete. sequence is the last batch before
// it: a resume from before that batch supersedes the capture.
func (a *Attempting) Capture(ctx context.Context, c Capture, sequence int64) error {
	if c.Kind == "" {
		c.Kind = Attention
	}
	if c.DType == "" {
		c.DType = F32
	}
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
		row, err := tx.ExecContext(ctx, `INSERT INTO captures (run, attempt, sequence, kind, name, context, step, layers, heads, queries, keys, tokens, edges, dtype, error, complete)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`, a.run, a.number, sequence, c.Kind, c.Name, c.Context, c.Step, c.Layers, c.Heads, c.Queries, c.Keys,
			mustJSON(escaped(c.Tokens)), encodeEdges(c.Edges), c.DType)
		if err != nil {
			return err
		}
		id, err = row.LastInsertId()
		return err
	})
	if err != nil {
		return err
	}
	worst, err := a.writeHeads(ctx, id, c)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE captures SET complete = 1, error = ?, thumbnails = ? WHERE id = ?", worst, c.thumbnails(), id); err != nil {
			return err
		}
		experiment, err := runExperiment(ctx, tx, a.run)
		if err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "capture", Experiment: experiment, Run: a.run})
	})
}

// escaped are tokens whose bytes that are no character are written as escapes, as \xe5: JSON would make them all the same.
func escaped(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, token := range tokens {
		for len(token) > 0 {
			r, size := utf8.DecodeRuneInString(token)
			if r == utf8.RuneError && size == 1 {
				out[i] += fmt.Sprintf(`\x%02x`, token[0])
			} else {
				out[i] += token[:size]
			}
			token = token[size:]
		}
	}
	return out
}

// writeHeads writes the values, some heads in each transaction, and returns the largest error.
func (a *Attempting) writeHeads(ctx context.Context, id int64, c Capture) (worst float64, err error) {
	size := c.Queries * c.Keys
	together := max(captureTransaction/(4*size), 1)
	for from := 0; from < c.Layers*c.Heads; from += together {
		err := a.store.transact(ctx, func(tx *sql.Tx) error {
			for i := from; i < min(from+together, c.Layers*c.Heads); i++ {
				data, off, err := encodeValues(c.Values[i*size:(i+1)*size], c.Keys, c.DType)
				if err != nil {
					return fmt.Errorf("layer %d, head %d: %w", i/c.Heads, i%c.Heads, err)
				}
				worst = max(worst, off)
				if _, err := tx.ExecContext(ctx, "INSERT INTO capture_heads (capture, layer, head, data) VALUES (?, ?, ?, ?)", id, i/c.Heads, i%c.Heads, data); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return worst, nil
}

// Captures lists the complete captures of a run that no resume superseded, by step.
func (s *Store) Captures(ctx context.Context, run string) ([]CaptureInfo, error) {
	list, err := collect(ctx, s.read, scanCapture, captureQuery+keptCaptures+"AND c.run = ? ORDER BY c.step, c.name, c.context, c.id", run)
	if err != nil {
		return nil, fmt.Errorf("list the captures of run %s: %w", run, err)
	}
	return list, nil
}

const captureQuery = "SELECT c.id, c.run, c.kind, c.name, c.context, c.step, c.layers, c.heads, c.queries, c.keys, c.tokens, c.edges, c.dtype, c.error FROM captures c "

// keptCaptures are those that are complete and that no resume superseded.
const keptCaptures = "JOIN attempts a ON a.run = c.run AND a.number = c.attempt WHERE c.complete = 1 AND c.sequence <= coalesce(a.kept_sequence, c.sequence) "

// Counterparts lists what other runs of the experiment captured of the same tokens at the same step, under the same name and
// in the same context; of each trial the newest run's.
func (s *Store) Counterparts(ctx context.Context, c CaptureInfo) ([]CaptureInfo, error) {
	list, err := collect(ctx, s.read, scanCapture, captureQuery+keptCaptures+`AND c.step = ?1 AND c.kind = ?2 AND c.name = ?3 AND c.context = ?4
			AND c.tokens = (SELECT tokens FROM captures WHERE id = ?5) AND c.run IN (SELECT max(o.id) FROM runs r JOIN runs o ON o.experiment = r.experiment
				WHERE r.id = ?6 AND o.id != r.id AND o.deleted = 0 GROUP BY o.variant, o.seed)
		ORDER BY c.run, c.id`, c.Step, c.Kind, c.Name, c.Context, c.ID, c.Run)
	if err != nil {
		return nil, fmt.Errorf("find what is like capture %d: %w", c.ID, err)
	}
	return list, nil
}

func scanCapture(rows *sql.Rows) (CaptureInfo, error) {
	var c CaptureInfo
	var tokens string
	var edges []byte
	if err := rows.Scan(&c.ID, &c.Run, &c.Kind, &c.Name, &c.Context, &c.Step, &c.Layers, &c.Heads, &c.Queries, &c.Keys, &tokens, &edges, &c.DType, &c.Error); err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(tokens), &c.Tokens); err != nil {
		return c, err
	}
	if edges != nil {
		c.Edges, _ = decodeEdges(edges) // damaged ones are named by who reads the capture
	}
	return c, nil
}

// CaptureHead reads one head of a capture: [queries, keys], row-major. Nothing else of it is read.
func (s *Store) CaptureHead(ctx context.Context, id int64, layer, head int) (CaptureInfo, []float32, error) {
	c, err := s.CaptureInfo(ctx, id)
	if err != nil {
		return c, nil, err
	}
	var data []byte
	err = s.read.QueryRowContext(ctx, "SELECT data FROM capture_heads WHERE capture = ? AND layer = ? AND head = ?", id, layer, head).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil, fmt.Errorf("%w: capture %d has %d layers of %d heads, no layer %d, head %d", ErrNotFound, id, c.Layers, c.Heads, layer, head)
	}
	if err != nil {
		return c, nil, fmt.Errorf("read capture %d: %w", id, err)
	}
	if c.Kind == Histogram && len(c.Edges) != c.Keys+1 {
		return c, nil, fmt.Errorf("%w: the edges of capture %d are damaged", ErrInvalid, id)
	}
	values, err := decodeValues(data, c.Queries, c.Keys, c.DType)
	if err != nil {
		return c, nil, fmt.Errorf("capture %d, layer %d, head %d is damaged: %w", id, layer, head, err)
	}
	return c, values, nil
}

// CaptureInfo reads what a capture is, without its values.
func (s *Store) CaptureInfo(ctx context.Context, id int64) (CaptureInfo, error) {
	found, err := collect(ctx, s.read, scanCapture, captureQuery+"WHERE c.id = ? AND c.complete = 1", id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return CaptureInfo{}, fmt.Errorf("read capture %d: %w", id, err)
	}
	return found[0], nil
}
