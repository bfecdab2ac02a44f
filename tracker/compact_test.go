package tracker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folded is a store with a run of one folded series of n points and its attempt.
func folded(t testing.TB, n int) (*Store, *Attempting) {
	t.Helper()
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	batch := make([]Sample, 0, 1000)
	sequence := int64(0)
	for i := range n {
		if batch = append(batch, at("loss", int64(i), float64(i))); len(batch) == 1000 || i == n-1 {
			sequence++
			put(t, s, a, sequence, batch...)
			batch = batch[:0]
		}
	}
	foldAll(t, s)
	return s, a
}

func TestADamagedChunkIsNamedAndTheRestReads(t *testing.T) {
	for column, read := range map[string]func(s *Store, run string) (int, error){
		"data": func(s *Store, run string) (int, error) {
			points, err := s.Points(context.Background(), run, Series{Metric: "loss"})
			return len(points), err
		},
		"top": func(s *Store, run string) (int, error) {
			e, err := s.Envelope(context.Background(), run, Series{Metric: "loss"}, 3)
			return int(e.Points), err
		},
		"levels": func(s *Store, run string) (int, error) {
			e, err := s.Envelope(context.Background(), run, Series{Metric: "loss"}, 300)
			return int(e.Points), err
		},
	} {
		t.Run(column, func(t *testing.T) {
			s, a := folded(t, 3*chunkPoints+100)
			if n, err := read(s, a.run); err != nil || n != 3*chunkPoints+100 {
				t.Fatalf("before the damage: %d points, %v", n, err)
			}
			if _, err := s.write.Exec("UPDATE chunks SET " + column + " = cast(substr(" + column + ", 1, 5) || x'55' || substr(" + column + ", 7) AS BLOB) WHERE id & 0xffffff = 1"); err != nil {
				t.Fatal(err)
			}
			n, err := read(s, a.run)
			if !errors.Is(err, ErrInvalid) || strings.Count(err.Error(), "chunk 1 of series 1 is damaged") != 1 {
				t.Errorf("got %v, want the chunk named, once", err)
			}
			if n != 2*chunkPoints+100 {
				t.Errorf("%d points are left, want those of the other chunks", n)
			}
		})
	}
}

func TestFoldingLeavesADamagedBatchAndWhatFollows(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	for i := range int64(5) {
		put(t, s, a, i+1, at("loss", i, float64(i)))
	}
	if _, err := s.write.Exec("UPDATE journal SET payload = x'00' WHERE sequence = 3"); err != nil {
		t.Fatal(err)
	}
	foldAll(t, s)
	points, err := s.Points(t.Context(), a.run, Series{Metric: "loss"})
	if !errors.Is(err, ErrInvalid) || len(points) != 4 {
		t.Errorf("got %d points, %v; want 4 and the batch named", len(points), err)
	}
	put(t, s, a, 6, at("loss", 5, 5)) // the run goes on
	if got, _ := s.Points(t.Context(), a.run, Series{Metric: "loss"}); len(got) != 5 {
		t.Errorf("got %d points, want 5", len(got))
	}
}

