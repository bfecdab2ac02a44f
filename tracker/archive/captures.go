package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"inkstone/tracker"
)

// headRow is a head of a capture as it is read elsewhere.
type headRow struct {
	Capture   int32  `parquet:"capture,delta,zstd"`
	Kind      string `parquet:"kind,dict,zstd"`
	Name      string `parquet:"name,dict,zstd"`
	Context   string `parquet:"context,dict,zstd"`
	Step      int64  `parquet:"step,delta,zstd"`
	Layer     int32  `parquet:"layer,delta,zstd"`
	Head      int32  `parquet:"head,delta,zstd"`
	Queries   int32  `parquet:"queries,delta,zstd"`
	Keys      int32  `parquet:"keys,delta,zstd"`
	DType     string `parquet:"dtype,dict,zstd"`
	Data      []byte `parquet:"data,zstd"`
	Scales    []byte `parquet:"scales,zstd"`
	Thumbnail []byte `parquet:"thumbnail,zstd"`
}

// dtypes are the names of numpy.
var dtypes = map[tracker.DType]string{tracker.F32: "<f4", tracker.F16: "<f2", tracker.U8: "u1"}

// scalesSize is the bytes of a row's least value and the distance of its levels.
const scalesSize = 8

func newHeadRow(c *tracker.CaptureRecord, h tracker.HeadRecord) headRow {
	row := headRow{
		Capture: int32(c.Number), Kind: string(c.Kind), Name: c.Name, Context: c.Context, Step: c.Step, Layer: int32(h.Layer), Head: int32(h.Head),
		Queries: int32(c.Queries), Keys: int32(c.Keys), DType: dtypes[c.DType], Data: bytes.Clone(h.Data), Thumbnail: bytes.Clone(h.Thumbnail),
	}
	if c.DType == tracker.U8 {
		row.Scales, row.Data = row.Data[:scalesSize*c.Queries], row.Data[scalesSize*c.Queries:]
	}
	return row
}

// record is the head of a row, which must say of the capture what the capture's line does.
func (r headRow) record(c *tracker.CaptureRecord) (tracker.HeadRecord, error) {
	said := headRow{
		Capture: int32(c.Number), Kind: string(c.Kind), Name: c.Name, Context: c.Context, Step: c.Step, Layer: r.Layer, Head: r.Head,
		Queries: int32(c.Queries), Keys: int32(c.Keys), DType: dtypes[c.DType],
	}
	seen := r
	seen.Data, seen.Scales, seen.Thumbnail = nil, nil, nil
	if fmt.Sprint(said) != fmt.Sprint(seen) {
		return tracker.HeadRecord{}, fmt.Errorf("%w: capture %d has a row %v, and a line that makes it %v", tracker.ErrInvalid, c.Number, seen, said)
	}
	return tracker.HeadRecord{Layer: int(r.Layer), Head: int(r.Head), Data: append(r.Scales[:len(r.Scales):len(r.Scales)], r.Data...), Thumbnail: r.Thumbnail}, nil
}

// readCaptures joins the rows of heads with the lines of their captures.
func readCaptures(ctx context.Context, heads io.ReaderAt, size int64, captures io.Reader, visit func(c *tracker.CaptureRecord, h tracker.HeadRecord) error) error {
	lines := newLines(captures)
	current := &tracker.CaptureRecord{Number: -1}
	err := readTable(ctx, heads, size, func(rows []headRow) error {
		for _, row := range rows {
			if int(row.Capture) != current.Number {
				current = &tracker.CaptureRecord{}
				if err := lines.next(current); err != nil {
					return fmt.Errorf("capture %d: %w", row.Capture, err)
				}
			}
			h, err := row.record(current)
			if err != nil {
				return err
			}
			if err := visit(current, h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return lines.end()
}
