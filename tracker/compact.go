package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// The compactor folds journal rows into chunks, a series at a time: it reads and encodes outside of any transaction, then
// writes the chunks of one series together with the position up to which it is folded. When every series of a run is folded
// up to a batch, the batches up to there leave the journal.

// chunk is an encoded chunk.
type chunk struct {
	id                int64
	top, levels, data []byte
}

func newChunk(series int64, number int, c *columns) chunk {
	levels := levelsOf(c)
	return chunk{chunkID(series, number), encodeBuckets([]Bucket{topOf(levels)}), encodeBuckets(levels), encodeData(c)}
}

func (c chunk) write(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO chunks (id, top, levels, data) VALUES (?, ?, ?, ?)", c.id, c.top, c.levels, c.data)
	return err
}

// When a run's journal is folded: once it holds so many points for each of its series, or points altogether, or when the run
// has ended. Until then readers decode it, which costs them a few milliseconds at most.
const (
	foldPerSeries = 512
	foldLargest   = 1 << 20
	bytesPerPoint = 11 // of a payload, about
)

// compact folds what is worth it. Only journal rows up to floor are touched, so that who tails the store has seen them. A
// run with damage stays as it is, for readers to name it.
func (s *Store) compact(ctx context.Context, floor int64) error {
	runs, err := s.foldable(ctx, floor)
	if err != nil {
		return fmt.Errorf("look for points to fold: %w", err)
	}
	for _, run := range runs {
		if err := s.foldRun(ctx, run, floor); err != nil && !errors.Is(err, errMoved) && !damaged(err) {
			return fmt.Errorf("fold run %s: %w", run, err)
		}
	}
	return nil
}

// foldable lists the runs whose journal is worth folding.
func (s *Store) foldable(ctx context.Context, floor int64) ([]string, error) {
	return collect(ctx, s.read, scanText, `SELECT run FROM (
			SELECT j.run, sum(length(j.payload)) / ? AS points, (SELECT count(*) FROM series WHERE run = j.run) AS series, r.status
			FROM journal j JOIN runs r ON r.id = j.run WHERE j.kind = 'points' AND j.id <= ? GROUP BY j.run)
		WHERE status <> 'running' OR points >= min(? * series, ?)`, bytesPerPoint, floor, foldPerSeries, foldLargest)
}

// foldPoints bounds how many points are folded at once, and with them the memory.
const foldPoints = 1 << 19

// foldRun folds batches of a run, and drops them from the journal.
func (s *Store) foldRun(ctx context.Context, run string, floor int64) error {
	for {
		f, err := s.readFolding(ctx, run, floor)
		if err != nil || f == nil {
			return err
		}
		if err := s.writeFolding(ctx, f); err != nil {
			return err
		}
		if err := s.dropFolded(ctx, f); err != nil {
			return err
		}
	}
}

// folding is a stretch of a run's journal, apart by series.
type folding struct {
	run    string
	newest int      // the run's newest attempt: a resume since then has superseded points
	rows   []int64  // of the journal
	end    position // the last batch of all
	points int
	series []foldingSeries
}

type foldingSeries struct {
	id           int64
	folded       position
	kept, hidden columns
}

