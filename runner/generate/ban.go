package generate

import "slices"

// penalizeRepetition makes every token of the history less probable, each once.
func penalizeRepetition(logits []float32, history []int32, penalty float32) {
	if penalty == 0 || penalty == 1 {
		return
	}
	seen := make(map[int32]bool, len(history))
	for _, id := range history {
		if seen[id] || int(id) >= len(logits) {
			continue
		}
		seen[id] = true
		if logits[id] < 0 {
			logits[id] *= penalty
		} else {
			logits[id] /= penalty
		}
	}
}

// banRepeatedNGrams excludes each token that followed an earlier occurrence of the history's last n − 1 tokens.
func banRepeatedNGrams(logits []float32, history []int32, n int) {
	if n <= 0 || len(history) < n {
		return
	}
	last := history[len(history)-n+1:]
	for from := range len(history) - n + 1 {
		if slices.Equal(history[from:from+n-1], last) {
			ban(logits, history[from+n-1])
		}
	}
}

// banWords excludes the last id of every word whose other ids end the history.
func banWords(logits []float32, history []int32, words [][]int32) {
	for _, word := range words {
		if before := len(word) - 1; before >= 0 && endsWith(history, word[:before]) {
			ban(logits, word[before])
		}
	}
}

func ban(logits []float32, id int32) {
	if id >= 0 && int(id) < len(logits) {
		logits[id] = excluded
	}
}

func endsWith(ids, end []int32) bool {
	return len(ids) >= len(end) && slices.Equal(ids[len(ids)-len(end):], end)
}