func TestWhatIsFoldedWhen(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	left := func() (n int) {
		t.Helper()
		if err := s.read.QueryRow("SELECT count(*) FROM journal WHERE kind = 'points'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	maintain := func() {
		t.Helper()
		floor, err := s.Version(t.Context())
		if err == nil {
			err = s.maintain(t.Context(), floor)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, a, 1, at("loss", 1, 1))
	maintain()
	if left() != 1 {
		t.Error("a few points of a running run were folded")
	}
	many := make([]Sample, 2*foldPerSeries)
	for i := range many {
		many[i] = at("loss", int64(i), 1)
	}
	put(t, s, a, 2, many...)
	before, _ := s.Version(t.Context())
	if err := s.maintain(t.Context(), before-1); err != nil || left() != 2 {
		t.Errorf("what is younger than the floor was folded (%v)", err)
	}
	maintain()
	if left() != 0 {
		t.Error("many points were not folded")
	}
	put(t, s, a, 3, at("loss", 1, 1))
	if err := a.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	maintain()
	if left() != 0 {
		t.Error("the points of a finished run were not folded")
	}
	if after, err := s.Version(t.Context()); err != nil || after != before+2 { // of batch 3 and the end
		t.Errorf("folding changed the version: %d after %d, %v", after, before, err)
	}
}

// TestFoldingMeetsAResume lets a resume come between reading the journal and writing the chunks, and the other way round.
func TestFoldingMeetsAResume(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	for i := range int64(6) {
		put(t, s, a, i+1, at("loss", i, float64(i)))
	}
	floor, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stale, err := s.readFolding(t.Context(), run, floor)
	if err != nil {
		t.Fatal(err)
	}
	a.release()
	a = begin(t, s, run, &Resume{Attempt: 1, Sequence: 4})
	if err := s.writeFolding(t.Context(), stale); !errors.Is(err, errMoved) {
		t.Fatalf("a stretch from before the resume was written: %v", err)
	}
	cuts, err := s.cuts(t.Context(), run, position{1, 2})
	if err != nil || len(cuts) != 1 {
		t.Fatalf("%d cuts, %v", len(cuts), err)
	}
	foldAll(t, s)
	a.release()
	a.resume = &Resume{Attempt: 1, Sequence: 2}
	tx, err := s.write.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.supersede(t.Context(), tx, a.keep(), cuts); !errors.Is(err, errMoved) {
		t.Errorf("a cut from before the folding was written: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	begin(t, s, run, a.resume)
	if got := values(t, s, run, "loss"); !cmp.Equal(got, []float64{0, 1}) {
		t.Errorf("got %v, want 0 1", got)
	}
	hidden, err := s.Superseded(t.Context(), run, Series{Metric: "loss"})
	if got := fmt.Sprint(len(hidden), hidden[0].Value, hidden[3].Value); err != nil || got != "4 2 5" {
		t.Errorf("superseded: %s, %v; want 4 points from 2 to 5", got, err)
	}
}

func TestEnvelopeKeepsEverySpike(t *testing.T) {
	const n = 200_000
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	batch := make([]Sample, n)
	spikes := map[int]float64{17: 100, 63_999: -50, 64_000: 77, 131_071: 60, n - 1: 99}
	for i := range batch {
		batch[i] = at("loss", int64(i), 1)
		if v, ok := spikes[i]; ok {
			batch[i].Value = v
		}
	}
	put(t, s, a, 1, batch...)
	for _, state := range []string{"in the journal", "folded"} {
		for _, width := range []int{1, 7, 100, 1500} {
			e, err := s.Envelope(t.Context(), a.run, Series{Metric: "loss"}, width)
			if err != nil || e.Points != n || len(e.Buckets) > width+2 {
				t.Fatalf("%s, width %d: %d buckets for %d points, %v", state, width, len(e.Buckets), e.Points, err)
			}
			for at, value := range spikes {
				found := false
				for _, b := range e.Buckets {
					found = found || b.FirstStep <= int64(at) && int64(at) <= b.LastStep && b.Min <= value && value <= b.Max
				}
				if !found {
					t.Errorf("%s, width %d: the spike at %d is lost", state, width, at)
				}
			}
		}
		foldAll(t, s)
	}
}

func TestEnvelopesOfSeveralRuns(t *testing.T) {
	s := newStore(t, Options{})
	var runs []string
	for n := range 7 {
		a := begin(t, s, addRun(t, s, "e", "baseline", int64(n), fmt.Sprint(n)).ID, nil)
		for i := range int64(n * 5) {
			put(t, s, a, i+1, at("loss", i, float64(i)))
		}
		runs = append(runs, a.run)
	}
	foldAll(t, s)
	all, err := s.Envelopes(t.Context(), runs, Series{Metric: "loss"}, 8)
	if err != nil {
		t.Fatal(err)
	}
	for n, run := range runs {
		one, err := s.Envelope(t.Context(), run, Series{Metric: "loss"}, 8)
		if diff := cmp.Diff(one, all[n]); diff != "" || err != nil || one.Points != int64(n*5) {
			t.Errorf("run %d: %v %s", n, err, diff)
		}
	}
}
