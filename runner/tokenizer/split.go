package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// Split cuts a text into the pieces that byte-pair encoding never joins, by GLM-4's pattern:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// Written by hand, since Go's expressions cannot look ahead. A byte that is no UTF-8 counts as a character of its own
// that is neither letter nor digit nor space. The pieces put together are the text.
func Split(text []byte, piece func([]byte)) {
	for len(text) > 0 {
		n := splitOne(text)
		piece(text[:n])
		text = text[n:]
	}
}

// next gives the first character and its size.
func next(text []byte) (rune, int) {
	if len(text) == 0 {
		return -1, 0
	}
	return utf8.DecodeRune(text)
}

func letter(r rune) bool { return r >= 0 && unicode.IsLetter(r) }
func number(r rune) bool { return r >= 0 && unicode.IsNumber(r) }
func space(r rune) bool  { return r >= 0 && unicode.IsSpace(r) }
func line(r rune) bool   { return r == '\r' || r == '\n' }
func other(r rune) bool  { return r >= 0 && !letter(r) && !number(r) && !space(r) }

// while is the size of the run of characters that hold.
func while(text []byte, holds func(rune) bool) int {
	at := 0
	for {
		r, n := next(text[at:])
		if n == 0 || !holds(r) {
			return at
		}
		at += n
	}
}

// splitOne is the size of the first piece; the alternatives are tried in the pattern's order.
func splitOne(text []byte) int {
	if n := contraction(text); n > 0 {
		return n
	}
	r, n := next(text)
	if letter(r) {
		return while(text, letter)
	}
	if !line(r) && !number(r) {
		if m := while(text[n:], letter); m > 0 {
			return n + m
		}
	}
	if number(r) {
		return upToThree(text)
	}
	start := 0
	if r == ' ' {
		start = 1
	}
	if m := while(text[start:], other); m > 0 {
		end := start + m
		return end + while(text[end:], line)
	}
	return spaces(text)
}

func upToThree(text []byte) int {
	at := 0
	for range 3 {
		r, n := next(text[at:])
		if !number(r) {
			break
		}
		at += n
	}
	return at
}

// spaces splits a run of white space: up to its last line end; else all but the last character, which belongs to the
// word behind; else all.
func spaces(text []byte) int {
	run := while(text, space)
	for at := run; at > 0; at-- {
		if text[at-1] == '\n' || text[at-1] == '\r' {
			return at
		}
	}
	if run == len(text) {
		return run
	}
	_, last := utf8.DecodeLastRune(text[:run])
	if run > last {
		return run - last
	}
	return run
}

// contraction is the size of an English contraction's ending, whatever its case.
func contraction(text []byte) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	first, n := foldNext(text[1:])
	switch first {
	case 's', 't', 'm', 'd':
		return 1 + n
	}
	second, m := foldNext(text[1+n:])
	switch {
	case first == 'r' && second == 'e', first == 'v' && second == 'e', first == 'l' && second == 'l':
		return 1 + n + m
	}
	return 0
}

// foldNext is the next character in lower case; the long s folds to s.
func foldNext(text []byte) (rune, int) {
	r, n := next(text)
	if r == 'ſ' {
		return 's', n
	}
	return unicode.ToLower(r), n
}
