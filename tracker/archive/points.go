package archive

import (
	"context"
	"io"

	"inkstone/tracker"
)

// pointRow is a point as it is read elsewhere.
type pointRow struct {
	Metric     string  `parquet:"metric,dict,zstd"`
	Context    string  `parquet:"context,dict,zstd"`
	Step       int64   `parquet:"step,delta,zstd"`
	Time       int64   `parquet:"time,timestamp(microsecond:utc),delta,zstd"`
	Value      float64 `parquet:"value,split,zstd"`
	Attempt    int32   `parquet:"attempt,delta,zstd"`
	Sequence   int64   `parquet:"sequence,delta,zstd"`
	Superseded bool    `parquet:"superseded,zstd"`
}

// addPoints appends a stretch to a table.
func addPoints(t *table[pointRow], s tracker.Stretch) error {
	i := 0
	for _, b := range s.Batches {
		for end := i + b.Points; i < end; i++ {
			err := t.add(pointRow{s.Metric, s.Context, s.Steps[i], s.Times[i], s.Values[i], int32(b.Attempt), b.Sequence, s.Superseded}, 0)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// readPoints makes stretches of the rows of a table.
func readPoints(ctx context.Context, file io.ReaderAt, size int64, visit func(s tracker.Stretch) error) error {
	var s tracker.Stretch
	return readTable(ctx, file, size, func(rows []pointRow) error {
		for len(rows) > 0 {
			n := sameSeries(rows)
			fill(&s, rows[:n])
			if err := visit(s); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
}

// sameSeries is how many of the rows stand in one stretch.
func sameSeries(rows []pointRow) int {
	first := &rows[0]
	for i := range rows {
		if r := &rows[i]; r.Metric != first.Metric || r.Context != first.Context || r.Superseded != first.Superseded {
			return i
		}
	}
	return len(rows)
}

// fill makes a stretch of rows, in the memory of an earlier one.
func fill(s *tracker.Stretch, rows []pointRow) {
	s.Metric, s.Context, s.Superseded = rows[0].Metric, rows[0].Context, rows[0].Superseded
	s.Batches, s.Steps, s.Times, s.Values = s.Batches[:0], s.Steps[:0], s.Times[:0], s.Values[:0]
	for i := range rows {
		r := &rows[i]
		if n := len(s.Batches); n > 0 && s.Batches[n-1].Attempt == int(r.Attempt) && s.Batches[n-1].Sequence == r.Sequence {
			s.Batches[n-1].Points++
		} else {
			s.Batches = append(s.Batches, tracker.BatchPart{Attempt: int(r.Attempt), Sequence: r.Sequence, Points: 1})
		}
		s.Steps, s.Times, s.Values = append(s.Steps, r.Step), append(s.Times, r.Time), append(s.Values, r.Value)
	}
}
