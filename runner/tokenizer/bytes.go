package tokenizer

// Bytes makes every byte a token: ids 0 to 255, and the special tokens behind them.
type Bytes struct{}

const byteVocab = 256

// Encode implements Tokenizer.
func (Bytes) Encode(text []byte) ([]int32, error) {
	ids := make([]int32, len(text))
	for i, b := range text {
		ids[i] = int32(b)
	}
	return ids, nil
}

// Decode implements Tokenizer.
func (Bytes) Decode(ids []int32) []byte {
	text := make([]byte, 0, len(ids))
	for _, id := range ids {
		if id >= 0 && id < byteVocab {
			text = append(text, byte(id))
		}
	}
	return text
}

// VocabSize implements Tokenizer.
func (Bytes) VocabSize() int { return byteVocab + len(specials) }

// Digest implements Tokenizer.
func (Bytes) Digest() string { return digest("bytes", digest(specials...)) }

// Special implements Tokenizer.
func (Bytes) Special(name string) (int32, bool) { return special(byteVocab, name) }

func (Bytes) name(id int32) string { return specialName(byteVocab, id) }
