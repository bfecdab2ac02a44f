// Package tokenizer turns text into token ids and back.
//
// Three kinds: Bytes (every byte a token), BPE (byte-level byte-pair encoding, trained on the corpus, with GLM-4's splitting
// pattern), and Symbols (letters of generated sequences). Bytes and BPE carry the same special tokens behind their
// vocabulary; special tokens are given by id alone and are never recognised in text.
package tokenizer
