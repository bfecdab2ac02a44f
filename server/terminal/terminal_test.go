package terminal

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSpans(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want []Span
	}{
		"plain":             {"step 1 loss 3.4", []Span{{"", "step 1 loss 3.4"}}},
		"empty":             {"", nil},
		"a colour":          {"step \x1b[32mok\x1b[0m done", []Span{{"", "step "}, {"fg-2", "ok"}, {"", " done"}}},
		"reset without 0":   {"\x1b[1;31mbad\x1b[m.", []Span{{"bold fg-1", "bad"}, {"", "."}}},
		"bright on ground":  {"\x1b[97;104mx", []Span{{"fg-15 bg-12", "x"}}},
		"of 256":            {"\x1b[38;5;9mx\x1b[38;5;196my\x1b[38;5;240mz", []Span{{"fg-9", "xy"}, {"fg-8", "z"}}},
		"of all":            {"\x1b[38;2;0;200;0mx\x1b[48:2:10:10:10my", []Span{{"fg-10", "x"}, {"fg-10 bg-0", "y"}}},
		"cut":               {"\x1b[38;5mx", []Span{{"", "x"}}},
		"other sequences":   {"a\x1b[2J\x1b[10;3Hb\x1b]0;title\x07c\x1b(Bd\x1b7e", []Span{{"", "abcde"}}},
		"a link":            {"\x1b]8;;javascript:alert(1)\x1b\\text\x1b]8;;\x1b\\", []Span{{"", "text"}}},
		"a progress bar":    {" 10 %\r 50 %\r100 %\r", []Span{{"", "100 %"}}},
		"bells, bytes":      {"a\x07b\xffc\x00", []Span{{"", `a\x07b\xffc\x00`}}},
		"a private code":    {"\x1b[?25lx\x1b[>4my", []Span{{"", "xy"}}},
		"an unfinished one": {"x\x1b", []Span{{"", `x\x1b`}}},
	} {
		if diff := cmp.Diff(c.want, Spans(c.line)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	if got := Plain("\x1b[1mbold\x1b[0m text"); got != "bold text" {
		t.Errorf("got %q", got)
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext": "plain\n\ttext", "床前\U0001F469\u200d\U0001F469": "床前\U0001F469\u200d\U0001F469", "a\x00b": `a\x00b`, "\u202eevil": `\u202eevil`,
		"\xe5\xba": `\xe5\xba`, "a\r\nb": "a\\x0d\nb", "\U000E0041": `\U000e0041`,
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// No line makes a span that a terminal or a browser would act on, and none a class that is not of the list.
func FuzzSpans(f *testing.F) {
	for _, seed := range []string{"\x1b[31mred\x1b[0m", "\x1b[38;5;300m", "\x1b]8;;x\x07", "\r\r", "\x1b[;;;m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, span := range Spans(line) {
			if strings.Trim(span.Class, "abcdefghijklmnopqrstuvwxyz0123456789- ") != "" {
				t.Errorf("class %q", span.Class)
			}
			if !utf8.ValidString(span.Text) || strings.ContainsFunc(span.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("text %q", span.Text)
			}
		}
	})
}
