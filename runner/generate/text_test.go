package generate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTextBuffer(t *testing.T) {
	for _, test := range []struct {
		name    string
		stops   []string
		pushed  []string
		want    []string // let out by each push, then by flush
		stopped bool
	}{
		{"plain", nil, []string{"a", "bc"}, []string{"a", "bc", ""}, false},
		{"a character over three tokens", nil, []string{"x\xe4", "\xbd", "\xa0好"}, []string{"x", "", "你好", ""}, false},
		{"four bytes", nil, []string{"\xf0\x9f", "\x98\x80!"}, []string{"", "😀!", ""}, false},
		{"a character that is never completed", nil, []string{"a\xe4\xbd"}, []string{"a", "\uFFFD"}, false},
		{"bytes that are no character", nil, []string{"\xff", "\xbd\xbdz"}, []string{"\uFFFD", "\uFFFDz", ""}, false},
		{"a broken character", nil, []string{"\xe4", "a"}, []string{"", "\uFFFDa", ""}, false},
		{"a stop sequence in one token", []string{"END"}, []string{"ab", "cEND d"}, []string{"ab", "c"}, true},
		{"a stop sequence over tokens", []string{"\n\n"}, []string{"a\n", "\nb"}, []string{"a", ""}, true},
		{"the beginning of one", []string{"\n\n"}, []string{"a\n", "b"}, []string{"a", "\nb", ""}, false},
		{"the beginning of one at the end", []string{"\n\n"}, []string{"a\n"}, []string{"a", "\n"}, false},
		{"the first of two", []string{"yz", "x"}, []string{"axyz"}, []string{"a"}, true},
		{"an empty one", []string{""}, []string{"ab"}, []string{"ab", ""}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := textBuffer{stops: test.stops}
			var got []string
			stopped := false
			for _, p := range test.pushed {
				var out string
				out, stopped = b.push([]byte(p))
				got = append(got, out)
			}
			if !stopped {
				got = append(got, b.flush())
			}
			if diff := cmp.Diff(test.want, got); diff != "" || stopped != test.stopped {
				t.Errorf("stopped %v, want %v; let out (-want +got):\n%s", stopped, test.stopped, diff)
			}
			if b.text.String() != strings.Join(got, "") || !utf8.ValidString(b.text.String()) {
				t.Errorf("text = %q, want what was let out", b.text.String())
			}
		})
	}
}
