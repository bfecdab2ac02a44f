package data

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/tokenizer"
)

func TestPermute(t *testing.T) {
	for _, n := range []int64{1, 2, 3, 7, 64, 1000, 4097} {
		orders := map[string]bool{}
		for key := range uint64(4) {
			seen, order, fixed := make([]bool, n), "", 0
			for i := range n {
				to := permute(i, n, key)
				if to < 0 || to >= n || seen[to] {
					t.Fatalf("of %d, key %d: %d goes to %d, which is outside or taken", n, key, i, to)
				}
				if seen[to] = true; to == i {
					fixed++
				}
				order += fmt.Sprint(to, " ")
			}
			if orders[order] = true; n >= 64 && fixed > 12 {
				t.Errorf("of %d, key %d: %d stay where they are, want about 1", n, key, fixed)
			}
		}
		if n >= 7 && len(orders) < 4 {
			t.Errorf("of %d: %d orders for 4 keys", n, len(orders))
		}
	}
}

// packable is a corpus of documents from 0 to 299 bytes, and one of 5000.
func packable(t testing.TB) *Prepared {
	t.Helper()
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 700 {
		fmt.Fprintf(&lines, "{\"text\": %q}\n", strings.Repeat(string(rune('a'+i%26)), i*7919%300))
	}
	fmt.Fprintf(&lines, "{\"text\": %q}\n", strings.Repeat("xyz01", 1000))
	write(t, filepath.Join(dir, "a.jsonl"), lines.String())
	s := files(dir, "bytes")
	s.Data.Files = s.Data.Files[1:]
	return prepare(t, s, t.TempDir())
}

// In each epoch every token is a target once, but for the first ones of documents; rows hold no more than they may, documents that
// fit are whole, and little is left empty.
func TestPackingHoldsEverythingOnce(t *testing.T) {
	p := packable(t)
	for _, columns := range []int{1, 8, 100, 299, 300, 6000} {
		for _, overlap := range []int{0, 1} {
			for _, side := range []Side{Train, Validation} {
				t.Run(fmt.Sprint(columns, overlap, side), func(t *testing.T) {
					k, err := p.Pack(side, columns, overlap)
					if err != nil {
						t.Fatal(err)
					}
					checkEpoch(t, k, p.side(side))
				})
			}
		}
	}
}

func checkEpoch(t *testing.T, k *Packing, s *stream) {
	t.Helper()
	columns := make([]int, s.tokens) // how often each token has one
	used := int64(0)
	for row := range k.Rows() {
		sum := int64(0)
		for _, part := range k.row(row) {
			sum += part.columns
			for at := range part.columns {
				columns[part.from+at]++
			}
		}
		if used += sum; sum < 1 || sum > k.columns {
			t.Fatalf("row %d has %d columns of %d", row, sum, k.columns)
		}
	}
	for document := range s.documents {
		last := s.start(document+1) - k.overlap
		for at := s.start(document); at < s.start(document+1); at++ {
			if want := map[bool]int{true: 1}[at < last]; columns[at] != want {
				t.Fatalf("token %d of document %d has %d columns, want %d", at, document, columns[at], want)
			}
		}
	}
	if share := float64(used) / float64(k.Rows()*k.columns); k.columns < 6000 && k.columns > 1 && share < .9 {
		t.Errorf("%.3f of the columns are used", share)
	}
}

// A document that fits into a row is never cut, and a longer one is cut into full rows and one rest.
func TestPackingKeepsDocumentsWhole(t *testing.T) {
	p := packable(t)
	end, _ := p.Tokenizer.Special(tokenizer.EndOfText)
	k, err := p.Pack(Train, 320, 1)
	if err != nil {
		t.Fatal(err)
	}
	documents, long := 0, 0
	for row := range k.Rows() {
		for _, tokens := range k.Row(3, row) {
			documents++
			if at := slices.Index(tokens, end); at >= 0 && at < len(tokens)-1 {
				t.Fatal("a part of a row reaches over the end of a document")
			}
			if strings.Contains(string(p.Tokenizer.Decode(tokens)), "xyz") {
				long++
			} else if tokens[len(tokens)-1] != end {
				t.Fatal("a short document is cut")
			}
		}
	}
	whole := 0
	for document := range p.train.documents {
		if n := k.length(document); n > 320 {
			whole += int(n+319) / 320
		} else if n > 0 {
			whole++
		}
	}
	if documents != whole || long != 0 && long != 16 {
		t.Errorf("an epoch has %d parts of documents, want %d; %d of the long one", documents, whole, long)
	}
}

// Each epoch is another order of the same rows; seeds and sides have orders of their own.
func TestEpochsArePermutations(t *testing.T) {
	p := packable(t)
	k, err := p.Pack(Train, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	epoch := func(seed, number int64) (rows []string) {
		for i := range k.Rows() {
			rows = append(rows, fmt.Sprint(k.Row(seed, number*k.Rows()+i)))
		}
		return rows
	}
	first := epoch(1, 0)
	for name, other := range map[string][]string{"epoch": epoch(1, 1), "seed": epoch(2, 0)} {
		if slices.Equal(first, other) {
			t.Errorf("another %s has the same order", name)
		}
		if d := cmp.Diff(slices.Sorted(slices.Values(first)), slices.Sorted(slices.Values(other))); d != "" {
			t.Errorf("another %s has other rows:\n%s", name, d)
		}
	}
}

func TestPackNeedsDocuments(t *testing.T) {
	if _, err := repeats(t).Pack(Train, 8, 1); err == nil || !strings.Contains(err.Error(), "leave data.packing out") {
		t.Errorf("error %v, want a remedy", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "")
	write(t, filepath.Join(dir, "b.jsonl"), "{\"text\":\"\"}\n")
	s := files(dir, "bytes")
	s.Data.Packing = "documents"
	if _, err := Prepare(t.Context(), s, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "to fill rows with") {
		t.Errorf("error %v, want a remedy", err)
	}
}
