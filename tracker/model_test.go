package tracker

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ideal is what a run's record should be: every batch of every attempt, and how much of each attempt counts.
type ideal struct {
	batches [][][]Sample // by attempt, by sequence
	kept    []int        // batches that count, per attempt
}

func (m *ideal) series(metric string) []Sample {
	list := []Sample{}
	for attempt, kept := range m.kept {
		for _, batch := range m.batches[attempt][:kept] {
			for _, x := range batch {
				if x.Metric == metric {
					list = append(list, x)
				}
			}
		}
	}
	return list
}

func (m *ideal) resume(r *Resume) {
	for i := range m.kept {
		switch {
		case r == nil || i+1 > r.Attempt:
			m.kept[i] = 0
		case i+1 == r.Attempt:
			m.kept[i] = min(m.kept[i], int(r.Sequence))
		}
	}
	m.batches, m.kept = append(m.batches, nil), append(m.kept, 0)
}

// TestStoreAgainstAMap does random things to a store and to a plain map, which must agree after each.
func TestStoreAgainstAMap(t *testing.T) {
	metrics := []string{"loss", "lr", "损失"}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			s := newStore(t, Options{})
			run := addRun(t, s, "e", "baseline", 1, "d").ID
			a, m := begin(t, s, run, nil), &ideal{}
			m.resume(nil)
			for range 60 {
				now := len(m.batches) - 1
				switch action := random.IntN(10); {
				case action < 6:
					batch := randomBatch(random, metrics)
					m.batches[now], m.kept[now] = append(m.batches[now], batch), m.kept[now]+1
					put(t, s, a, int64(m.kept[now]), batch...)
				case action < 7 && m.kept[now] > 0: // sent again
					put(t, s, a, int64(1+random.IntN(m.kept[now])), randomBatch(random, metrics)...)
				case action < 8:
					r := randomResume(random, m)
					a.release()
					m.resume(r)
					a = begin(t, s, run, r)
				case action < 9:
					if err := s.maintain(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				compareWithIdeal(t, s, run, m, metrics)
			}
		})
	}
}

func randomBatch(random *rand.Rand, metrics []string) []Sample {
	odd := oddSamples()
	batch := make([]Sample, 1+random.IntN(20))
	for i := range batch {
		batch[i] = odd[random.IntN(len(odd))]
		batch[i].Metric = metrics[random.IntN(len(metrics))]
	}
	return batch
}

// randomResume is a point that a checkpoint could name: a batch that still counts.
func randomResume(random *rand.Rand, m *ideal) *Resume {
	attempt := random.IntN(len(m.kept))
	if m.kept[attempt] == 0 {
		return nil
	}
	return &Resume{Attempt: attempt + 1, Sequence: int64(1 + random.IntN(m.kept[attempt]))}
}

func compareWithIdeal(t *testing.T, s *Store, run string, m *ideal, metrics []string) {
	t.Helper()
	r, err := s.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range metrics {
		points, err := s.Points(t.Context(), run, metric)
		if err != nil {
			t.Fatal(err)
		}
		got := []Sample{}
		for _, p := range points {
			got = append(got, Sample{metric, p.Step, p.Time, float64(p.Value)})
		}
		want := m.series(metric)
		if diff := cmp.Diff(want, got, sameBits); diff != "" {
			t.Fatalf("%s differs (-want +got):\n%s", metric, diff)
		}
		last, ok := r.Metrics[metric]
		if ok != (len(want) > 0) || ok && !sameNumber(float64(last), want[len(want)-1].Value) {
			t.Fatalf("the last value of %s is %v (%v), want that of %v", metric, last, ok, want)
		}
	}
	if names, err := s.Metrics(t.Context(), run); err != nil || len(names) > len(metrics) || !slices.IsSorted(names) {
		t.Fatalf("got the metrics %v, %v", names, err)
	}
}

func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
