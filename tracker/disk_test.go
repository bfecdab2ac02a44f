package tracker

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// virtualDisk is a file system in a file. What the file holds at a moment is what a loss of power would leave: everything that
// was not brought to the disk is missing in it.
type virtualDisk struct {
	file, folder string
}

// newDisk makes a file system and mounts it; the test is skipped where that is not allowed.
func newDisk(t *testing.T) virtualDisk {
	t.Helper()
	d := virtualDisk{file: filepath.Join(t.TempDir(), "disk"), folder: t.TempDir()}
	if err := errorsOf(os.WriteFile(d.file, nil, 0o600), os.Truncate(d.file, 128<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", d.file).CombinedOutput(); err != nil {
		t.Skipf("no file system can be made here: %v %s", err, out)
	}
	d.mount(t)
	return d
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d virtualDisk) mount(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "loop", d.file, d.folder).CombinedOutput(); err != nil {
		t.Skipf("file systems cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(d.unmount)
}

func (d virtualDisk) unmount() { _ = exec.Command("umount", "-l", d.folder).Run() }

// lostPower is the disk as it is when the power goes now.
func (d virtualDisk) lostPower(t *testing.T) virtualDisk {
	t.Helper()
	after := virtualDisk{file: filepath.Join(t.TempDir(), "after"), folder: t.TempDir()}
	if out, err := exec.Command("cp", "--sparse=always", d.file, after.file).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	after.mount(t)
	return after
}

// keeping is writers of points and files, which stop between two calls while the disk is copied.
type keeping struct {
	store *Store
	pause sync.RWMutex
	mu    sync.Mutex
	files []Artifact
	last  map[string]int64 // sequence acknowledged, by run
}

func (k *keeping) write(ctx context.Context, run string, w int) error {
	a, err := k.store.BeginAttempt(ctx, run, AttemptInfo{}, nil)
	if err != nil {
		return err
	}
	defer a.release()
	for sequence := int64(1); ctx.Err() == nil; sequence++ {
		k.pause.RLock()
		err := k.store.Append(context.Background(), Batch{run, a.number, sequence, []Sample{at("count", sequence, float64(sequence))}})
		var file Artifact
		if err == nil {
			file, err = k.store.PutArtifact(context.Background(), run, fmt.Sprint("file-", sequence), "", strings.NewReader(strings.Repeat(fmt.Sprint(w, sequence), 3000)))
		}
		k.mu.Lock()
		k.files, k.last[run] = append(k.files, file), sequence
		k.mu.Unlock()
		k.pause.RUnlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// TestPowerLossOfADisk writes points and files to a file system of its own, takes the power away, and looks for what was
// acknowledged on what is left.
func TestPowerLossOfADisk(t *testing.T) {
	d := newDisk(t)
	for _, c := range []struct {
		name, settings string
		safe           bool
	}{{"synchronous=FULL", "", true}, {"synchronous=OFF", "_synchronous=OFF&", false}} {
		t.Run(c.name, func(t *testing.T) {
			missing, acknowledged := 0, 0
			for range max(rounds(2)/10, 2) {
				lost, known := loseDisk(t, d, c.settings)
				missing, acknowledged = missing+len(lost), acknowledged+known
				if c.safe && len(lost) > 0 {
					t.Fatalf("acknowledged and not there: %v", lost)
				}
			}
			t.Logf("%s: %d acknowledged, %d missing", c.name, acknowledged, missing)
			if acknowledged == 0 || !c.safe && missing == 0 {
				t.Errorf("%d acknowledged, %d missing: this proves nothing", acknowledged, missing)
			}
		})
	}
}

// loseDisk writes to a new store on the disk until the power is taken away, and returns what is missing.
func loseDisk(t *testing.T, d virtualDisk, settings string) (missing []string, acknowledged int) {
	t.Helper()
	name := fmt.Sprint("store-", rand.Uint32())
	s, err := Open(filepath.Join(d.folder, name), Options{settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	k := &keeping{store: s, last: map[string]int64{}}
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 3 {
		run := addRun(t, s, "e", "baseline", int64(w), fmt.Sprint(w)).ID
		writers.Go(func() {
			if err := k.write(ctx, run, w); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
	k.pause.Lock()
	after := d.lostPower(t)
	files, last := slices.Clone(k.files), maps.Clone(k.last)
	k.pause.Unlock()
	cancel()
	writers.Wait()
	if err := errorsOf(s.Close(), os.RemoveAll(s.dir)); err != nil {
		t.Fatal(err)
	}
	defer after.unmount()
	return missingOn(t, filepath.Join(after.folder, name), files, last), len(files)
}

// missingOn compares a store with what was acknowledged.
func missingOn(t *testing.T, dir string, files []Artifact, last map[string]int64) (missing []string) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	report, err := s.Check(t.Context(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range report.Findings {
		missing = append(missing, f.Where+": "+f.What)
	}
	for run, sequence := range last {
		if points, err := s.Points(t.Context(), run, Series{Metric: "count"}); err != nil || int64(len(points)) < sequence {
			missing = append(missing, fmt.Sprintf("%d of %d batches, %v", len(points), sequence, err))
		}
	}
	for _, f := range files {
		found, err := s.Artifact(t.Context(), f.Run, f.Name, f.Version)
		if err == nil {
			err = s.verifyBlob(t.Context(), found.Digest, f.Size)
		}
		if err != nil {
			missing = append(missing, err.Error())
		}
	}
	return missing
}
