package heads

import "fmt"

// Sequence is what a model read when its heads were looked at.
type Sequence struct {
	// Tokens are the tokens' ids, or any numbers that are equal where tokens are the same.
	Tokens []int32
	// Segments are what each position belongs to: a document, or a block that infilling took out; nil is a single one.
	Segments []int32
	// Sees tells whether a query may see a key; nil is causal attention, to the query itself and what comes before it.
	Sees func(query, key int) bool
	// From is the first query that is measured: earlier ones had nothing to look back to.
	From int
}

// Label numbers texts so that equal ones have equal numbers: tokens whose ids are not known any more.
func Label(texts []string) []int32 {
	seen := map[string]int32{}
	labels := make([]int32, len(texts))
	for i, text := range texts {
		if _, ok := seen[text]; !ok {
			seen[text] = int32(len(seen))
		}
		labels[i] = seen[text]
	}
	return labels
}

func (s Sequence) sees(query, key int) bool {
	if s.Sees == nil {
		return key <= query
	}
	return s.Sees(query, key)
}

func (s Sequence) segment(at int) int32 {
	if s.Segments == nil {
		return 0
	}
	return s.Segments[at]
}

// target tells whether a key is one of a role's at a query.
func (s Sequence) target(m Measure, query, key int) bool {
	switch m {
	case PreviousToken:
		return key == query-1
	case FirstToken:
		return key == 0
	case Induction:
		return key > 0 && key < query && s.Tokens[key-1] == s.Tokens[query]
	case SameToken:
		return key < query && s.Tokens[key] == s.Tokens[query]
	case BlockDiagonal:
		return s.segment(key) == s.segment(query)
	}
	panic(fmt.Sprintf("heads: %v is no role", m))
}
