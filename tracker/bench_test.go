package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkWrite appends batches of 1,000 points, each acknowledged, to the journal and to the naive schema of a row per
// point with the same settings: the two lines to compare.
func BenchmarkWrite(b *testing.B) {
	const size = 1000
	batch := make([]Sample, size)
	for i := range batch {
		batch[i] = at([]string{"train/loss", "train/grad_norm"}[i%2], int64(i/2), float64(i)/7)
	}
	b.Run("journal", func(b *testing.B) {
		s := newStore(b, Options{})
		a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
		sequence := int64(0)
		for b.Loop() {
			sequence++
			put(b, s, a, sequence, batch...)
		}
		reportPoints(b, s.read, int(sequence)*size)
	})
	b.Run("row-per-point", func(b *testing.B) {
		db := naive(b)
		rows := 0
		for b.Loop() {
			writeRows(b, db, batch, int64(rows))
			rows += size
		}
		reportPoints(b, db, rows)
	})
}

// BenchmarkIngest lets goroutines append at once, each call durable: the group that shares a transaction.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct{ writers, size int }{{8, 1000}, {8, 100}, {32, 1}} {
		b.Run(fmt.Sprintf("%dx%d", c.writers, c.size), func(b *testing.B) {
			s := newStore(b, Options{})
			samples := make([]Sample, c.size)
			for i := range samples {
				samples[i] = at([]string{"train/loss", "train/grad_norm"}[i%2], int64(i/2), float64(i)/7)
			}
			var turn, next atomic.Int64
			attempts := make([]*Attempting, c.writers)
			for w := range attempts {
				attempts[w] = begin(b, s, addRun(b, s, "e", "baseline", int64(w), fmt.Sprint("d", w)).ID, nil)
			}
			var mu sync.Mutex
			var waits []time.Duration
			b.SetParallelism(c.writers / runtime.GOMAXPROCS(0))
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				a, sequence := attempts[next.Add(1)-1], int64(0)
				var own []time.Duration
				for pb.Next() {
					sequence++
					turn.Add(1)
					began := time.Now()
					put(b, s, a, sequence, samples...)
					own = append(own, time.Since(began))
				}
				mu.Lock()
				defer mu.Unlock()
				waits = append(waits, own...)
			})
			calls := float64(turn.Load()) / b.Elapsed().Seconds()
			b.ReportMetric(calls*float64(c.size)/1e6, "Mpoints/s")
			b.ReportMetric(calls/syncRate(b), "calls/fsync")
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}

// syncRate is how often a second the disk takes a page for good.
func syncRate(b *testing.B) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const times = 500
	page, began := make([]byte, 4096), time.Now()
	for range times {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return times / time.Since(began).Seconds()
}