// readFolding reads the next stretch; nil where there is none. A damaged batch ends it: it stays in the journal, where
// readers name it.
func (s *Store) readFolding(ctx context.Context, run string, floor int64) (*folding, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	f := &folding{run: run}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM attempts WHERE run = ?", run).Scan(&f.newest); err != nil {
		return nil, err
	}
	index, err := f.readSeries(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT j.id, j.attempt, j.sequence, j.sequence > coalesce(a.kept_sequence, j.sequence), j.payload
		FROM journal j JOIN attempts a ON a.run = j.run AND a.number = j.attempt
		WHERE j.run = ? AND j.id <= ? ORDER BY j.attempt, j.sequence`, run, floor)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for f.points < foldPoints && rows.Next() {
		var id int64
		var at position
		var hidden bool
		var payload sql.RawBytes
		if err := rows.Scan(&id, &at.attempt, &at.sequence, &hidden, &payload); err != nil {
			return nil, err
		}
		samples, err := DecodeSamples(payload)
		if err != nil {
			break
		}
		for _, x := range samples {
			series := &f.series[index[seriesName{x.Metric, x.Context}]]
			if at.compare(series.folded) <= 0 {
				continue // folded before a kill kept its batch from being dropped
			}
			to := &series.kept
			if hidden {
				to = &series.hidden
			}
			to.add(at, x.Step, x.Time.UnixMicro(), x.Value)
		}
		f.points += len(samples)
		f.rows, f.end = append(f.rows, id), at
	}
	if len(f.rows) == 0 {
		return nil, rows.Err()
	}
	return f, rows.Err()
}

func (f *folding) readSeries(ctx context.Context, q queryer) (map[seriesName]int, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, name, context, folded_attempt, folded_sequence FROM series WHERE run = ?", f.run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	index := map[seriesName]int{}
	for rows.Next() {
		var name seriesName
		var x foldingSeries
		if err := rows.Scan(&x.id, &name.metric, &name.context, &x.folded.attempt, &x.folded.sequence); err != nil {
			return nil, err
		}
		index[name] = len(f.series)
		f.series = append(f.series, x)
	}
	return index, rows.Err()
}

// foldTransaction bounds the bytes of one transaction, so that it holds the write lock for a few milliseconds.
const foldTransaction = 256 << 10

// writeFolding writes the stretch, some series at a time.
func (s *Store) writeFolding(ctx context.Context, f *folding) error {
	var group []foldedSeries
	size := 0
	for i := range f.series {
		x := &f.series[i]
		if x.kept.len() == 0 && x.hidden.len() == 0 {
			continue
		}
		folded, err := s.encodeSeries(ctx, x)
		if err != nil {
			return err
		}
		group, size = append(group, folded), size+folded.size()
		if size >= foldTransaction {
			if err := s.writeSeries(ctx, f, group); err != nil {
				return err
			}
			group, size = nil, 0
		}
	}
	return s.writeSeries(ctx, f, group)
}

// foldedSeries is what a stretch adds to a series, encoded.
type foldedSeries struct {
	id     int64
	folded position // as it was read
	chunks []chunk
	hidden [][]byte
}

func (x foldedSeries) size() (n int) {
	for _, c := range x.chunks {
		n += len(c.top) + len(c.levels) + len(c.data)
	}
	for _, data := range x.hidden {
		n += len(data)
	}
	return n
}

// encodeSeries joins the stretch with the series' last chunk.
func (s *Store) encodeSeries(ctx context.Context, x *foldingSeries) (foldedSeries, error) {
	out := foldedSeries{id: x.id, folded: x.folded}
	if x.kept.len() > 0 {
		number, open, err := s.openChunk(ctx, x.id)
		if err != nil {
			return out, err
		}
		open.join(&x.kept)
		for i := 0; i < open.len(); i += chunkPoints {
			out.chunks = append(out.chunks, newChunk(x.id, number+i/chunkPoints, open.slice(i, min(i+chunkPoints, open.len()))))
		}
	}
	out.hidden = encodePieces(&x.hidden)
	return out, nil
}

// encodePieces encodes points in pieces as large as a chunk.
func encodePieces(c *columns) (pieces [][]byte) {
	for i := 0; i < c.len(); i += chunkPoints {
		pieces = append(pieces, encodeData(c.slice(i, min(i+chunkPoints, c.len()))))
	}
	return pieces
}

// writeSeries writes folded series in one transaction, unless a resume or another owner came between.
func (s *Store) writeSeries(ctx context.Context, f *folding, group []foldedSeries) error {
	if len(group) == 0 {
		return nil
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		var newest int
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM attempts WHERE run = ?", f.run).Scan(&newest); err != nil {
			return err
		}
		if newest != f.newest {
			return errMoved
		}
		for _, x := range group {
			if err := x.write(ctx, tx, f.end); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x foldedSeries) write(ctx context.Context, tx *sql.Tx, end position) error {
	moved, err := tx.ExecContext(ctx, "UPDATE series SET folded_attempt = ?, folded_sequence = ? WHERE id = ? AND folded_attempt = ? AND folded_sequence = ?",
		end.attempt, end.sequence, x.id, x.folded.attempt, x.folded.sequence)
	if err != nil {
		return err
	}
	if n, err := moved.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errMoved)
	}
	for _, c := range x.chunks {
		if err := c.write(ctx, tx); err != nil {
			return err
		}
	}
	for _, data := range x.hidden {
		if err := writeSuperseded(ctx, tx, x.id, data); err != nil {
			return err
		}
	}
	return nil
}

// openChunk is the series' last chunk if it is not full, or else an empty one behind it.
func (s *Store) openChunk(ctx context.Context, series int64) (number int, open *columns, err error) {
	var id int64
	var data []byte
	err = s.read.QueryRowContext(ctx, "SELECT id, data FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", chunkID(series, 0), chunkID(series+1, 0)-1).Scan(&id, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &columns{}, nil
	}
	if err != nil {
		return 0, nil, err
	}
	number = int(id - chunkID(series, 0))
	open, _, err = decodeData(data, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("chunk %d of series %d is damaged: %w", number, series, err)
	}
	if open.len() == chunkPoints {
		return number + 1, &columns{}, nil
	}
	return number, open, nil
}

// dropPerTransaction bounds how long dropping holds the write lock.
const dropPerTransaction = 200

// dropFolded deletes the stretch from the journal.
func (s *Store) dropFolded(ctx context.Context, f *folding) error {
	for rows := f.rows; len(rows) > 0; rows = rows[min(len(rows), dropPerTransaction):] {
		err := s.transact(ctx, func(tx *sql.Tx) error {
			return dropRows(ctx, tx, rows[:min(len(rows), dropPerTransaction)])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dropRows deletes journal rows: a tail cursor before the newest of them has missed something.
func dropRows(ctx context.Context, tx *sql.Tx, ids []int64) error {
	newest := int64(0)
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, "DELETE FROM journal WHERE id = ?", id); err != nil {
			return err
		}
		newest = max(newest, id)
	}
	_, err := tx.ExecContext(ctx, "UPDATE facts SET value = max(value, ?) WHERE name = 'tail-floor'", newest)
	return err
}
