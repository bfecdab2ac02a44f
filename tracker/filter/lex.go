package filter

import (
	"strings"
	"unicode"
)

// token is a piece of a text; start and end count characters from 0.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a name, a keyword, or a value without quotes
	tokenName             // between backticks
	tokenText             // between quotes
	tokenSymbol           // an operator, a parenthesis, a comma, an @
)

// is tells whether the token is the symbol, or the keyword in either case.
func (t token) is(text string) bool {
	return t.kind == tokenSymbol && t.text == text || t.kind == tokenWord && strings.EqualFold(t.text, text)
}

// isWordRune tells what words are made of. Names lack the plus, which numbers and zones need.
func isWordRune(r rune) bool { return isNameRune(r) || r == '+' }

func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc) || strings.ContainsRune("_./-:", r)
}

// symbols are tried in this order.
var symbols = []string{"==", "!=", "<>", "<=", ">=", "!~", "=", "<", ">", "~", "(", ")", ",", "@"}

// meant are characters that other languages and keyboards have for ours.
var meant = map[rune]string{
	'&': "and", '|': "or", '!': "not", '（': "(", '）': ")", '，': ",", '、': ",", '＝': "=", '＜': "<", '＞': ">", '≤': "<=", '≥': ">=", '≠': "!=",
	'“': `"`, '”': `"`, '‘': "'", '’': "'",
}

// lex cuts a text into tokens, of which the last is the end. What is wrong ends them early; quotes that are not closed close
// at the end.
func lex(text string) ([]token, *Error) {
	runes := []rune(text)
	var tokens []token
	for i := 0; ; {
		for i < len(runes) && unicode.IsSpace(runes[i]) {
			i++
		}
		if i == len(runes) {
			return append(tokens, token{tokenEnd, "", i, i}), nil
		}
		t, err := lexToken(text, runes, i)
		if t.end > i {
			tokens = append(tokens, t)
			i = t.end
		}
		if err != nil {
			return append(tokens, token{tokenEnd, "", i, i}), err
		}
	}
}

func lexToken(text string, runes []rune, i int) (token, *Error) {
	switch r := runes[i]; {
	case isWordRune(r):
		end := i + 1
		for end < len(runes) && isWordRune(runes[end]) {
			end++
		}
		return token{tokenWord, string(runes[i:end]), i, end}, nil
	case r == '`':
		return lexName(text, runes, i)
	case r == '\'' || r == '"':
		return lexText(text, runes, i)
	}
	next := string(runes[i:min(i+2, len(runes))])
	for _, s := range symbols {
		if strings.HasPrefix(next, s) {
			return token{tokenSymbol, s, i, i + len(s)}, nil
		}
	}
	return token{}, stray(text, runes, i)
}

// stray tells that a character is no part of the language.
func stray(text string, runes []rune, i int) *Error {
	end := i + 1
	for end < len(runes) && runes[end] == runes[i] {
		end++
	}
	found, at := string(runes[i:end]), Pos{text, i + 1, end - i}
	if ours := meant[runes[i]]; ours != "" {
		return mistake(at, ours, "%s is not of the language", found)
	}
	return mistake(at, "", "%q stands for nothing here; put names that hold it between backticks, and values between quotes", found)
}

// lexName reads a name between backticks.
func lexName(text string, runes []rune, i int) (token, *Error) {
	var name []rune
	for end := i + 1; end < len(runes); end++ {
		switch {
		case runes[end] != '`':
		case end+1 < len(runes) && runes[end+1] == '`':
			end++
		case len(name) == 0:
			return token{}, mistake(Pos{text, i + 1, 2}, "", "there is no name between the backticks")
		default:
			return token{tokenName, string(name), i, end + 1}, nil
		}
		name = append(name, runes[end])
	}
	return token{tokenName, string(name), i, len(runes)}, mistake(Pos{text, i + 1, 1}, "", "the backtick is not closed")
}

// escapes are the characters that a backslash stands before, and what both mean.
var escapes = map[rune]rune{'\\': '\\', '\'': '\'', '"': '"', 'n': '\n', 'r': '\r', 't': '\t'}

// lexText reads a text between quotes.
func lexText(text string, runes []rune, i int) (token, *Error) {
	var value []rune
	for end := i + 1; end < len(runes); end++ {
		r := runes[end]
		if r == runes[i] {
			return token{tokenText, string(value), i, end + 1}, nil
		}
		if r == '\\' && end+1 < len(runes) {
			if escaped, ok := escapes[runes[end+1]]; ok {
				r = escaped
				end++
			}
		}
		value = append(value, r)
	}
	return token{tokenText, string(value), i, len(runes)}, mistake(Pos{text, i + 1, 1}, "", "the quote is not closed")
}
