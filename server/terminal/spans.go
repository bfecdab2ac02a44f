package terminal

import (
	"regexp"
	"strings"
)

// Span is a stretch of a line that looks the same. Class has the classes of its look, such as "bold fg-1"; fg-0 to fg-15 and
// bg-0 to bg-15 are the colours of terminals (ECMA-48, and the bright ones of aixterm).
type Span struct {
	Class string `json:"class,omitempty"`
	Text  string `json:"text"`
}

// sequence is what a terminal acts on: control sequences, operating system commands, and other escapes.
var sequence = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Spans reads a line of a log. Where it has carriage returns, as progress bars do, only what a terminal would show last is
// kept.
func Spans(line string) []Span {
	line = strings.TrimRight(line, "\r")
	if at := strings.LastIndexByte(line, '\r'); at >= 0 {
		line = line[at+1:]
	}
	var spans []Span
	var look style
	add := func(text string) {
		if text = Visible(text); text == "" {
			return
		}
		if class := look.class(); len(spans) > 0 && spans[len(spans)-1].Class == class {
			spans[len(spans)-1].Text += text
		} else {
			spans = append(spans, Span{class, text})
		}
	}
	for {
		at := sequence.FindStringIndex(line)
		if at == nil {
			add(line)
			return spans
		}
		add(line[:at[0]])
		if code := line[at[0]:at[1]]; strings.HasSuffix(code, "m") && strings.HasPrefix(code, "\x1b[") {
			look.apply(code[2 : len(code)-1])
		}
		line = line[at[1]:]
	}
}

// Plain is a line without its colours.
func Plain(line string) string {
	var b strings.Builder
	for _, span := range Spans(line) {
		b.WriteString(span.Text)
	}
	return b.String()
}
