package data

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
)

func TestTextPieces(t *testing.T) {
	lines := strings.Repeat(strings.Repeat("x", 99)+"\n", 100)
	for _, test := range []struct {
		name, text string
		want       []int // sizes
	}{
		{"empty", "", nil},
		{"short, without a line end", "one\ntwo", []int{7}},
		{"cut at the first line end behind 4096", lines, []int{4100, 4100, 1800}},
		{"one line without an end", strings.Repeat("x", 600<<10), []int{256 << 10, 256 << 10, 88 << 10}},
		{"no character is cut", "xx" + strings.Repeat("地", 90<<10), []int{256<<10 - 2, 14<<10 + 4}},
		{"no UTF-8", strings.Repeat("\x80", 300<<10), []int{256 << 10, 44 << 10}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sizes []int
			var whole []byte
			err := textPieces(strings.NewReader(test.text), "a.txt", func(d document) error {
				if d.joined != (len(whole) > 0) {
					t.Errorf("piece %d: joined is %v", len(sizes), d.joined)
				}
				if utf8.ValidString(test.text) && !utf8.Valid(d.text) {
					t.Errorf("piece %d cuts a character", len(sizes))
				}
				sizes, whole = append(sizes, len(d.text)), append(whole, d.text...)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, sizes); d != "" {
				t.Errorf("sizes (-want +got):\n%s", d)
			}
			if string(whole) != test.text {
				t.Error("the pieces put together are not the text")
			}
		})
	}
}

func TestWholeCharacters(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "地": 3, "a\xe5": 1, "a\xe5\x9c": 1, "a地": 4, "ab\xf0\x9f\x9a": 2, "a\xff": 2, "\x80\x80\x80\x80": 4,
	} {
		if got := wholeCharacters([]byte(text)); got != want {
			t.Errorf("wholeCharacters(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestJSONLines(t *testing.T) {
	for _, test := range []struct{ name, text, err string }{
		{"good", "{\"text\":\"a\"}\n\n {\"text\":\"地\",\"id\":1} \n", ""},
		{"broken", "{\"text\":\"a\"}\n{\"text\":", "a.jsonl:2: no JSON object: unexpected end of JSON input"},
		{"a list", "[1]", "a.jsonl:1: no JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage"},
		{"no field", "{\"b\":1,\"a\":2}", `a.jsonl:1: there is no field "text"; data.field names the one that holds the text (here: a, b)`},
		{"a number", "\n{\"text\":1}", `a.jsonl:2: field "text" is no string`},
		{"null", "{\"text\":null}", `a.jsonl:1: field "text" is no string`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			err := jsonLines(strings.NewReader(test.text), "a.jsonl", "text", func(d document) error {
				got = append(got, string(d.text))
				return nil
			})
			if test.err == "" {
				if d := cmp.Diff([]string{"a", "地"}, got); d != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, d)
				}
			} else if err == nil || err.Error() != test.err {
				t.Errorf("error %v, want %s", err, test.err)
			}
		})
	}
}

func TestJSONLinesNamesTheLineThatIsTooLong(t *testing.T) {
	text := "{\"text\":\"a\"}\n{\"text\":\"" + strings.Repeat("x", maxLine) + "\"}\n"
	err := jsonLines(strings.NewReader(text), "a.jsonl", "text", func(document) error { return nil })
	if want := "a.jsonl:2: read corpus: bufio.Scanner: token too long (a line may have 64 MiB)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func FuzzJSONLines(f *testing.F) {
	for _, text := range []string{"{\"text\":\"a\"}", "{\"text\":null}", "\xff", "{}", "{\"text\":\"\\ud800\"}\n\n[", "{\"text\":{}}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		count := 0
		err := jsonLines(bytes.NewReader(text), "a.jsonl", "text", func(d document) error {
			count++
			if !utf8.Valid(d.text) {
				t.Errorf("%q is no UTF-8", d.text)
			}
			return nil
		})
		if lines := bytes.Count(text, []byte("\n")) + 1; count > lines {
			t.Errorf("%d documents in %d lines", count, lines)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "a.jsonl:") {
			t.Errorf("%v names no place", err)
		}
	})
}

// A document that occurs twice must not be trained on and validated with.
func TestHeldOutDependsOnTheKeyAlone(t *testing.T) {
	held := 0
	for i := range 20000 {
		key, _ := json.Marshal(i)
		one := heldOut(key, .1)
		if one != heldOut(append([]byte{}, key...), .1) {
			t.Fatal("equal keys fall on two sides")
		}
		if one {
			held++
			if !heldOut(key, .2) {
				t.Fatal("a larger share lets a document go")
			}
		}
	}
	if held < 1850 || held > 2150 { // 2000 ± 3.5 standard deviations
		t.Errorf("%d of 20000 are held out at a share of .1", held)
	}
}

func TestSourcesAreSortedAndTakenOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.txt", "a.txt", "c.jsonl"} {
		write(t, filepath.Join(dir, name), "text")
	}
	if err := os.Mkdir(filepath.Join(dir, "d.txt"), 0o755); err != nil {
		t.Fatal(err)
	}
	list, err := sources(t.Context(), experiments.Data{Files: []string{dir + "/*.txt", dir + "/a*", dir + "/c.jsonl"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, filepath.Base(s.path))
	}
	if d := cmp.Diff([]string{"a.txt", "b.txt", "c.jsonl"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	write(t, filepath.Join(dir, "e.md"), "text")
	for pattern, want := range map[string]string{"/*.md": "is neither .txt nor .jsonl", "/x*": "no file matches", "/[": "is no pattern"} {
		if _, err := sources(t.Context(), experiments.Data{Files: []string{dir + pattern}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", pattern, err, want)
		}
	}
}

func TestStandardLibrary(t *testing.T) {
	list, err := sources(t.Context(), experiments.Data{Corpus: "go-stdlib"})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range list {
		found = found || s.name == "bufio/bufio.go"
		if strings.Contains("/"+s.name, "/testdata/") || !strings.HasSuffix(s.name, ".go") {
			t.Errorf("%s is no source of the library", s.name)
		}
	}
	if !found || len(list) < 1000 {
		t.Errorf("%d files; bufio/bufio.go among them: %v", len(list), found)
	}
	t.Setenv("GOROOT", t.TempDir())
	if _, err := sources(t.Context(), experiments.Data{Corpus: "go-stdlib"}); err == nil || !strings.Contains(err.Error(), "set GOROOT to a Go installation") {
		t.Errorf("error %v, want a remedy", err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
