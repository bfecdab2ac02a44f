package tracker

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
)

// queryer is a connection or a transaction that reads.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// view is a series as it stands in one transaction: full chunks, then the last, partial one with what the journal holds
// behind it, cut into chunks of the same size. So a view looks the same however far the series was folded.
type view struct {
	q      queryer
	id     int64
	pieces []piece
	stored int // how many pieces are chunks of the store; the others are whole in memory
	// damaged names what could not be read; its points are missing. broken has the numbers of such chunks.
	damaged []error
	broken  map[int]bool
}

// piece is a chunk of a view. Every piece but the last has chunkPoints points, damaged ones aside.
type piece struct {
	top    Bucket
	levels []Bucket
	cols   *columns
}

// chunkID is a chunk's key: all chunks of a series lie together, in order.
func chunkID(series int64, number int) int64 { return series<<24 | int64(number) }

// openView reads what a view needs to begin with. A series that does not exist is empty.
func openView(ctx context.Context, q queryer, run string, name seriesName) (*view, error) {
	v := &view{q: q}
	var folded position
	err := q.QueryRowContext(ctx, "SELECT id, folded_attempt, folded_sequence FROM series WHERE run = ? AND name = ? AND context = ?", run, name.metric, name.context).
		Scan(&v.id, &folded.attempt, &folded.sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if err := v.readTops(ctx); err != nil {
		return nil, err
	}
	tail, err := v.openTail(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.readJournal(ctx, journalQuery, run, name, folded, tail); err != nil {
		return nil, err
	}
	v.addPieces(tail)
	return v, nil
}

// maxMissing is how many chunks may be missing in a row before a series is given up.
const maxMissing = 1000

func (v *view) readTops(ctx context.Context) error {
	rows, err := v.q.QueryContext(ctx, "SELECT id, top FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id", chunkID(v.id, 0), chunkID(v.id+1, 0)-1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return err
		}
		number := int(id - chunkID(v.id, 0))
		if number < len(v.pieces) {
			v.stray(id)
			continue
		}
		if number-len(v.pieces) > maxMissing {
			return fmt.Errorf("%w: of series %d the chunks %d to %d are missing", ErrInvalid, v.id, len(v.pieces), number-1)
		}
		for len(v.pieces) < number {
			v.damage(len(v.pieces), fmt.Errorf("%w: it is missing", ErrInvalid))
			v.pieces = append(v.pieces, piece{top: emptyBucket()})
		}
		top, err := decodeBuckets(blob)
		if err == nil && len(top) != 1 {
			err = fmt.Errorf("%w: %d buckets for a chunk", ErrInvalid, len(top))
		}
		if err != nil {
			v.damage(len(v.pieces), fmt.Errorf("%w: %w", errPyramid, err))
			top = []Bucket{emptyBucket()}
		}
		v.pieces = append(v.pieces, piece{top: top[0]})
	}
	v.stored = len(v.pieces)
	return rows.Err()
}

// errPyramid says that a chunk's points may be sound.
var errPyramid = errors.New("its pyramid")

// errBatch marks the damage of a batch, which every series of its run sees.
var errBatch = errors.New("damaged")

// stray names a chunk that a damaged page shows where it does not belong.
func (v *view) stray(id int64) {
	v.damaged = append(v.damaged, fmt.Errorf("%w: among the chunks of series %d stands one with the key %d", ErrInvalid, v.id, id))
}

func (v *view) damage(number int, err error) {
	if v.broken == nil {
		v.broken = map[int]bool{}
	}
	v.broken[number] = true
	err = fmt.Errorf("chunk %d of series %d is damaged: %w", number, v.id, err)
	for _, known := range v.damaged {
		if known.Error() == err.Error() {
			return
		}
	}
	v.damaged = append(v.damaged, err)
}

// openTail takes the last chunk into memory where it is not full.
func (v *view) openTail(ctx context.Context) (*columns, error) {
	tail := &columns{}
	last := v.stored - 1
	if last < 0 || v.pieces[last].top.Count == chunkPoints {
		return tail, nil
	}
	if err := v.load(ctx, last, last+1); err != nil {
		return nil, err
	}
	if cols := v.pieces[last].cols; cols != nil {
		tail.join(cols)
	}
	v.pieces, v.stored = v.pieces[:last], last
	return tail, nil
}

// journalQuery reads the batches of a run that no resume superseded, behind a position, in the order of recording.
const journalQuery = `SELECT j.attempt, j.sequence, j.payload FROM journal j JOIN attempts a ON a.run = j.run AND a.number = j.attempt
	WHERE j.run = ?1 AND (j.attempt, j.sequence) > (?2, ?3) AND j.sequence <= coalesce(a.kept_sequence, j.sequence)
	ORDER BY j.attempt, j.sequence`

// readJournal appends what the journal holds of the series behind a position, as far as the query selects it.
func (v *view) readJournal(ctx context.Context, query, run string, name seriesName, after position, tail *columns) error {
	rows, err := v.q.QueryContext(ctx, query, run, after.attempt, after.sequence)
	if err != nil {
		return err
	}
	defer rows.Close()
	var at position
	for rows.Next() {
		var payload sql.RawBytes
		if err := rows.Scan(&at.attempt, &at.sequence, &payload); err != nil {
			return err
		}
		d, names, err := openPayload(payload)
		if err == nil {
			err = d.samples(len(names), func(series int, step, time int64, value float64) {
				if names[series] == name {
					tail.add(at, step, time, value)
				}
			})
		}
		if err != nil {
			v.damaged = append(v.damaged, fmt.Errorf("batch %d of run %s, attempt %d is %w: %w", at.sequence, run, at.attempt, errBatch, err))
		}
	}
	err = rows.Err()
	if corrupt(err) {
		v.damaged = append(v.damaged, fmt.Errorf("%w: the journal of run %s is damaged, its batches behind batch %d of attempt %d cannot be read: %w", ErrInvalid, run, at.sequence, at.attempt, err))
		return nil
	}
	return err
}

// addPieces cuts points in memory into pieces.
func (v *view) addPieces(c *columns) {
	for i := 0; i < c.len(); i += chunkPoints {
		cols := c.slice(i, min(i+chunkPoints, c.len()))
		levels := levelsOf(cols)
		v.pieces = append(v.pieces, piece{topOf(levels), levels, cols})
	}
}

// load reads the points of stored pieces from i to before j, on all cores where they are many.
func (v *view) load(ctx context.Context, i, j int) error {
	j = min(j, v.stored)
	d := decoding{v: v, taken: map[int]bool{}, chunks: make(chan storedChunk), damage: map[int]error{}}
	for range min(runtime.GOMAXPROCS(0), (j-i+1)/2) {
		d.workers.Go(d.work)
	}
	err := v.read(ctx, "data", i, j, d.take)
	close(d.chunks)
	d.workers.Wait()
	for _, number := range slices.Sorted(maps.Keys(d.damage)) {
		v.damage(number, d.damage[number])
	}
	for number := i; number < j && err == nil; number++ {
		if v.pieces[number].cols == nil && !v.broken[number] {
			v.damage(number, fmt.Errorf("%w: it is missing", ErrInvalid))
		}
	}
	return err
}

// decoding turns blobs into points.
type decoding struct {
	v       *view
	taken   map[int]bool // a range that SQLite cannot read whole is read again
	chunks  chan storedChunk
	workers sync.WaitGroup

	mu     sync.Mutex
	damage map[int]error
}

type storedChunk struct {
	number int
	data   []byte
}

func (d *decoding) take(number int, blob []byte) {
	if d.taken[number] || d.v.pieces[number].cols != nil {
		return
	}
	d.taken[number] = true
	d.chunks <- storedChunk{number, bytes.Clone(blob)}
}

func (d *decoding) work() {
	var scratch []byte
	for c := range d.chunks {
		var cols *columns
		var err error
		if cols, scratch, err = decodeData(c.data, scratch); err == nil {
			d.v.pieces[c.number].cols = cols
			continue
		}
		d.mu.Lock()
		d.damage[c.number] = err
		d.mu.Unlock()
	}
}

// loadLevels reads the lower level of stored pieces from i to before j.
func (v *view) loadLevels(ctx context.Context, i, j int) error {
	return v.read(ctx, "levels", i, min(j, v.stored), func(number int, blob []byte) {
		var err error
		if v.pieces[number].levels, err = decodeBuckets(blob); err != nil {
			v.damage(number, err)
		}
	})
}

// read hands out a column of stored pieces. Where SQLite cannot read one, each is read by itself.
func (v *view) read(ctx context.Context, column string, i, j int, take func(number int, blob []byte)) error {
	err := v.readRange(ctx, column, i, j, take)
	if !corrupt(err) {
		return err
	}
	if j-i == 1 {
		v.damage(i, fmt.Errorf("%w: %w", ErrInvalid, err))
		return nil
	}
	for k := i; k < j; k++ {
		if err := v.read(ctx, column, k, k+1, take); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) readRange(ctx context.Context, column string, i, j int, take func(number int, blob []byte)) error {
	if i >= j {
		return nil
	}
	rows, err := v.q.QueryContext(ctx, "SELECT id, "+column+" FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id", chunkID(v.id, i), chunkID(v.id, j-1))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return err
		}
		if id < chunkID(v.id, i) || id >= chunkID(v.id, j) {
			v.stray(id)
			continue
		}
		take(int(id-chunkID(v.id, 0)), blob)
	}
	return rows.Err()
}

// len is how many points the view has, damaged ones included.
func (v *view) len() int {
	if len(v.pieces) == 0 {
		return 0
	}
	return (len(v.pieces)-1)*chunkPoints + int(v.pieces[len(v.pieces)-1].top.Count)
}
