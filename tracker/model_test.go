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

// series lists a series' samples that count, and those that a resume superseded.
func (m *ideal) series(name seriesName) (kept, hidden []Sample) {
	kept, hidden = []Sample{}, []Sample{}
	for attempt, batches := range m.batches {
		for i, batch := range batches {
			for _, x := range batch {
				switch {
				case x.Metric != name.metric || x.Context != name.context:
				case i < m.kept[attempt]:
					kept = append(kept, x)
				default:
					hidden = append(hidden, x)
				}
			}
		}
	}
	return kept, hidden
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

var modelNames = []seriesName{{"loss", ""}, {"loss", "rank-1"}, {"损失", ""}}

// TestStoreAgainstAMap does random things to a store and to a plain map, which must agree after each.
func TestStoreAgainstAMap(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			largest := []int{20, 5000}[seed%2] // small batches, and such that chunks fill
			s := newStore(t, Options{})
			run := addRun(t, s, "e", "baseline", 1, "d").ID
			a, m := begin(t, s, run, nil), &ideal{}
			m.resume(nil)
			for range 40 {
				now := len(m.batches) - 1
				switch action := random.IntN(10); {
				case action < 6:
					batch := randomBatch(random, largest)
					m.batches[now], m.kept[now] = append(m.batches[now], batch), m.kept[now]+1
					put(t, s, a, int64(m.kept[now]), batch...)
				case action < 7 && m.kept[now] > 0: // sent again
					put(t, s, a, int64(1+random.IntN(m.kept[now])), randomBatch(random, largest)...)
				case action < 8:
					r := randomResume(random, m)
					a.release()
					m.resume(r)
					a = begin(t, s, run, r)
				default:
					foldAll(t, s)
				}
				compareWithIdeal(t, s, run, m, random)
			}
		})
	}
}

func randomBatch(random *rand.Rand, largest int) []Sample {
	odd := oddSamples()
	forward := random.IntN(2) == 0
	batch := make([]Sample, 1+random.IntN(largest))
	for i := range batch {
		batch[i] = odd[random.IntN(len(odd))]
		if math.Abs(batch[i].Value) == math.MaxFloat64 { // whose sums depend on their order entirely
			batch[i].Value = 1e9
		}
		if forward || len(batch) > 100 {
			batch[i].Step = int64(i)
		}
		name := modelNames[random.IntN(len(modelNames))]
		batch[i].Metric, batch[i].Context = name.metric, name.context
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

func compareWithIdeal(t *testing.T, s *Store, run string, m *ideal, random *rand.Rand) {
	t.Helper()
	summaries, err := s.Summaries(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	furthest := int64(0)
	for _, name := range modelNames {
		kept, hidden := m.series(name)
		if len(kept) > 0 {
			furthest = max(furthest, kept[len(kept)-1].Step)
		}
		q := Series{Metric: name.metric, Context: name.context}
		points, err := s.Points(t.Context(), run, q)
		comparePoints(t, "points", kept, points, err)
		points, err = s.Superseded(t.Context(), run, q)
		comparePoints(t, "superseded points", hidden, points, err)
		compareRange(t, s, run, q, kept, random)
		compareEnvelope(t, s, run, q, kept, random)
		compareSummary(t, summaries, name, kept)
		if last, ok := r.Metrics[name.metric]; name.context == "" && (ok != (len(kept) > 0) || ok && !sameNumber(float64(last), kept[len(kept)-1].Value)) {
			t.Fatalf("the last value of %s is %v (%v)", name.metric, last, ok)
		}
	}
	if last, err := s.LastStep(t.Context(), run); err != nil || last != furthest {
		t.Fatalf("the last step is %d, want %d, %v", last, furthest, err)
	}
}

func comparePoints(t *testing.T, what string, want []Sample, points []Point, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != len(want) {
		t.Fatalf("%d %s, want %d", len(points), what, len(want))
	}
	for i, x := range want {
		if p := points[i]; p.Step != x.Step || !p.Time.Equal(x.Time) || math.Float64bits(float64(p.Value)) != math.Float64bits(x.Value) {
			t.Fatalf("%s: %d is %+v, want %+v", what, i, p, x)
		}
	}
}

// compareRange reads between two random places of an axis.
func compareRange(t *testing.T, s *Store, run string, q Series, kept []Sample, random *rand.Rand) {
	t.Helper()
	if len(kept) == 0 {
		return
	}
	q.Axis = []Axis{ByStep, ByTime}[random.IntN(2)]
	place := func(x Sample) int64 {
		if q.Axis == ByTime {
			return x.Time.UnixMicro()
		}
		return x.Step
	}
	from, to := place(kept[random.IntN(len(kept))]), place(kept[random.IntN(len(kept))])
	q.From, q.To = &from, &to
	want := slices.DeleteFunc(slices.Clone(kept), func(x Sample) bool { return place(x) < from || place(x) > to })
	points, err := s.Points(t.Context(), run, q)
	comparePoints(t, fmt.Sprintf("points by %s from %d to %d", q.Axis, from, to), want, points, err)
}

// compareEnvelope reads at a random width: buckets of a power of two, each with what its points have.
func compareEnvelope(t *testing.T, s *Store, run string, q Series, kept []Sample, random *rand.Rand) {
	t.Helper()
	width := 1 + random.IntN(300)
	e, err := s.Envelope(t.Context(), run, q, width)
	if err != nil {
		t.Fatal(err)
	}
	if e.Points != int64(len(kept)) || len(e.Buckets) > width {
		t.Fatalf("%d buckets at width %d stand for %d points, there are %d", len(e.Buckets), width, e.Points, len(kept))
	}
	size := bucketSize(len(kept), width)
	for i, got := range e.Buckets {
		want := emptyBucket()
		for _, x := range kept[i*size : min((i+1)*size, len(kept))] {
			want.add(x.Step, x.Time.UnixMicro(), x.Value)
		}
		if !sameNumber(got.Sum, want.Sum) && math.Abs(got.Sum-want.Sum) > 1e-9*math.Abs(want.Sum) {
			t.Fatalf("bucket %d sums to %v, want %v", i, got.Sum, want.Sum)
		}
		if got.Sum = want.Sum; got != want && !(math.IsNaN(got.Sum) && cmp.Equal(got, want, sameBits)) {
			t.Fatalf("bucket %d of %d points: (-want +got)\n%s", i, size, cmp.Diff(want, got))
		}
	}
}

func compareSummary(t *testing.T, summaries []Summary, name seriesName, kept []Sample) {
	t.Helper()
	i := slices.IndexFunc(summaries, func(s Summary) bool { return s.Metric == name.metric && s.Context == name.context })
	if i < 0 != (len(kept) == 0) {
		t.Fatalf("%v has %d points and summary %d", name, len(kept), i)
	}
	if i < 0 {
		return
	}
	got, want := summaries[i], Summary{Metric: name.metric, Context: name.context}
	for _, x := range kept {
		want.add(x.Step, x.Value+0)
	}
	if !sameNumber(got.Sum, want.Sum) && math.Abs(got.Sum-want.Sum) > 1e-9*math.Abs(want.Sum) && !math.IsNaN(want.Sum) {
		t.Fatalf("%v sums to %v, want %v", name, got.Sum, want.Sum)
	}
	got.Sum, want.Sum = 0, 0
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b Value) bool { return sameNumber(float64(a), float64(b)) })); diff != "" {
		t.Fatalf("summary of %v (-want +got):\n%s", name, diff)
	}
}

func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
