package tokenizer

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// BPE is a byte-level byte-pair encoding (Sennrich et al. 2016): ids 0 to 255 are bytes, each further id joins two earlier
// ones, in the order in which training found them, and the special tokens lie behind.
type BPE struct {
	merges [][2]int32
	rank   map[[2]int32]int32 // pair -> the id that joins it
	texts  [][]byte
	cache  map[string][]int32 // ids of pieces that were seen; bounded
	sum    string
}

// NewBPE makes a tokenizer from its merges: pair i becomes id 256+i.
func NewBPE(merges [][2]int32) (*BPE, error) {
	b := &BPE{merges: merges, rank: make(map[[2]int32]int32, len(merges)), cache: map[string][]int32{}}
	for i := range byteVocab {
		b.texts = append(b.texts, []byte{byte(i)})
	}
	for i, pair := range merges {
		id := int32(byteVocab + i)
		if pair[0] < 0 || pair[1] < 0 || pair[0] >= id || pair[1] >= id {
			return nil, fmt.Errorf("merge %d joins ids %d and %d, which are not both before %d", i, pair[0], pair[1], id)
		}
		if _, twice := b.rank[pair]; twice {
			return nil, fmt.Errorf("merge %d joins ids %d and %d a second time", i, pair[0], pair[1])
		}
		b.rank[pair] = id
		b.texts = append(b.texts, append(append([]byte{}, b.texts[pair[0]]...), b.texts[pair[1]]...))
	}
	b.sum = digest("bpe", string(b.Marshal()), digest(specials...))
	return b, nil
}

// Encode implements Tokenizer. It is not safe for concurrent use.
func (b *BPE) Encode(text []byte) ([]int32, error) {
	ids := make([]int32, 0, len(text)/2)
	Split(text, func(piece []byte) {
		known, ok := b.cache[string(piece)]
		if !ok {
			known = b.encodePiece(piece)
			if len(b.cache) < 1<<17 && len(piece) <= 64 {
				b.cache[string(piece)] = known
			}
		}
		ids = append(ids, known...)
	})
	return ids, nil
}

// encodePiece joins the pair that was found first in training until none is left.
func (b *BPE) encodePiece(piece []byte) []int32 {
	ids := make([]int32, len(piece))
	for i, c := range piece {
		ids[i] = int32(c)
	}
	for len(ids) > 1 {
		best := int32(-1)
		for i := range len(ids) - 1 {
			if id, ok := b.rank[[2]int32{ids[i], ids[i+1]}]; ok && (best < 0 || id < best) {
				best = id
			}
		}
		if best < 0 {
			break
		}
		ids = join(ids, b.merges[best-byteVocab], best)
	}
	return ids
}

// join replaces every occurrence of a pair, from the left.
func join(ids []int32, pair [2]int32, id int32) []int32 {
	out := ids[:0]
	for i := 0; i < len(ids); i++ {
		if i+1 < len(ids) && ids[i] == pair[0] && ids[i+1] == pair[1] {
			out = append(out, id)
			i++
			continue
		}
		out = append(out, ids[i])
	}
	return out
}

// Decode implements Tokenizer.
func (b *BPE) Decode(ids []int32) []byte {
	var text []byte
	for _, id := range ids {
		if id >= 0 && int(id) < len(b.texts) {
			text = append(text, b.texts[id]...)
		}
	}
	return text
}

// VocabSize implements Tokenizer.
func (b *BPE) VocabSize() int { return len(b.texts) + len(specials) }

// Digest implements Tokenizer.
func (b *BPE) Digest() string { return b.sum }

// Special implements Tokenizer.
func (b *BPE) Special(name string) (int32, bool) { return special(len(b.texts), name) }

func (b *BPE) name(id int32) string { return specialName(len(b.texts), id) }

const bpeHeader = "inkstone byte-level bpe 1"

// Marshal writes the merges as text: a header, their number, and a pair of ids a line.
func (b *BPE) Marshal() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n%d\n", bpeHeader, len(b.merges))
	for _, m := range b.merges {
		fmt.Fprintf(&out, "%d %d\n", m[0], m[1])
	}
	return out.Bytes()
}

// maxMerges bounds what a file may announce.
const maxMerges = 1 << 20

// UnmarshalBPE reads what Marshal wrote; anything else is an error that names the line.
func UnmarshalBPE(text []byte) (*BPE, error) {
	lines := strings.Split(string(text), "\n")
	if lines[0] != bpeHeader {
		return nil, fmt.Errorf("read a bpe: the first line is not %q", bpeHeader)
	}
	if len(lines) < 3 || lines[len(lines)-1] != "" {
		return nil, fmt.Errorf("read a bpe: it ends early")
	}
	count, err := strconv.Atoi(lines[1])
	if err != nil || count < 0 || count > maxMerges || count != len(lines)-3 {
		return nil, fmt.Errorf("read a bpe: line 2 announces %q merges, %d follow", lines[1], len(lines)-3)
	}
	merges := make([][2]int32, count)
	for i, line := range lines[2 : len(lines)-1] {
		left, right, _ := strings.Cut(line, " ")
		a, errA := strconv.ParseInt(left, 10, 32)
		b, errB := strconv.ParseInt(right, 10, 32)
		if errA != nil || errB != nil {
			return nil, fmt.Errorf("read a bpe: line %d is %q, want two ids", i+3, line)
		}
		merges[i] = [2]int32{int32(a), int32(b)}
	}
	made, err := NewBPE(merges)
	if err != nil {
		return nil, fmt.Errorf("read a bpe: %w", err)
	}
	return made, nil
}
