package filter

import "strings"

// Completion is one text that can stand at the cursor.
type Completion struct {
	// Text replaces the characters from Start to before End, counted from 0.
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Detail tells what it is: "metric", "param: number", "operator".
	Detail string `json:"detail"`
}

// MaxCompletions bounds how many are returned.
const MaxCompletions = 100

// Complete lists what can stand at the cursor, which counts characters from 0: names that begin with what is typed, then
// those of which a later piece does; operators that fit the operand; values where they are known. It lists nothing where the
// text before is wrong.
func Complete(text string, cursor int, catalog Catalog) []Completion {
	runes := []rune(text)
	if cursor < 0 || cursor > len(runes) {
		return nil
	}
	typed, ok := typedAt(string(runes[:cursor]), cursor)
	if !ok {
		return nil
	}
	p, err := newParser(string(runes[:typed.start]), epoch)
	if err != nil {
		return nil
	}
	p.or()
	p.end()
	if p.err != nil && !p.cut {
		return nil
	}
	end := endOf(runes, typed, cursor)
	prefix, name := cutPrefix(typed.text)
	var list []Completion
	for _, c := range choose(catalog.candidates(p.want, prefix), name) {
		if c.text == typed.text {
			continue
		}
		list = append(list, Completion{c.text, typed.start, end, c.detail})
	}
	return list
}

// typedAt is the word before the cursor that is not done yet, or an empty one. ok is false where the text before is wrong.
func typedAt(before string, cursor int) (_ token, ok bool) {
	tokens, err := lex(before)
	none := token{start: cursor, end: cursor}
	if len(tokens) == 1 {
		return none, err == nil
	}
	last := tokens[len(tokens)-2]
	if last.end != cursor || last.kind == tokenSymbol {
		return none, err == nil
	}
	if len(tokens) > 2 && last.kind == tokenName {
		prefix := tokens[len(tokens)-3]
		if kind, name := cutPrefix(prefix.text); prefix.end == last.start && kind != Bare && name == "" {
			last.text, last.start = prefix.text+last.text, prefix.start
		}
	}
	return last, true
}

// endOf is where the word ends that is being typed, with the quote that closes it.
func endOf(runes []rune, typed token, cursor int) int {
	end := cursor
	for typed.kind != tokenEnd && end < len(runes) && isWordRune(runes[end]) {
		end++
	}
	quoted := typed.kind == tokenName || typed.kind == tokenText
	if quoted && end < len(runes) && strings.ContainsRune("`'\"", runes[end]) {
		end++
	}
	return end
}

// choose keeps the candidates that fit what is typed, those first that begin with it.
func choose(all []candidate, typed string) []candidate {
	var first, second []candidate
	typed = strings.ToLower(typed)
	for _, c := range all {
		switch rank(strings.ToLower(c.match), typed) {
		case 1:
			first = append(first, c)
		case 2:
			second = append(second, c)
		}
	}
	all = append(first, second...)
	return all[:min(len(all), MaxCompletions)]
}

// rank is 1 if a name begins with what is typed, 2 if a later piece does, else 0.
func rank(name, typed string) int {
	if strings.HasPrefix(name, typed) {
		return 1
	}
	for rest := name; ; {
		at := strings.IndexAny(rest, "./_-:@")
		if at < 0 {
			return 0
		}
		if rest = rest[at+1:]; strings.HasPrefix(rest, typed) {
			return 2
		}
	}
}
