package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// A resume cuts every series of its run behind the last batch that its checkpoint includes. The points behind the cut leave
// the chunks for superseded_chunks; those in the journal are hidden by their attempt's kept_sequence, until they are folded
// there, too. What is cut is worked out before the transaction that writes it, which is refused where the series was folded
// further meanwhile.

// cut is what a resume changes in a series.
type cut struct {
	series  int64
	folded  position // as it was read
	summary Summary
	// from is the first chunk that has superseded points; -1 where all of them are in the journal. The chunk is replaced by
	// what is kept of it, and the rest of it joins the chunks behind, which leave as they are, damaged ones included.
	from       int
	kept, rest *columns
}

var errMoved = errors.New("the series was folded meanwhile")

// cuts works out what superseding everything behind keep changes, for the series that have such points.
func (s *Store) cuts(ctx context.Context, run string, keep position) (cuts []cut, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	rows, err := tx.QueryContext(ctx, "SELECT id, name, context, folded_attempt, folded_sequence FROM series WHERE run = ? AND count > 0", run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []seriesName
	for rows.Next() {
		c := cut{from: -1}
		var name seriesName
		if err := rows.Scan(&c.series, &name.metric, &name.context, &c.folded.attempt, &c.folded.sequence); err != nil {
			return nil, err
		}
		cuts, names = append(cuts, c), append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	changed := cuts[:0]
	for i := range cuts {
		touched, err := cuts[i].work(ctx, tx, run, names[i], keep)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", names[i].metric, err)
		}
		if touched {
			changed = append(changed, cuts[i])
		}
	}
	return changed, nil
}

// work finds the cut through one series; false where nothing lies behind keep. What is damaged stays where it is.
func (c *cut) work(ctx context.Context, q queryer, run string, name seriesName, keep position) (bool, error) {
	v, err := openView(ctx, q, run, name)
	if err != nil {
		return false, err
	}
	if err := v.load(ctx, 0, v.stored); err != nil {
		return false, err
	}
	c.summary = Summary{Metric: name.metric, Context: name.context}
	behind := false
	for k, p := range v.pieces {
		if p.cols == nil {
			continue
		}
		n := p.cols.until(keep)
		for i := range n {
			c.summary.add(p.cols.steps[i], p.cols.values[i])
		}
		if n == p.cols.len() {
			continue
		}
		behind = true
		if folded := p.cols.until(c.folded); c.from < 0 && n < folded {
			c.from, c.kept, c.rest = k, p.cols.slice(0, n), p.cols.slice(n, folded)
		}
	}
	return behind, nil
}

// apply writes the cut.
func (c *cut) apply(ctx context.Context, tx *sql.Tx) error {
	var now position
	if err := tx.QueryRowContext(ctx, "SELECT folded_attempt, folded_sequence FROM series WHERE id = ?", c.series).Scan(&now.attempt, &now.sequence); err != nil {
		return err
	}
	if now != c.folded {
		return errMoved
	}
	if c.from >= 0 {
		if err := c.move(ctx, tx); err != nil {
			return err
		}
	}
	return setSummary(ctx, tx, c.series, c.summary)
}

func (c *cut) move(ctx context.Context, tx *sql.Tx) error {
	if err := writeSuperseded(ctx, tx, c.series, encodeData(c.rest)); err != nil {
		return err
	}
	first, end := chunkID(c.series, c.from), chunkID(c.series+1, 0)-1
	if _, err := tx.ExecContext(ctx, "INSERT INTO superseded_chunks (series, data) SELECT ?, data FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id", c.series, first+1, end); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM chunks WHERE id BETWEEN ? AND ?", first, end); err != nil {
		return err
	}
	if c.kept.len() == 0 {
		return nil
	}
	return newChunk(c.series, c.from, c.kept).write(ctx, tx)
}

func writeSuperseded(ctx context.Context, tx *sql.Tx, series int64, data []byte) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO superseded_chunks (series, data) VALUES (?, ?)", series, data)
	return err
}

