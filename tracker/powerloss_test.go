package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPowerLossKeepsWhatWasAcknowledged takes the power away at random moments of writing, folding and checkpointing, and at
// the very moments of acknowledgements.
func TestPowerLossKeepsWhatWasAcknowledged(t *testing.T) {
	takesLong(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	var sum verdict
	images, checkpoints := 0, 0
	for round := range rounds(1) {
		r := record(t, "", seed+uint64(round))
		checkpoints += r.log.Syncs(databaseName)
		for i := range 20 {
			v := r.crash(t, r.moment(i, random), random)
			sum.add(v)
			if images++; len(v.wrong) > 0 || v.missing+v.doubled > 0 {
				t.Fatalf("seed %d, round %d, image %d: %+v", seed, round, i, v)
			}
		}
	}
	t.Logf("%d images of lost power, %d syncs of the database, seed %d: %v", images, checkpoints, seed, sum)
	if checkpoints < 3 { // opening and closing do one each; how many come between depends on the machine
		t.Errorf("the database was synced %d times: no image met a checkpoint", checkpoints)
	}
	if sum.acknowledged == 0 || sum.unasked == 0 {
		t.Error("nothing was acknowledged, or nothing was on its way: the moments prove nothing")
	}
}

// TestPowerLossShowsWhatIsNotSynced proves that the test above can fail.
func TestPowerLossShowsWhatIsNotSynced(t *testing.T) {
	takesLong(t)
	for _, synchronous := range []string{"NORMAL", "OFF"} {
		t.Run(synchronous, func(t *testing.T) {
			r := record(t, "_synchronous="+synchronous+"&", 1)
			random := rand.New(rand.NewPCG(1, 1))
			var sum verdict
			for i := range 12 {
				v := r.crash(t, r.moment(i, random), random)
				sum.add(v)
				if synchronous == "NORMAL" && len(v.wrong) > 0 {
					t.Errorf("without syncs of the log, batches may be lost, and nothing else: %v", v.wrong)
				}
			}
			t.Log(sum)
			if sum.missing == 0 {
				t.Errorf("with synchronous=%s, all of %d acknowledged points are there", synchronous, sum.acknowledged)
			}
		})
	}
}

// moment chooses a position of the log: of any operation, at an acknowledgement, or just before one.
func (r recording) moment(i int, random *rand.Rand) int {
	w := r.writers[random.IntN(len(r.writers))]
	acknowledged := w.batches[random.IntN(len(w.batches))].at
	return []int{random.IntN(r.log.Len() + 1), r.opened + random.IntN(r.log.Len()-r.opened+1), acknowledged, acknowledged - 1}[i%4]
}

// verdict is what was found after a loss of power.
type verdict struct {
	acknowledged int // points
	missing      int // of those, and captures, resumes and runs
	doubled      int // points
	unasked      int // points that are there without an acknowledgement
	wrong        []string
}

func (v *verdict) add(o verdict) {
	v.acknowledged, v.missing, v.doubled, v.unasked = v.acknowledged+o.acknowledged, v.missing+o.missing, v.doubled+o.doubled, v.unasked+o.unasked
	v.wrong = append(v.wrong, o.wrong...)
}

func (v verdict) String() string {
	return fmt.Sprintf("%d acknowledged, %d missing, %d doubled, %d more", v.acknowledged, v.missing, v.doubled, v.unasked)
}

func (v *verdict) find(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

// crash takes the power away at a position, and looks at what is left.
func (r recording) crash(t *testing.T, at int, random *rand.Rand) (v verdict) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "image")
	defer os.RemoveAll(folder)
	if err := r.log.Image(folder, at, random); err != nil {
		t.Fatal(err)
	}
	s, err := Open(folder, Options{})
	if err != nil {
		v.find("position %d: %v", at, err)
		s = &Store{}
	}
	defer s.Close()
	for _, w := range r.writers {
		w.judge(s, at, &v)
	}
	if err != nil {
		return v
	}
	for run, created := range r.created {
		if _, err := s.Run(t.Context(), run); created <= at && err != nil {
			v.missing++
		}
	}
	checkSound(t, s, &v)
	return v
}

// judge compares what a run has with what it must have.
func (x *lossy) judge(s *Store, at int, v *verdict) {
	ctx := context.Background()
	var kept, hidden []Point
	if s.read != nil {
		var err, hiddenErr error
		kept, err = s.Points(ctx, x.run, Series{Metric: "serial"})
		hidden, hiddenErr = s.Superseded(ctx, x.run, Series{Metric: "serial"})
		if err != nil || hiddenErr != nil {
			v.find("run %s: %v, %v", x.run, err, hiddenErr)
		}
	}
	seen := map[int64]int{}
	for _, p := range slices.Concat(kept, hidden) {
		serial := int64(p.Value)
		if seen[serial]++; p.Step != serial/3 {
			v.find("point %d has step %d", serial, p.Step)
		}
	}
	x.judgeBatches(seen, at, v)
	for _, m := range x.resumes {
		if m.at <= at && slices.ContainsFunc(kept, func(p Point) bool { return m.first <= int64(p.Value) && int64(p.Value) <= m.last }) {
			v.missing++ // the resume
		}
	}
	if s.read != nil {
		x.judgeCaptures(s, at, v)
	}
}

// judgeBatches finds each batch whole or not at all, without a gap, and those that were acknowledged.
func (x *lossy) judgeBatches(seen map[int64]int, at int, v *verdict) {
	ended := false
	for _, m := range x.batches {
		there := 0
		for serial := m.first; serial <= m.last; serial++ {
			there += min(seen[serial], 1)
			v.doubled += max(seen[serial]-1, 0)
		}
		size := int(m.last - m.first + 1)
		switch {
		case m.at <= at:
			v.acknowledged, v.missing = v.acknowledged+size, v.missing+size-there
		case there == size:
			v.unasked += size
		}
		if there != 0 && (there != size || ended) {
			v.find("of the batch from %d to %d there are %d points, or the one before it is missing", m.first, m.last, there)
		}
		ended = ended || there == 0
	}
}

func (x *lossy) judgeCaptures(s *Store, at int, v *verdict) {
	for _, m := range x.captures {
		var id int64
		err := s.read.QueryRow("SELECT id FROM captures WHERE run = ? AND step = ? AND complete = 1", x.run, m.first).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows) && m.at <= at:
			v.missing++
		case err == nil:
			_, _, err = s.CaptureHead(context.Background(), id, 1, 1)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			v.find("the capture of step %d: %v", m.first, err)
		}
	}
}

// checkSound checks the whole store, and that its runs go on. Folders of runs are no part of an image.
func checkSound(t *testing.T, s *Store, v *verdict) {
	t.Helper()
	runs, err := s.Runs(t.Context(), RunFilter{})
	if err != nil {
		v.find("list the runs: %v", err)
		return
	}
	for _, r := range runs {
		if err := os.MkdirAll(s.RunDir(r.ID), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	report, err := s.Check(t.Context(), nil)
	if err != nil || len(report.Findings) > 0 {
		v.find("check: %v, %+v", err, report.Findings)
	}
	if len(runs) == 0 || len(v.wrong) > 0 {
		return
	}
	a := begin(t, s, runs[0].ID, nil)
	put(t, s, a, 1, at("after", 1, 1))
	if got := values(t, s, a.run, "after"); len(got) != 1 {
		v.find("a run does not go on: %v", got)
	}
	a.release()
}
