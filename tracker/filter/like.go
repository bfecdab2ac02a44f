package filter

// Matches tells whether a text matches the pattern, leaving Not aside, as SQLite's LIKE does with the escape '\'.
func (e *Like) Matches(text string) bool { return like([]rune(e.Pattern.Text), []rune(text)) }

// like compares from left to right. When it fails, the last % takes one character more.
func like(pattern, text []rune) bool {
	p, t := 0, 0
	star, from := -1, 0
	for t < len(text) || p < len(pattern) {
		if p < len(pattern) && pattern[p] == '%' {
			star, from = p, t
			p++
			continue
		}
		if n := step(pattern[p:], text[t:]); n > 0 {
			p += n
			t++
			continue
		}
		if star < 0 || from >= len(text) {
			return false
		}
		from++
		p, t = star+1, from
	}
	return true
}

// step is how much of the pattern the text's first character matches, 0 if it does not.
func step(pattern, text []rune) int {
	switch {
	case len(pattern) == 0 || len(text) == 0:
		return 0
	case pattern[0] == '_':
		return 1
	case pattern[0] != '\\':
		return same(pattern[0], text[0])
	case len(pattern) == 1:
		return 0
	}
	return 2 * same(pattern[1], text[0])
}

// same is 1 if two characters are the same but for the case of A to Z, else 0.
func same(a, b rune) int {
	if lower(a) == lower(b) {
		return 1
	}
	return 0
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// endsWhole tells whether no backslash at the end of a pattern stands before nothing.
func endsWhole(pattern string) bool {
	whole := true
	for _, r := range pattern {
		whole = !whole || r != '\\'
	}
	return whole
}
