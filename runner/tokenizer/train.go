package tokenizer

import (
	"container/heap"
	"fmt"
	"sort"
)

// SmallestVocab is the least vocabulary of a BPE: every byte, and the special tokens.
const SmallestVocab = byteVocab + 8

// Trainer counts the pieces of a text and learns a BPE from them. Add may be called as often as needed.
type Trainer struct{ counts map[string]int64 }

// NewTrainer makes an empty trainer.
func NewTrainer() *Trainer { return &Trainer{counts: map[string]int64{}} }

// Add counts the pieces of a text.
func (t *Trainer) Add(text []byte) { Split(text, func(piece []byte) { t.counts[string(piece)]++ }) }

// Train learns merges until the vocabulary, special tokens included, has vocabSize entries, or no pair occurs twice. The
// most frequent pair is joined first; of equals, that of the smaller ids. The same counts give the same merges.
func (t *Trainer) Train(vocabSize int) (*BPE, error) {
	if vocabSize < SmallestVocab {
		return nil, fmt.Errorf("a bpe needs a vocab_size of at least %d: 256 bytes and %d special tokens", SmallestVocab, len(specials))
	}
	l := newLearner(t.counts)
	var merges [][2]int32
	for len(merges) < vocabSize-SmallestVocab {
		pair, ok := l.best()
		if !ok {
			break
		}
		l.merge(pair, int32(byteVocab+len(merges)))
		merges = append(merges, pair)
	}
	return NewBPE(merges)
}

// learner keeps every piece as ids, how often each pair occurs, and in which pieces.
type learner struct {
	pieces [][]int32
	weight []int64
	count  map[[2]int32]int64
	where  map[[2]int32]map[int]struct{}
	queue  pairQueue // may hold outdated counts, which are dropped when they come up
}

func newLearner(counts map[string]int64) *learner {
	l := &learner{count: map[[2]int32]int64{}, where: map[[2]int32]map[int]struct{}{}}
	texts := make([]string, 0, len(counts))
	for text := range counts {
		texts = append(texts, text)
	}
	sort.Strings(texts)
	for i, text := range texts {
		ids := make([]int32, len(text))
		for j := range len(text) {
			ids[j] = int32(text[j])
		}
		l.pieces, l.weight = append(l.pieces, ids), append(l.weight, counts[text])
		l.tally(i, 1)
	}
	for pair, n := range l.count {
		l.queue = append(l.queue, pairCount{pair, n})
	}
	heap.Init(&l.queue)
	return l
}

// tally adds a piece's pairs to the counts, or takes them away.
func (l *learner) tally(piece int, sign int64) {
	ids := l.pieces[piece]
	for j := range max(len(ids)-1, 0) {
		pair := [2]int32{ids[j], ids[j+1]}
		l.count[pair] += sign * l.weight[piece]
		if sign > 0 {
			if l.where[pair] == nil {
				l.where[pair] = map[int]struct{}{}
			}
			l.where[pair][piece] = struct{}{}
		}
	}
}

func (l *learner) best() ([2]int32, bool) {
	for len(l.queue) > 0 {
		top := heap.Pop(&l.queue).(pairCount)
		now := l.count[top.pair]
		switch {
		case now == top.count && now >= 2:
			return top.pair, true
		case now != top.count && now >= 2:
			heap.Push(&l.queue, pairCount{top.pair, now})
		}
	}
	return [2]int32{}, false
}

func (l *learner) merge(pair [2]int32, id int32) {
	touched := map[[2]int32]struct{}{}
	for piece := range l.where[pair] {
		l.tally(piece, -1)
		l.pieces[piece] = join(l.pieces[piece], pair, id)
		l.tally(piece, 1)
		ids := l.pieces[piece]
		for j := range max(len(ids)-1, 0) {
			if ids[j] == id || ids[j+1] == id {
				touched[[2]int32{ids[j], ids[j+1]}] = struct{}{}
			}
		}
	}
	delete(l.where, pair)
	delete(l.count, pair)
	for p := range touched {
		heap.Push(&l.queue, pairCount{p, l.count[p]})
	}
}

type pairCount struct {
	pair  [2]int32
	count int64
}

// pairQueue has the most frequent pair on top; of equals, that of the smaller ids.
type pairQueue []pairCount

func (q pairQueue) Len() int      { return len(q) }
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q pairQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.count != b.count {
		return a.count > b.count
	}
	if a.pair[0] != b.pair[0] {
		return a.pair[0] < b.pair[0]
	}
	return a.pair[1] < b.pair[1]
}

// Push implements heap.Interface.
func (q *pairQueue) Push(x any) { *q = append(*q, x.(pairCount)) }

// Pop implements heap.Interface.
func (q *pairQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
