package remote

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

// left is a journal that a dead process left behind, in one segment: a declaration, five batches, and the end.
func left(t *testing.T) (dir string, segment []byte, all []piece) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "journal")
	a := &acceptor{}
	client, attempt := started(t, Config{Dir: dir}, a)
	a.turn(true)
	if err := attempt.DeclareMetrics(t.Context(), []tracker.MetricInfo{{Name: "count", Unit: "1"}}); err != nil {
		t.Fatal(err)
	}
	put(t, attempt, 1, 5)
	if err := attempt.End(t.Context(), tracker.Finished, ""); err != nil {
		t.Fatal(err)
	}
	_ = client.Close(over())
	segment, err := os.ReadFile(filepath.Join(dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	all, torn := scan(segment, 0, 0)
	if len(all) != 7 || torn != len(segment) {
		t.Fatalf("%d frames in %d bytes, whole until %d", len(all), len(segment), torn)
	}
	return dir, segment, all
}

// drained sends a copy of a journal whose segment is other bytes.
func drained(t *testing.T, dir string, segment []byte) (*acceptor, Pending, string) {
	t.Helper()
	copied, err := os.MkdirTemp(t.TempDir(), "journal")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{identityName, cursorName} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil || os.WriteFile(filepath.Join(copied, name), text, 0o644) != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(copied, segmentName(1)), segment, 0o644); err != nil {
		t.Fatal(err)
	}
	a := &acceptor{}
	p, err := Drain(t.Context(), Config{Dir: copied, Transport: a}, nil)
	if err != nil || p.Frames != 0 || p.Bytes != 0 {
		t.Fatalf("%v, left %+v", err, p)
	}
	return a, p, copied
}

func TestAJournalCutAnywhereLosesItsLastFrameAlone(t *testing.T) {
	dir, segment, all := left(t)
	for cut := all[5].offset; cut <= len(segment); cut++ { // from within the last batch to the whole
		a, p, _ := drained(t, dir, segment[:cut])
		want := []float64{1, 2, 3, 4, 5}
		if cut < all[5].offset+all[5].size {
			want = want[:4]
		}
		if diff := cmp.Diff(want, a.values()); diff != "" {
			t.Fatalf("cut at byte %d (-want +got):\n%s", cut, diff)
		}
		if len(p.Damaged)+len(p.Lost) > 0 || (a.ended != nil) != (cut == len(segment)) || len(a.metrics) != 1 {
			t.Fatalf("cut at byte %d: %+v, metrics %v, end %v", cut, p, a.metrics, a.ended)
		}
	}
}

