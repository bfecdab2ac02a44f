// Package worddiff compares texts word by word, and character by character where a script has no spaces between words.
package worddiff
