package patch

import (
	"strconv"
	"strings"
)

// name reads the name of a "---" or "+++" line: without git's "a/" or "b/", and without the time that diff writes behind it.
func name(text string) string {
	text, _, _ = strings.Cut(text, "\t")
	return unprefixed(unquote(text))
}

// unquote reads a name that git wrote in quotes, since it has characters that are not ASCII.
func unquote(text string) string {
	if plain, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		return plain
	}
	return text
}

func unprefixed(name string) string {
	if len(name) > 2 && (name[0] == 'a' || name[0] == 'b') && name[1] == '/' {
		return name[2:]
	}
	return name
}

// halves are the two names of a line "diff --git a/x b/x". Where they are the same, spaces in them do not matter.
func halves(text string) (before, after string) {
	if strings.HasPrefix(text, `"`) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			return unprefixed(unquote(quoted)), unprefixed(unquote(strings.TrimPrefix(text[len(quoted):], " ")))
		}
	}
	if half := len(text) / 2; len(text)%2 == 1 && text[half] == ' ' && unprefixed(text[:half]) == unprefixed(text[half+1:]) {
		return unprefixed(text[:half]), unprefixed(text[half+1:])
	}
	before, after, _ = strings.Cut(text, " b/")
	return unprefixed(before), after
}
