package tracker

import (
	"context"
	"database/sql"
)

// arriving is a receiver that writes a run's content, in bounded transactions: points go straight to chunks.
type arriving struct {
	store  *Store
	run    RunRecord
	end    position // the run's last batch
	series map[seriesName]int64

	name       seriesName // of the points that come
	superseded bool
	points     *columns // that do not fill a chunk yet; nil before the first
	number     int      // of the next chunk
	chunks     []chunk
	hidden     []hiddenPiece
	bytes      int // of what waits to be written

	capture *arrivingCapture // nil before the first
	texts   []TextRecord
}

// hiddenPiece is superseded points of a series, encoded.
type hiddenPiece struct {
	series int64
	data   []byte
}

// Points implements Receiver.
func (a *arriving) Points(ctx context.Context, s Stretch) error {
	if name := (seriesName{s.Metric, s.Context}); a.points == nil || name != a.name || s.Superseded != a.superseded {
		if err := a.endSeries(ctx); err != nil {
			return err
		}
		a.name, a.superseded, a.points, a.number = name, s.Superseded, &columns{}, 0
	}
	next := columns{steps: s.Steps, times: s.Times, values: s.Values}
	for _, b := range s.Batches {
		next.origins = append(next.origins, origin{position{b.Attempt, b.Sequence}, b.Points})
	}
	a.points.join(&next)
	i := 0
	for ; a.points.len()-i >= chunkPoints; i += chunkPoints {
		if err := a.add(ctx, a.points.slice(i, i+chunkPoints)); err != nil {
			return err
		}
	}
	rest := &columns{}
	rest.join(a.points.slice(i, a.points.len()))
	a.points = rest
	return nil
}

// endSeries writes the points that fill no chunk.
func (a *arriving) endSeries(ctx context.Context) error {
	if a.points == nil || a.points.len() == 0 {
		return nil
	}
	return a.add(ctx, a.points)
}

// add encodes up to a chunk of points, and writes what waits once it is enough for a transaction.
func (a *arriving) add(ctx context.Context, c *columns) error {
	series := a.series[a.name]
	if a.superseded {
		piece := hiddenPiece{series, encodeData(c)}
		a.hidden, a.bytes = append(a.hidden, piece), a.bytes+len(piece.data)
	} else {
		x := newChunk(series, a.number, c)
		a.number++
		a.chunks, a.bytes = append(a.chunks, x), a.bytes+len(x.top)+len(x.levels)+len(x.data)
	}
	if a.bytes < foldTransaction {
		return nil
	}
	return a.write(ctx)
}

func (a *arriving) write(ctx context.Context) error {
	err := a.store.transact(ctx, func(tx *sql.Tx) error {
		for _, x := range a.chunks {
			if err := x.write(ctx, tx); err != nil {
				return err
			}
		}
		for _, x := range a.hidden {
			if err := writeSuperseded(ctx, tx, x.series, x.data); err != nil {
				return err
			}
		}
		return nil
	})
	a.chunks, a.hidden, a.bytes = nil, nil, 0
	return err
}

// finish writes what waits.
func (a *arriving) finish(ctx context.Context) error {
	for _, end := range []func(context.Context) error{a.endSeries, a.write, a.endCapture, a.writeTexts} {
		if err := end(ctx); err != nil {
			return err
		}
	}
	return nil
}
