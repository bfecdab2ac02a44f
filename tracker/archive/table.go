package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"

	"inkstone/tracker"
)

// Row groups are what is held in memory: so many rows, or bytes of the columns that are blobs.
const (
	groupRows  = 1 << 18
	groupBytes = 32 << 20
	batchRows  = 1 << 13
)

// table writes rows to a Parquet file. The same rows make the same file.
type table[T any] struct {
	file *os.File
	to   *parquet.GenericWriter[T]
	rows []T // that wait: pages end where a batch does
	size int // bytes in the row group
}

// newTable begins a table; no bounds are kept of the columns that are named.
func newTable[T any](file *os.File, unbounded ...string) *table[T] {
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(groupRows), parquet.CreatedBy("inkstone", "", "")}
	for _, column := range unbounded {
		options = append(options, parquet.SkipPageBounds(column))
	}
	return &table[T]{file: file, to: parquet.NewGenericWriter[T](file, options...), rows: make([]T, 0, batchRows)}
}

// add appends a row with so many bytes of blobs.
func (t *table[T]) add(row T, size int) error {
	t.rows, t.size = append(t.rows, row), t.size+size
	if t.size < groupBytes && len(t.rows) < batchRows {
		return nil
	}
	if err := t.write(); err != nil || t.size < groupBytes {
		return err
	}
	t.size = 0
	return t.to.Flush()
}

func (t *table[T]) write() error {
	_, err := t.to.Write(t.rows)
	t.rows = t.rows[:0]
	return err
}

// end writes what waits and the footer.
func (t *table[T]) end() error {
	if err := t.write(); err != nil {
		return err
	}
	if err := t.to.Close(); err != nil {
		return err
	}
	return t.dropPageIndex()
}

// footerEnd is the size of a footer's length and the magic number behind it.
const footerEnd = 8

// dropPageIndex writes the footer again without references to the page index. The library's index gives columns without bounds
// the bounds 0 and 0, and readers such as DuckDB leave pages out that way; with bounds, they take a column that has them for
// one without NaN.
func (t *table[T]) dropPageIndex() error {
	meta := t.to.File().Metadata()
	for i := range meta.RowGroups {
		for k := range meta.RowGroups[i].Columns {
			c := &meta.RowGroups[i].Columns[k]
			c.ColumnIndexOffset, c.ColumnIndexLength, c.OffsetIndexOffset, c.OffsetIndexLength = 0, 0, 0, 0
		}
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		return err
	}
	size, err := t.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	length, err := footerLength(t.file, size)
	if err != nil {
		return err
	}
	start := size - footerEnd - length
	if err := t.file.Truncate(start); err != nil {
		return err
	}
	footer = append(binary.LittleEndian.AppendUint32(footer, uint32(len(footer))), "PAR1"...)
	_, err = t.file.WriteAt(footer, start)
	return err
}

// footerLength reads how long a file's footer is; the library would believe any length.
func footerLength(file io.ReaderAt, size int64) (int64, error) {
	var end [footerEnd]byte
	if size < 2*footerEnd {
		return 0, fmt.Errorf("%w: %d bytes are no Parquet file", tracker.ErrInvalid, size)
	}
	if _, err := file.ReadAt(end[:], size-footerEnd); err != nil {
		return 0, err
	}
	length := int64(binary.LittleEndian.Uint32(end[:]))
	if !bytes.Equal(end[4:], []byte("PAR1")) || length > size-2*footerEnd {
		return 0, fmt.Errorf("%w: no footer of a Parquet file", tracker.ErrInvalid)
	}
	return length, nil
}

// readTable visits the rows of a table, some at a time; they are gone when visit returns. What is no table of such rows is
// ErrInvalid.
func readTable[T any](ctx context.Context, file io.ReaderAt, size int64, visit func(rows []T) error) (err error) {
	// The library panics on some files that are damaged.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: a damaged Parquet file: %v", tracker.ErrInvalid, p)
		}
	}()
	if _, err := footerLength(file, size); err != nil {
		return err
	}
	f, err := parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
	}
	if got, want := f.Schema(), parquet.SchemaOf(*new(T)); !parquet.EqualNodes(got, want) {
		return fmt.Errorf("%w: columns %s, want %s", tracker.ErrInvalid, got, want)
	}
	rows := parquet.NewGenericReader[T](f)
	defer rows.Close()
	for batch := make([]T, batchRows); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := rows.Read(batch)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
		}
		if n > 0 {
			if err := visit(batch[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}
