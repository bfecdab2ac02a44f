// Package data turns corpora into token shards, and shards into windows.
//
// A corpus is a sequence of documents: the Go standard library's files, or own .txt and .jsonl files. Prepare splits them
// into training and validation by a hash of what they are, tokenises them once, under a lock, into one memory-mapped
// shard each, and names the result by digest. Windows are cut at offsets that are a pure function of (content, seed, step,
// row), so that any step can be had at any time. The corpus "repeats" is generated and needs no preparation.
package data
