// Package data turns corpora into token shards, and shards into windows and packed rows.
//
// A corpus is a sequence of documents: the Go standard library's files, or own .txt and .jsonl files. Prepare splits them
// into training and validation by a hash of what they are, tokenises them once, in a stream and under a lock, into
// memory-mapped shards with an index of documents, and names the result by digest. Nothing holds a corpus in memory.
//
// Rows are cut by either of two rules. Windows lie at offsets that are a pure function of (content, seed, step, row); they see
// across the ends of documents. A Packing fills rows with whole documents, and gives all of them once in each epoch, in an order
// that is a pure function of (content, seed, epoch). Either way any step can be had at any time. The corpus "repeats" is generated
// and needs no preparation.
package data