// supersede puts what came too late, behind a resume, among the superseded points at once. Its place in the journal stays
// empty: the points behind it may be folded already, and the journal is folded in the order of attempts.
func (a *appending) supersede(ctx context.Context, tx *sql.Tx) error {
	late := map[seriesName]*columns{}
	for _, x := range a.Samples {
		name := seriesName{x.Metric, x.Context}
		if late[name] == nil {
			late[name] = &columns{}
		}
		late[name].add(position{a.Attempt, a.Sequence}, x.Step, x.Time.UnixMicro(), x.Value)
	}
	for i := range a.tallies {
		name := seriesName{a.tallies[i].Metric, a.tallies[i].Context}
		if err := addSummary(ctx, tx, a.Run, &a.tallies[i], true); err != nil {
			return err
		}
		var series int64
		if err := tx.QueryRowContext(ctx, "SELECT id FROM series WHERE run = ? AND name = ? AND context = ?", a.Run, name.metric, name.context).Scan(&series); err != nil {
			return err
		}
		for _, data := range encodePieces(late[name]) {
			if err := writeSuperseded(ctx, tx, series, data); err != nil {
				return err
			}
		}
	}
	a.payload, a.tallies = EncodeSamples(nil), nil
	return nil
}

// Superseded reads the points of a series that a resume superseded, in the order of recording.
func (s *Store) Superseded(ctx context.Context, run string, q Series) ([]Point, error) {
	points, err := s.superseded(ctx, run, seriesName{q.Metric, q.Context})
	if err != nil {
		return points, fmt.Errorf("read the superseded points of %s of run %s: %w", q.Metric, run, err)
	}
	return points, nil
}

func (s *Store) superseded(ctx context.Context, run string, name seriesName) (points []Point, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	all, damaged, err := supersededColumns(ctx, tx, run, name)
	all = all.sorted() // chunks were superseded at different times
	for i := range all.len() {
		points = append(points, all.point(i))
	}
	return points, errors.Join(append(damaged, err)...)
}

// supersededColumns joins the superseded chunks and what the journal hides.
func supersededColumns(ctx context.Context, q queryer, run string, name seriesName) (all *columns, damaged []error, err error) {
	all = &columns{}
	chunks, err := q.QueryContext(ctx, `SELECT c.id, c.data FROM superseded_chunks c JOIN series s ON s.id = c.series
		WHERE s.run = ? AND s.name = ? AND s.context = ? ORDER BY c.id`, run, name.metric, name.context)
	if err != nil {
		return all, nil, err
	}
	defer chunks.Close()
	for chunks.Next() {
		var id int64
		var blob sql.RawBytes
		if err := chunks.Scan(&id, &blob); err != nil {
			return all, nil, err
		}
		cols, _, err := decodeData(blob, nil)
		if err != nil {
			damaged = append(damaged, fmt.Errorf("superseded chunk %d is damaged: %w", id, err))
			continue
		}
		all.join(cols)
	}
	if err := chunks.Err(); corrupt(err) {
		damaged = append(damaged, fmt.Errorf("%w: superseded chunks are damaged: %w", ErrInvalid, err))
	} else if err != nil {
		return all, damaged, err
	}
	var folded position
	err = q.QueryRowContext(ctx, "SELECT folded_attempt, folded_sequence FROM series WHERE run = ? AND name = ? AND context = ?", run, name.metric, name.context).
		Scan(&folded.attempt, &folded.sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return all, damaged, nil
	}
	if err != nil {
		return all, damaged, err
	}
	v := &view{q: q}
	err = v.readJournal(ctx, hiddenQuery, run, name, folded, all)
	return all, append(damaged, v.damaged...), err
}

// hiddenQuery reads the batches that a resume superseded and that are not folded yet.
const hiddenQuery = `SELECT j.attempt, j.sequence, j.payload FROM journal j JOIN attempts a ON a.run = j.run AND a.number = j.attempt
	WHERE j.run = ?1 AND (j.attempt, j.sequence) > (?2, ?3) AND j.sequence > a.kept_sequence
	ORDER BY j.attempt, j.sequence`
