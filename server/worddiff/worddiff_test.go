package worddiff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMark(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          []Span
	}{
		"same":             {"a b", "a b", []Span{{"a b", false}}},
		"a word":           {"the cat sat", "the dog sat", []Span{{"the ", false}, {"dog", true}, {" sat", false}}},
		"a character":      {"春眠不覺曉", "春眠不知曉", []Span{{"春眠不", false}, {"知", true}, {"曉", false}}},
		"inserted":         {"處處鳥。", "處處聞啼鳥。", []Span{{"處處", false}, {"聞啼", true}, {"鳥。", false}}},
		"removed":          {"one two three", "one three", []Span{{"one three", false}}},
		"two places":       {"a b c d e", "a x c d y", []Span{{"a ", false}, {"x", true}, {" c d ", false}, {"y", true}}},
		"all new":          {"", "text", []Span{{"text", true}}},
		"nothing left":     {"text", "", nil},
		"letters of words": {"mlp(y)", "mlp(x)+y", []Span{{"mlp(", false}, {"x", true}, {")", false}, {"+y", true}}},
		"bytes":            {"a\xffb", "a\xfeb", []Span{{"a", false}, {"\xfe", true}, {"b", false}}},
	} {
		if diff := cmp.Diff(c.want, Mark(c.before, c.after)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestTextsThatHaveNothingInCommonAreMarkedBetweenTheirEnds(t *testing.T) {
	got := Mark("begin "+strings.Repeat("a ", 5000)+"end", "begin "+strings.Repeat("b ", 5000)+"end")
	if len(got) != 3 || got[0].Text != "begin " || !got[1].New || got[2].Text != " end" {
		t.Errorf("%d spans", len(got))
	}
}

// Whatever the texts are, the spans are the second one, and what is not marked lies in the first in this order.
func FuzzMark(f *testing.F) {
	f.Add("the cat sat", "a cat sits")
	f.Add("春眠不覺曉", "處處聞啼鳥\xff")
	f.Fuzz(func(t *testing.T, before, after string) {
		var text strings.Builder
		rest := before
		for _, span := range Mark(before, after) {
			text.WriteString(span.Text)
			if span.New {
				continue
			}
			for _, word := range words(span.Text) {
				at := strings.Index(rest, word)
				if at < 0 {
					t.Fatalf("%q is not new, and not in %q", word, before)
				}
				rest = rest[at+len(word):]
			}
		}
		if text.String() != after {
			t.Errorf("got %q, want %q", text.String(), after)
		}
	})
}
