package tracker

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"
)

// BenchmarkRecorder logs as a trainer does. In "series" each step logs a value of each of 1,000 prepared series and takes
// 5 milliseconds otherwise: the time is that of the call alone. In "flushed" the steps follow at once, each with a map of 100
// metrics, until a flush says that all of a million points are committed.
func BenchmarkRecorder(b *testing.B) {
	b.Run("series", func(b *testing.B) {
		r, _ := newRecording(b)
		handles, values := prepared(b, r, 1000)
		waits, step := newWaits(b), int64(0)
		for b.Loop() {
			time.Sleep(5 * time.Millisecond)
			step++
			waits.time(func() {
				if err := r.LogSeries(step, handles, values); err != nil {
					b.Fatal(err)
				}
			})
		}
		b.ReportMetric(0, "ns/op") // the step between the calls
		waits.reportIn(time.Microsecond, "µs", 50, 99)
	})
	b.Run("flushed", func(b *testing.B) {
		const steps, metrics = 10_000, 100
		r, s := newRecording(b)
		turn := int64(0)
		for b.Loop() {
			logSteps(b, r, turn*steps, steps, metrics)
			turn++
		}
		points := float64(turn) * steps * metrics
		b.ReportMetric(points/b.Elapsed().Seconds()/1e6, "Mpoints/s")
		foldAll(b, s)
		reportSize(b, s.read, int(points))
	})
}

// newRecording is a recorder of a run in a store of its own.
func newRecording(b *testing.B) (*Recorder, *Store) {
	s := newStore(b, Options{})
	a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
	r := NewRecorder(s, a.run, a.number, RecorderOptions{})
	b.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return r, s
}

func prepared(b *testing.B, r *Recorder, n int) (handles []Handle, values []float64) {
	for i := range n {
		h, err := r.Series(fmt.Sprint("layer/", i), "")
		if err != nil {
			b.Fatal(err)
		}
		handles, values = append(handles, h), append(values, float64(i)/7)
	}
	return handles, values
}

// logSteps logs steps of so many metrics, as a smooth curve with a little noise, and flushes.
func logSteps(b *testing.B, r *Recorder, from, steps int64, metrics int) {
	names := make([]string, metrics)
	for i := range names {
		names[i] = fmt.Sprintf("m%03d", i)
	}
	for step := from; step < from+steps; step++ {
		values := make(map[string]float64, metrics)
		for i, name := range names {
			values[name] = 2.5*math.Exp(-float64(step)/4000) + float64((step*2654435761+int64(i)*40503)%1000)/100_000
		}
		if err := r.Log(step, values); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := r.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
}
