package tokenizer

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrainJoinsTheMostFrequentPair(t *testing.T) {
	for _, test := range []struct {
		name, text string
		vocab      int
		want       [][2]int32
	}{
		// " ab" × 3, "ab" × 1, " cb" × 2: a+b 4; then ' '+ab 3; then of c+b and ' '+c, 2 each, the smaller ids.
		{"counts", "ab ab ab ab cb cb", SmallestVocab + 3, [][2]int32{{'a', 'b'}, {' ', 256}, {' ', 'c'}}},
		{"overlaps", "aaaa aaaa", SmallestVocab + 1, [][2]int32{{'a', 'a'}}},
		{"stops where no pair occurs twice", "abc", SmallestVocab + 9, nil},
		{"no merges asked", "ab ab", SmallestVocab, nil},
		{"no text", "", SmallestVocab + 1, nil},
		{"never across pieces", "a\nb a\nb", SmallestVocab + 9, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			trainer := NewTrainer()
			trainer.Add([]byte(test.text))
			b, err := trainer.Train(test.vocab)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, b.merges); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if _, err := NewTrainer().Train(SmallestVocab - 1); err == nil {
		t.Error("a vocabulary too small for the bytes was taken")
	}
}

// TestTrainMatchesCounting compares with the definition: count all pairs anew before every merge.
func TestTrainMatchesCounting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		text := make([]byte, 400)
		for i := range text {
			text[i] = "aabbc  \n"[random.IntN(8)]
		}
		trainer := NewTrainer()
		trainer.Add(text)
		b, err := trainer.Train(SmallestVocab + 40)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(trainByCounting(text, 40), b.merges); d != "" {
			t.Fatalf("%q (-want +got):\n%s", text, d)
		}
	}
}

func trainByCounting(text []byte, most int) [][2]int32 {
	var pieces [][]int32
	Split(text, func(p []byte) { pieces = append(pieces, ids(string(p))) })
	var merges [][2]int32
	for len(merges) < most {
		counts := map[[2]int32]int64{}
		for _, p := range pieces {
			for i := range len(p) - 1 {
				counts[[2]int32{p[i], p[i+1]}]++
			}
		}
		var best pairCount
		for pair, n := range counts {
			if c := (pairCount{pair, n}); n >= 2 && (best.count == 0 || pairQueue{c, best}.Less(0, 1)) {
				best = c
			}
		}
		if best.count == 0 {
			break
		}
		for i := range pieces {
			pieces[i] = join(pieces[i], best.pair, int32(byteVocab+len(merges)))
		}
		merges = append(merges, best.pair)
	}
	return merges
}

// The order in which texts are added, and how maps happen to be walked, decide nothing.
func TestTrainIsDeterministic(t *testing.T) {
	texts := bytes.SplitAfter(sourceText(t, 200<<10), []byte("\n"))
	first := train(t, texts, 500)
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	if d := cmp.Diff(first.merges, train(t, texts, 500).merges); d != "" {
		t.Errorf("(-first +second):\n%s", d)
	}
	if len(first.merges) != 500-SmallestVocab {
		t.Errorf("%d merges, want %d", len(first.merges), 500-SmallestVocab)
	}
}

func train(t testing.TB, texts [][]byte, vocab int) *BPE {
	t.Helper()
	trainer := NewTrainer()
	for _, text := range texts {
		trainer.Add(text)
	}
	b, err := trainer.Train(vocab)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