// BenchmarkRead reads a series of 100,000 points beside another of as many.
func BenchmarkRead(b *testing.B) {
	const size = 100_000
	samples := make([]Sample, 2*size)
	for i := range samples {
		samples[i] = at([]string{"train/loss", "train/grad_norm"}[i%2], int64(i/2), float64(i)/7)
	}
	b.Run("journal", func(b *testing.B) {
		s := newStore(b, Options{})
		a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
		for i := 0; i < len(samples); i += 1000 {
			put(b, s, a, int64(i/1000+1), samples[i:i+1000]...)
		}
		for b.Loop() {
			if points, err := s.Points(context.Background(), a.run, Series{Metric: "train/loss"}); err != nil || len(points) != size {
				b.Fatal(len(points), err)
			}
		}
		b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	})
	b.Run("row-per-point", func(b *testing.B) {
		db := naive(b)
		for i := 0; i < len(samples); i += 1000 {
			writeRows(b, db, samples[i:i+1000], 0)
		}
		for b.Loop() {
			if n := readRows(b, db, "train/loss"); n != size {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	})
}

// BenchmarkSeries reads one series of a million points, folded: whole, at the width of a page, and a part of it.
func BenchmarkSeries(b *testing.B) {
	const size = 1_000_000
	s, run := million(b, size)
	ctx := context.Background()
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if points, err := s.Points(ctx, run, Series{Metric: "loss"}); err != nil || len(points) != size {
				b.Fatal(len(points), err)
			}
		}
	})
	b.Run("1500-pixels", func(b *testing.B) {
		for b.Loop() {
			if e, err := s.Envelope(ctx, run, Series{Metric: "loss"}, 1500); err != nil || e.Points != size {
				b.Fatal(e.Points, err)
			}
		}
	})
	b.Run("zoom", func(b *testing.B) {
		from, to := int64(333_333), int64(344_444)
		for b.Loop() {
			if e, err := s.Envelope(ctx, run, Series{Metric: "loss", From: &from, To: &to}, 1500); err != nil || e.Points != to-from+1 {
				b.Fatal(e.Points, err)
			}
		}
	})
	b.Run("page", func(b *testing.B) { // of what a chart of a tenth shows
		from, to := int64(200_000), int64(299_999)
		for b.Loop() {
			if e, err := s.Envelope(ctx, run, Series{Metric: "loss", From: &from, To: &to}, 1500); err != nil || e.Points != to-from+1 {
				b.Fatal(e.Points, err)
			}
		}
	})
}

// million is a store with one folded series of n noisy points.
func million(b *testing.B, n int) (*Store, string) {
	s := newStore(b, Options{})
	a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
	c := noisy(n)
	for i := 0; i < n; i += 10_000 {
		batch := make([]Sample, min(10_000, n-i))
		for k := range batch {
			p := c.point(i + k)
			batch[k] = Sample{Metric: "loss", Step: p.Step, Time: p.Time, Value: float64(p.Value)}
		}
		put(b, s, a, int64(i/10_000+1), batch...)
	}
	foldAll(b, s)
	return s, a.run
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

// BenchmarkRuns lists 2,000 runs with their last values.
func BenchmarkRuns(b *testing.B) {
	s := newStore(b, Options{})
	for i := range 2000 {
		a := begin(b, s, addRun(b, s, "e", "baseline", int64(i), fmt.Sprint(i)).ID, nil)
		put(b, s, a, 1, at("train/loss", 1, 1), at("val/loss", 1, 1))
		if err := a.End(context.Background(), Finished, ""); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if runs, err := s.Runs(context.Background(), RunFilter{}); err != nil || len(runs) != 2000 {
			b.Fatal(len(runs), err)
		}
	}
}

func naive(b *testing.B) *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "naive.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE points (run TEXT, metric TEXT, step INTEGER, time INTEGER, value REAL, PRIMARY KEY (run, metric, step)) WITHOUT ROWID"); err != nil {
		b.Fatal(err)
	}
	return db
}

// writeRows writes a batch in one transaction, its steps moved on by offset.
func writeRows(b *testing.B, db *sql.DB, batch []Sample, offset int64) {
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	stmt, err := tx.Prepare("INSERT INTO points VALUES ('run', ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	for _, x := range batch {
		if _, err := stmt.Exec(x.Metric, x.Step+offset, micros(x.Time), x.Value); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func readRows(b *testing.B, db *sql.DB, metric string) (n int) {
	rows, err := db.Query("SELECT step, time, value FROM points WHERE run = 'run' AND metric = ? ORDER BY step", metric)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	points := []Point{}
	for rows.Next() {
		var p Point
		var us int64
		if err := rows.Scan(&p.Step, &us, (*float64)(&p.Value)); err != nil {
			b.Fatal(err)
		}
		p.Time = fromMicros(us)
		points = append(points, p)
	}
	return len(points)
}

// reportPoints adds durable points a second, and bytes a point of the database after its log was folded in.
func reportPoints(b *testing.B, db *sql.DB, points int) {
	b.ReportMetric(float64(points)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	var pages, size int64
	if err := db.QueryRow("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").Scan(&pages, &size); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(pages*size)/float64(points), "bytes/point")
}
