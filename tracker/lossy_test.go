package tracker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"inkstone/tracker/powerloss"
)

// recording is what was written to a store, and when each thing was acknowledged: at positions of the log.
type recording struct {
	log     powerloss.Log
	opened  int
	writers []*lossy
	created map[string]int // runs
}

// mark is an acknowledgement: of the points with these serials, or of the capture of the step first.
type mark struct {
	at          int
	first, last int64
}

// lossy is a writer: it counts its points over all attempts, and knows what was acknowledged.
type lossy struct {
	run                        string
	serial                     int64
	batches, resumes, captures []mark
}

const (
	lossyWriters = 4
	lossyBatches = 60
)

// record lets writers, the compactor and checkpoints work on a store that logs.
func record(t *testing.T, settings string, seed uint64) recording {
	t.Helper()
	disk, err := powerloss.New("lossy")
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	s, err := Open(filepath.Join(t.TempDir(), "store"), Options{settings: settings + "vfs=lossy&"})
	if err != nil {
		t.Fatal(err)
	}
	r := recording{opened: disk.Position(), created: map[string]int{}}
	done := make(chan struct{})
	var writers, owner sync.WaitGroup
	for w := range lossyWriters {
		x := &lossy{run: addRun(t, s, "e", "baseline", int64(w), fmt.Sprint("d", w)).ID}
		r.writers = append(r.writers, x)
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		writers.Go(func() {
			if err := x.write(s, disk, random); err != nil {
				t.Error(err)
			}
		})
	}
	owner.Go(func() {
		if err := r.own(s, disk, done); err != nil {
			t.Error(err)
		}
	})
	writers.Wait()
	close(done)
	owner.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r.log = disk.Log()
	return r
}

// write appends batches, with captures and resumes between them.
func (x *lossy) write(s *Store, disk *powerloss.Disk, random *rand.Rand) error {
	ctx := context.Background()
	a, err := s.BeginAttempt(ctx, x.run, AttemptInfo{}, nil)
	if err != nil {
		return err
	}
	sequence := int64(0)
	for i := range lossyBatches {
		sequence++
		if err := x.append(s, disk, a.number, sequence, 1+random.IntN(200)); err != nil {
			return err
		}
		switch random.IntN(15) {
		case 0:
			if err := a.Capture(ctx, attention(int64(i), 2, 2, 20), sequence); err != nil {
				return err
			}
			x.captures = append(x.captures, mark{at: disk.Position(), first: int64(i)})
		case 1:
			keep := max(1, sequence-random.Int64N(4))
			a.release()
			if a, err = s.BeginAttempt(ctx, x.run, AttemptInfo{}, &Resume{a.number, keep}); err != nil {
				return err
			}
			x.resumes = append(x.resumes, mark{disk.Position(), x.batches[i-int(sequence-keep)].last + 1, x.serial})
			sequence = 0
		}
	}
	return a.End(ctx, Finished, "")
}

func (x *lossy) append(s *Store, disk *powerloss.Disk, attempt int, sequence int64, n int) error {
	first := x.serial + 1
	var samples []Sample
	for range n {
		x.serial++
		samples = append(samples, at("serial", x.serial/3, float64(x.serial)))
	}
	if err := s.Append(context.Background(), Batch{x.run, attempt, sequence, samples}); err != nil {
		return err
	}
	x.batches = append(x.batches, mark{disk.Position(), first, x.serial})
	return nil
}

// own does an owner's work, and creates runs.
func (r *recording) own(s *Store, disk *powerloss.Disk, done chan struct{}) error {
	ctx := context.Background()
	for i := 0; ; i++ {
		select {
		case <-done:
			return nil
		default:
		}
		run, err := s.CreateRun(ctx, NewRun{Experiment: "e", Variant: "other", Seed: int64(i), Digest: fmt.Sprint("other", i), Spec: []byte(`{}`)})
		if err != nil {
			return err
		}
		r.created[run.ID] = disk.Position()
		floor, err := s.Version(ctx)
		if err != nil {
			return err
		}
		for _, w := range r.writers {
			if err := s.foldRun(ctx, w.run, floor); err != nil && !errors.Is(err, errMoved) {
				return err
			}
		}
		var busy, frames, folded int
		mode := []string{"PASSIVE", "TRUNCATE"}[i%2]
		if err := s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &folded); err != nil && !transient(err) {
			return err
		}
	}
}
