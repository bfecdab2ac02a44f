package tracker

import (
	"database/sql"
	"fmt"
	"testing"
)

// BenchmarkSize writes a million noisy losses of four series, while an owner folds them, and reports what a point takes at the
// end: of the pages in use, and of the whole file, whose free pages the next batches will take.
func BenchmarkSize(b *testing.B) {
	const points, batch = 1_000_000, 1000
	samples := lossesOf(points, "train/loss", "train/accuracy", "val/loss", "val/accuracy")
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			s := newStore(b, Options{})
			a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
			for i := 0; i < points; i += batch {
				put(b, s, a, int64(i/batch+1), samples[i:i+batch]...)
				if i%(100*batch) == 99*batch {
					foldAll(b, s)
				}
			}
			if err := s.maintain(b.Context(), 0); err != nil {
				b.Fatal(err)
			}
			reportSize(b, s.read, points)
		}
	})
	b.Run("row-per-point", func(b *testing.B) {
		for b.Loop() {
			rows := newNaive(b)
			for i := 0; i < points; i += batch {
				rows.write(samples[i:i+batch], 0)
			}
			reportSize(b, rows.db, points)
		}
	})
}

// BenchmarkFold folds a run of 200,000 points in 20 series.
func BenchmarkFold(b *testing.B) {
	const points = 200_000
	for b.Loop() {
		b.StopTimer()
		s := newStore(b, Options{})
		a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
		for i := range int64(200) {
			batch := make([]Sample, points/200)
			for k := range batch {
				batch[k] = at(fmt.Sprint("m", k%20), i*50+int64(k/20), float64(k)/7)
			}
			put(b, s, a, i+1, batch...)
		}
		b.StartTimer()
		foldAll(b, s)
	}
	b.ReportMetric(float64(points*b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}

// reportSize adds bytes a point of the database.
func reportSize(b *testing.B, db *sql.DB, points int) {
	var pages, free, size int64
	if err := db.QueryRow("SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&pages, &free, &size); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((pages-free)*size)/float64(points), "bytes/point")
	b.ReportMetric(float64(pages*size)/float64(points), "file-bytes/point")
}
