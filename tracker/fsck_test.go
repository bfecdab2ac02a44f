package tracker

import (
	"os"
	"strings"
	"testing"
)

// full is a store with everything in it: chunks, a journal, superseded points, captures.
func full(t *testing.T) (*Store, string) {
	t.Helper()
	s, a := folded(t, 2*chunkPoints+500)
	a.release()
	a = begin(t, s, a.run, &Resume{Attempt: 1, Sequence: 10})
	put(t, s, a, 1, oddSamples()...)
	if err := a.Capture(t.Context(), attention(1, 2, 2, 8), 1); err != nil {
		t.Fatal(err)
	}
	foldAll(t, s)
	put(t, s, a, 2, at("loss", 1, 1))
	put(t, s, a, 3, at("loss", 2, 1))
	return s, a.run
}

func TestASoundStoreHasNoFindings(t *testing.T) {
	s, _ := full(t)
	r, err := s.Check(t.Context(), nil)
	if err != nil || len(r.Findings) > 0 {
		t.Fatalf("%v, findings %+v", err, r.Findings)
	}
	if r.Runs != 1 || r.Series != 3 || r.Batches != 2 || r.Chunks == 0 || r.Heads != 4 || r.Points == 0 {
		t.Errorf("looked at %+v", r)
	}
}

func TestDamageIsFoundAndNamed(t *testing.T) {
	spoil := func(column string) string {
		return "cast(substr(" + column + ", 1, 5) || x'a5' || substr(" + column + ", 7) AS BLOB)"
	}
	for name, c := range map[string]struct {
		sql, where, what string
		lost             bool
	}{
		"a chunk's points":     {"UPDATE chunks SET data = " + spoil("data") + " WHERE id & 0xffffff = 0", "loss of run", "chunk 0 of series 1 is damaged", true},
		"a chunk's levels":     {"UPDATE chunks SET levels = " + spoil("levels") + " WHERE id & 0xffffff = 0", "loss of run", "the pyramid of chunk 0 is damaged", false},
		"another's pyramid":    {"UPDATE chunks SET levels = (SELECT levels FROM chunks c ORDER BY id LIMIT 1), top = (SELECT top FROM chunks c ORDER BY id LIMIT 1)", "of run", "the pyramid of chunk 0 does not fit its points", false},
		"a chunk is missing":   {"DELETE FROM chunks WHERE id & 0xffffff = 0 AND id >> 24 = 1", "loss of run", "chunk 0 of series 1 is damaged: invalid: it is missing", true},
		"a batch":              {"UPDATE journal SET payload = " + spoil("payload") + " WHERE sequence = 3", "batch 3 of run", "checksum", true},
		"a batch is missing":   {"DELETE FROM journal WHERE sequence = 2", "batch 3 of run", "", false},
		"a summary":            {"UPDATE series SET max = 1e9 WHERE name = 'a'", "a of run", "its summary is", false},
		"a superseded chunk":   {"UPDATE superseded_chunks SET data = " + spoil("data"), "loss of run", "superseded chunk 1 is damaged", true},
		"a head":               {"UPDATE capture_heads SET data = " + spoil("data") + " WHERE layer = 1 AND head = 0", "capture 1 (step 1)", "layer 1, head 0", true},
		"a head is missing":    {"DELETE FROM capture_heads WHERE layer = 1 AND head = 0", "capture 1 (step 1)", "it has 3 heads of 4", true},
		"a dangling reference": {"PRAGMA foreign_keys = OFF; DELETE FROM runs; PRAGMA foreign_keys = ON", "table series", "refers to a row of runs that is not there", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := full(t)
			if _, err := s.write.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			r, err := s.Check(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if name == "a batch is missing" { // its neighbour stands behind the folded ones: the points are counted
				c.where, c.what = "loss of run", "its summary is"
			}
			for _, f := range r.Findings {
				if strings.Contains(f.Where, c.where) && strings.Contains(f.What, c.what) && f.Lost == c.lost {
					return
				}
			}
			t.Errorf("got %+v", r.Findings)
		})
	}
}

func TestAMissingFolderIsFound(t *testing.T) {
	s, run := full(t)
	if err := os.RemoveAll(s.RunDir(run)); err != nil {
		t.Fatal(err)
	}
	r, err := s.Check(t.Context(), nil)
	if err != nil || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].What, "logs and checkpoints") {
		t.Errorf("%v, %+v", err, r.Findings)
	}
}