func TestAFlippedBitIsNamedAndTheRestIsDelivered(t *testing.T) {
	dir, segment, all := left(t)
	for at := range segment {
		spoilt := bytes.Clone(segment)
		spoilt[at] ^= 1 << (at % 8)
		hit := all[slices.IndexFunc(all, func(p piece) bool { return at < p.offset+p.size })]
		t.Run(fmt.Sprintf("byte %d, in %v", at, hit.Frame), func(t *testing.T) {
			a, p, copied := drained(t, dir, spoilt)
			checkDamage(t, hit, p, at >= hit.offset+headerSize)
			want := []float64{1, 2, 3, 4, 5}
			if hit.Kind == Points {
				want[hit.Sequence-1] = 0 // its place is kept
			}
			if diff := cmp.Diff(want, a.values()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (len(a.metrics) == 0) != (hit.Kind == Declare) || (a.ended == nil) != (hit.Kind == Ended) {
				t.Errorf("metrics %v, end %v", a.metrics, a.ended)
			}
			if kept, err := os.ReadFile(filepath.Join(copied, strings.TrimSuffix(segmentName(1), segmentEnding)+damagedEnding)); !bytes.Equal(kept, spoilt) {
				t.Errorf("the damaged segment is not kept: %v", err)
			}
		})
	}
}

// checkDamage finds the frame that was hit, and it alone, in what was reported.
func checkDamage(t *testing.T, hit piece, p Pending, named bool) {
	t.Helper()
	if len(p.Damaged) != 1 {
		t.Fatalf("reported %v, want one", p.Damaged)
	}
	d := p.Damaged[0]
	if d.Segment != segmentName(1) || d.Offset != hit.offset || d.Size != hit.size || d.Frame != hit.number {
		t.Errorf("got %v, want frame %d at byte %d", d, hit.number, hit.offset)
	}
	if named && d.What != hit.Frame.String() {
		t.Errorf("named %q, want %q", d.What, hit.Frame)
	}
	if lost := slices.Contains(p.Lost, hit.Frame.String()); !lost && (named || hit.Kind == Points) || len(p.Lost) > 1 {
		t.Errorf("reported as lost: %q, want %q", p.Lost, hit.Frame)
	}
}

// TestAStretchOfDamageIsOne overwrites two neighbouring batches, headers and all.
func TestAStretchOfDamageIsOne(t *testing.T) {
	dir, segment, all := left(t)
	spoilt := bytes.Clone(segment)
	for i := all[2].offset; i < all[4].offset; i++ {
		spoilt[i] = 0xa5
	}
	a, p, _ := drained(t, dir, spoilt)
	if diff := cmp.Diff([]float64{1, 0, 0, 4, 5}, a.values()); diff != "" || a.ended == nil {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := []string{"batch 2 of run r, attempt 1", "batch 3 of run r, attempt 1"}
	if len(p.Damaged) != 1 || !cmp.Equal(p.Lost, want) {
		t.Errorf("got %v, lost %q, want %q", p.Damaged, p.Lost, want)
	}
}

// TestBatchesLostBeforeTheEnd damages the last batch: only the end tells that there was one.
func TestBatchesLostBeforeTheEnd(t *testing.T) {
	dir, segment, all := left(t)
	spoilt := bytes.Clone(segment)
	spoilt[all[5].offset] ^= 1
	a, p, _ := drained(t, dir, spoilt)
	if diff := cmp.Diff([]float64{1, 2, 3, 4, 0}, a.values()); diff != "" || a.ended == nil || len(p.Lost) != 1 {
		t.Errorf("end %v, lost %q, -want +got:\n%s", a.ended, p.Lost, diff)
	}
}

// TestASegmentCutInTheMiddleIsDamaged: only the last one may end within a frame.
func TestASegmentCutInTheMiddleIsDamaged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	a := &acceptor{}
	client, attempt := started(t, Config{Dir: dir, Segment: 200}, a)
	a.turn(true)
	put(t, attempt, 1, 9)
	_ = client.Close(over())
	if err := os.Truncate(filepath.Join(dir, segmentName(1)), 210); err != nil {
		t.Fatal(err)
	}
	a.turn(false)
	p, err := Drain(t.Context(), Config{Dir: dir, Transport: a}, nil)
	if err != nil || len(p.Damaged) != 1 || !cmp.Equal(p.Lost, []string{"batch 3 of run r, attempt 1"}) && !cmp.Equal(p.Lost, []string{"batch 2 of run r, attempt 1"}) {
		t.Fatalf("%v, %+v", err, p)
	}
	if got := a.values(); len(got) != 9 || got[8] != 9 {
		t.Errorf("got %v", got)
	}
}

func TestWhatIsPendingIsCountedAndKept(t *testing.T) {
	dir, segment, _ := left(t)
	p, server, err := Look(dir)
	if err != nil || p.Frames != 7 || p.Bytes != int64(len(segment)) || server != "http://fake" || p.Oldest < 0 {
		t.Errorf("%+v, %q, %v", p, server, err)
	}
	a := &acceptor{down: true}
	p, err = Drain(over(), Config{Dir: dir, Transport: a}, nil)
	if p.Frames != 7 || !errorIs(err, ErrPending, context.Canceled) {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = Drain(t.Context(), Config{Dir: dir, Transport: a, GiveUp: 1}, nil)
	if p.Frames != 7 || !errorIs(err, ErrPending, errDown) || !strings.Contains(err.Error(), "`inkstone sync` sends them") {
		t.Errorf("%+v, %v", p, err)
	}
	a.turn(false)
	var seen []int64
	p, err = Drain(t.Context(), Config{Dir: dir, Transport: a, Request: 1}, func(p Pending) { seen = append(seen, p.Frames) })
	if err != nil || p.Frames != 0 || seen[len(seen)-1] != 0 || !slices.IsSortedFunc(seen, func(x, y int64) int { return int(y - x) }) {
		t.Errorf("%+v, %v, progress %v", p, err, seen)
	}
	if segments, _, err := folder(dir).segments(); err != nil || len(segments) > 0 {
		t.Errorf("segments %v are left (%v)", segments, err)
	}
	if _, err := Drain(t.Context(), Config{Dir: t.TempDir()}, nil); !errorIs(err, tracker.ErrNotFound) {
		t.Errorf("a folder without a journal: %v", err)
	}
}
