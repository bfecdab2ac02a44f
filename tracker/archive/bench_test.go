package archive_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/archive"
)

const benchPoints = 10_000_000

// benchStore is a store with one run of so many points in ten series, all of them folded.
func benchStore(b *testing.B) *tracker.Store {
	b.Helper()
	s := openStore(b)
	r, err := s.CreateRun(b.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline", Digest: "d"})
	must(b, err)
	a := begin(b, s, r.ID, nil)
	random := rand.New(rand.NewPCG(1, 2))
	batch := tracker.Batch{Run: r.ID, Attempt: 1, Samples: make([]tracker.Sample, 10_000)}
	for step := int64(0); step < benchPoints/10; {
		for i := range batch.Samples {
			batch.Samples[i] = tracker.Sample{Metric: fmt.Sprint("train/metric-", i%10), Step: step, Time: time.UnixMicro(1_700_000_000_000_000 + 1000*step + random.Int64N(100)), Value: 2 + random.NormFloat64()}
			if i%10 == 9 {
				step++
			}
		}
		batch.Sequence++
		must(b, s.Append(b.Context(), batch))
	}
	must(b, a.End(context.Background(), tracker.Finished, ""))
	fold(b, s)
	return s
}

// peak measures the largest resident memory from here on, where the system tells it.
func peak(b *testing.B) {
	if os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) != nil {
		return
	}
	b.Cleanup(func() {
		file, err := os.Open("/proc/self/status")
		must(b, err)
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var kb float64
			if text, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
				_, err := fmt.Sscan(text, &kb)
				must(b, err)
				b.ReportMetric(kb/1024, "peak-MB")
			}
		}
	})
}

func BenchmarkExport(b *testing.B) {
	s := benchStore(b)
	peak(b)
	bytes := int64(0)
	for i := 0; b.Loop(); i++ {
		m, err := archive.Export(b.Context(), s, filepath.Join(b.TempDir(), fmt.Sprint(i)), archive.Options{})
		must(b, err)
		bytes = 0
		for _, f := range m.Files {
			bytes += f.Size
		}
	}
	b.ReportMetric(float64(bytes)/benchPoints, "bytes/point")
	b.ReportMetric(benchPoints*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}

func BenchmarkImport(b *testing.B) {
	folder, _ := export(b, benchStore(b), archive.Options{})
	peak(b)
	for b.Loop() {
		_, err := bring(b, folder, openStore(b))
		must(b, err)
	}
	b.ReportMetric(benchPoints*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}
