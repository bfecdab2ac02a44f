package objective

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/tokenizer"
)

// A packed row is its documents' rows one after the other: each cut out of it is the row that the document makes alone.
func TestPackedRowsAreSeparateRows(t *testing.T) {
	s := source(t, packedSpec(t, "causal"), 1)
	several, pad := 0, 0
	for step := range 20 {
		b := s.Train(step + 1)
		for row := range b.Rows {
			at, valid := row*b.Length, int(b.Valid[row])
			if padding := b.Documents[at+valid : at+b.Length]; slices.ContainsFunc(padding, func(id int32) bool { return id != 0 }) {
				t.Fatalf("padding belongs to documents %v", padding)
			}
			pad += b.Length - valid
			id, from := int32(0), 0
			for from < valid {
				id++
				to := from
				for to < valid && b.Documents[at+to] == id {
					to++
				}
				if to == from {
					t.Fatalf("row %d: column %d belongs to document %d, want %d", row, from, b.Documents[at+from], id)
				}
				checkDocument(t, b, at+from, at+to)
				from = to
			}
			if id > 1 {
				several++
			}
		}
	}
	if columns := 320 * s.Length(); several < 100 || pad > columns/8 {
		t.Errorf("%d rows of 320 hold several documents, %d of %d columns are padding", several, pad, columns)
	}
}

func checkDocument(t *testing.T, b Batch, from, to int) {
	t.Helper()
	end, _ := tokenizer.Bytes{}.Special(tokenizer.EndOfText)
	tokens := append(slices.Clone(b.Inputs[from:to]), b.Targets[to-1])
	if slices.Contains(tokens[:len(tokens)-1], end) {
		t.Fatal("a document goes on behind its end")
	}
	got := Row{
		Inputs: b.Inputs[from:to], Targets: b.Targets[from:to], Weights: b.Weights[from:to],
		Positions: b.Positions[from:to], BlockPositions: b.BlockPositions[from:to],
	}
	if d := cmp.Diff(Causal(tokens, 1), got); d != "" {
		t.Fatalf("a packed document is not its own row (-alone +packed):\n%s", d)
	}
}

// An epoch's targets are all tokens but the first ones of documents, each once.
func TestPackedEpoch(t *testing.T) {
	spec := packedSpec(t, "causal")
	spec.Train.GlobalBatchSize = 1
	s := source(t, spec, 1)
	end, _ := tokenizer.Bytes{}.Special(tokenizer.EndOfText)
	var weight float32
	ends := int64(0)
	for i := range s.packings[1].Rows() {
		r := s.row(key{1, 1, int(i) + 1, 0}, draw{})
		weight += r.weight()
		for _, target := range r.Targets {
			if target == end {
				ends++
			}
		}
	}
	if want := s.prepared.TrainTokens - ends; int64(weight) != want {
		t.Errorf("an epoch has %v targets and %d ends of documents, want %d targets", weight, ends, want)
	}
}

func TestPackedMasks(t *testing.T) {
	s := source(t, packedSpec(t, "mlm"), 1)
	b := s.Train(1)
	for row := range b.Rows {
		at := row * b.Length
		if b.Prefix[row] != b.Valid[row] {
			t.Errorf("row %d: %d of %d columns are seen", row, b.Prefix[row], b.Valid[row])
		}
		for i := at + 1; i < at+int(b.Valid[row]); i++ {
			if same := b.Documents[i] == b.Documents[i-1]; same && b.Positions[i] != b.Positions[i-1]+1 || !same && b.Positions[i] != 0 {
				t.Fatalf("column %d of document %d has position %d", i, b.Documents[i], b.Positions[i])
			}
		}
	}
}
