package objective

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"inkstone/runner/tokenizer"
)

// sentenceEnds are the characters that end a sentence, as in GLM's data code.
const sentenceEnds = ".?!;:。？！；…\n"

// vocabularyTexts are the bytes of every id; special tokens have none.
func vocabularyTexts(t tokenizer.Tokenizer) [][]byte {
	texts := make([][]byte, t.VocabSize())
	for id := range texts {
		texts[id] = t.Decode([]int32{int32(id)})
	}
	return texts
}

// endings tells at which tokens a sentence ends: those that hold one of the characters, or its last byte.
func endings(texts [][]byte, tokens []int32) []bool {
	ends := make([]bool, len(tokens))
	var open []byte // of a character that goes on in the next token
	for i, id := range tokens {
		if len(texts[id]) == 0 {
			open = open[:0]
		}
		open = append(open, texts[id]...)
		for utf8.FullRune(open) {
			r, size := utf8.DecodeRune(open)
			ends[i] = ends[i] || strings.ContainsRune(sentenceEnds, r)
			open = open[size:]
		}
	}
	return ends
}

// splitSentences gives the sentences of a text. What lies between a document's last sentence and its end is none; what lies
// behind the last one of the text is.
func splitSentences(tokens []int32, ends []bool, end int32) []Span {
	var sentences []Span
	from := 0
	for i, id := range tokens {
		switch {
		case id == end:
			from = i + 1
		case ends[i]:
			sentences = append(sentences, Span{from, i + 1})
			from = i + 1
		}
	}
	if from < len(tokens) {
		sentences = append(sentences, Span{from, len(tokens)})
	}
	return sentences
}

// someSentences shuffles sentences and takes whole ones until they have the share of the tokens.
func someSentences(random *rand.Rand, sentences []Span, share float64, tokens int) []Span {
	random.Shuffle(len(sentences), func(i, j int) { sentences[i], sentences[j] = sentences[j], sentences[i] })
	taken := 0
	for i, s := range sentences {
		if taken += s.To - s.From; taken >= int(share*float64(tokens)) {
			return sentences[:i+1]
		}
	}
	return sentences
}

// shortPiece cuts a piece of about length tokens out of a text: it begins behind the end of a sentence, and ends with one unless
// that leaves less than half.
func shortPiece(random *rand.Rand, tokens []int32, ends []bool, end int32, length int) []int32 {
	if length >= len(tokens) {
		return tokens
	}
	boundary := func(at int) bool { return ends[at-1] || tokens[at-1] == end }
	from := random.IntN(len(tokens) - length)
	for from > 0 && (tokens[from] == end || !boundary(from)) {
		from--
	}
	to := from + length
	for to > from && !boundary(to) {
		to--
	}
	if to-from < length/2 {
		to = from + length
	}
	return tokens[from:to]
}
