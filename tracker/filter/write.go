package filter

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// String is the operand as a filter writes it, with its prefix. The last value of a metric is the metric itself.
func (o Operand) String() string {
	text := bareName(o.Name)
	if o.Kind != Bare && o.Kind != Attribute {
		text = string(o.Kind) + "." + quoteName(o.Name)
	}
	if o.Context != "" {
		text += "@" + quoteName(o.Context)
	}
	if o.Summary != "" && o.Summary != Last {
		return string(o.Summary) + "(" + text + ")"
	}
	return text
}

// quoteName puts a name between backticks where it needs them behind a prefix.
func quoteName(name string) string {
	if name != "" && strings.IndexFunc(name, func(r rune) bool { return !isNameRune(r) }) < 0 {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// bareName puts a name between backticks where it needs them without a prefix: also if it looks like something else.
func bareName(name string) string {
	kind, _ := cutPrefix(name)
	quoted := quoteName(name)
	if quoted == name && (kind != Bare || !isPlain(name)) {
		return "`" + name + "`"
	}
	return quoted
}

// epoch stands for now where only the form of a word matters.
var epoch = time.Unix(0, 0)

// isPlain tells whether a word is neither a keyword nor the value of another type than a text.
func isPlain(word string) bool {
	return !token{kind: tokenWord, text: word}.isKeyword() && guess(word, epoch).Type == TypeString
}

// String is the value as a filter writes it.
func (v Value) String() string {
	switch v.Type {
	case TypeNumber:
		return writeNumber(v.Number)
	case TypeBool:
		return strconv.FormatBool(v.Bool)
	case TypeTime:
		return writeTime(v.Time)
	case TypeDuration:
		return writeDuration(v.Duration)
	}
	if v.Text != "" && strings.IndexFunc(v.Text, func(r rune) bool { return !isWordRune(r) }) < 0 && isPlain(v.Text) {
		return v.Text
	}
	return quoteText(v.Text)
}

// writeNumber writes the shortest text that reads as the same number, without an exponent where that is no longer.
func writeNumber(f float64) string {
	switch size := math.Abs(f); {
	case math.IsInf(f, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	case f == 0 || size >= 1e-4 && size < 1e15:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// writeTime leaves out the clock at midnight.
func writeTime(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// writeDuration writes days, hours, minutes and seconds, without those that are 0.
func writeDuration(d time.Duration) string {
	if d < time.Microsecond {
		return "0s"
	}
	var text strings.Builder
	for _, u := range units {
		switch u.name {
		case "d", "h", "m":
			if n := d / u.of; n > 0 {
				text.WriteString(strconv.Itoa(int(n)) + u.name)
				d %= u.of
			}
		}
	}
	if d > 0 {
		text.WriteString(strconv.FormatFloat(float64(d.Microseconds())/1e6, 'f', -1, 64) + "s")
	}
	return text.String()
}

// quoteText puts a text between quotes. A backslash is doubled only where it would not stand for itself.
func quoteText(text string) string {
	var out strings.Builder
	out.WriteByte('\'')
	runes := []rune(text)
	for i, r := range runes {
		switch r {
		case '\\':
			if out.WriteByte('\\'); i+1 < len(runes) && !opensEscape(runes[i+1]) {
				continue
			}
			out.WriteByte('\\')
		case '\'':
			out.WriteString(`\'`)
		case '\n':
			out.WriteString(`\n`)
		case '\r':
			out.WriteString(`\r`)
		case '\t':
			out.WriteString(`\t`)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('\'')
	return out.String()
}

// opensEscape tells whether a character, as it is written, would be escaped by a backslash before it.
func opensEscape(r rune) bool {
	_, special := escapes[r]
	return special || strings.ContainsRune("\n\r\t", r)
}
