package tracker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const pageSize = 4096

// onFile closes a store and returns what its database file holds, and how to open the store with other contents of the file.
func onFile(t *testing.T, s *Store) (whole []byte, open func(data []byte) (*Store, error)) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, databaseName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole, func(data []byte) (*Store, error) {
		t.Helper()
		for _, suffix := range []string{"-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return Open(s.dir, Options{ReadOnly: true})
	}
}

// TestADamagedPageIsFound overwrites pages of the file, whole and in single bits. Whatever then reads otherwise, Check finds
// something wrong, and gets to its end; a store that does not open says so. A bit of a plain column of a run or a capture, which
// SQLite keeps without a checksum, may go unnoticed; what was recorded may not.
func TestADamagedPageIsFound(t *testing.T) {
	takesLong(t)
	s, runs := damageable(t)
	before := readings(t, s, runs)
	whole, open := onFile(t, s)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	harmful := 0
	for i := range 10 * rounds(3) {
		page := random.IntN(len(whole) / pageSize)
		data := bytes.Clone(whole)
		spoil(data[page*pageSize:(page+1)*pageSize], i%3, random)
		s, err := open(data)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !strings.Contains(err.Error(), "malformed") {
				t.Errorf("seed %d, page %d: %v, want that the database is damaged", seed, page+1, err)
			}
			continue
		}
		others := changed(before, readings(t, s, runs))
		report, err := s.Check(t.Context(), nil)
		if err != nil {
			t.Errorf("seed %d, page %d: check did not get to its end: %v", seed, page+1, err)
		}
		if len(others) > 0 {
			recorded := slices.ContainsFunc(others, func(name string) bool {
				return !strings.HasSuffix(name, " itself") && !strings.HasSuffix(name, " captures")
			})
			if harmful++; len(report.Findings) == 0 && (recorded || i%3 == 0) {
				t.Errorf("seed %d, page %d: nothing was found, and otherwise read %v", seed, page+1, others)
			}
		}
		s.Close()
	}
	t.Logf("%d damaged pages did harm", harmful)
}

// spoil overwrites a page, or flips a bit of it, or of the head that SQLite reads first.
func spoil(page []byte, how int, random *rand.Rand) {
	switch how {
	case 0:
		copy(page, bytes.Repeat([]byte{0xa5}, len(page)))
	case 1:
		page[random.IntN(len(page))] ^= 1 << random.IntN(8)
	case 2:
		page[random.IntN(12)] ^= 1 << random.IntN(8)
	}
}

// TestABrokenChainOfPagesHarmsOneChunk breaks the chain of pages that one chunk lies on.
func TestABrokenChainOfPagesHarmsOneChunk(t *testing.T) {
	s, runs := damageable(t)
	before := readings(t, s, runs)
	var blob []byte
	if err := s.read.QueryRow("SELECT data FROM chunks WHERE id = (SELECT id << 24 FROM series WHERE run = ? AND name = 'loss')", runs[1]).Scan(&blob); err != nil {
		t.Fatal(err)
	}
	whole, open := onFile(t, s)
	middle := blob[len(blob)/2-32 : len(blob)/2+32]
	if n := bytes.Count(whole, middle); n != 1 {
		t.Fatalf("the chunk's middle is in the file %d times", n)
	}
	page := bytes.Index(whole, middle) / pageSize * pageSize
	binary.BigEndian.PutUint32(whole[page:], 0x7fffffff) // the number of the page that follows
	s, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	points, err := s.Points(t.Context(), runs[1], Series{Metric: "loss"})
	if err == nil || !strings.Contains(err.Error(), "chunk 0 of series ") || len(points) == 0 || points[0].Step != chunkPoints {
		t.Errorf("got %d points, %v; want those of the other chunks, and the broken one named", len(points), err)
	}
	for _, other := range changed(before, readings(t, s, runs)) {
		if !strings.HasPrefix(other, runs[1]+" loss") {
			t.Errorf("%s reads otherwise", other)
		}
	}
	report, err := s.Check(t.Context(), nil)
	named := false
	for _, f := range report.Findings {
		named = named || f.Lost && f.Where == "loss of run "+runs[1] && strings.Contains(f.What, "chunk 0")
	}
	if err != nil || !named {
		t.Errorf("check: %v, %+v; want the chunk named", err, report.Findings)
	}
}
