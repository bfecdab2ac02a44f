package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheme(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	status, header, _ := b.post("/theme", url.Values{"theme": {"dark"}, "back": {"/experiments/study?metric=train/loss"}})
	if status != http.StatusSeeOther || header.Get("Location") != "/experiments/study?metric=train/loss" {
		t.Errorf("status %d, to %q", status, header.Get("Location"))
	}
	if cookie := header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "inkstone-theme=dark; Path=/;") || !strings.Contains(cookie, "HttpOnly; SameSite=Lax") {
		t.Errorf("got cookie %q", cookie)
	}
	for theme, want := range map[string][]string{
		"dark":   {`<html lang="en" data-theme="dark">`, `<source media="all"`},
		"light":  {`<html lang="en" data-theme="light">`, `<source media="not all"`},
		"system": {`<html lang="en">`, `<source media="(prefers-color-scheme: dark)"`},
		`"><b>`:  {`<html lang="en">`},
	} {
		_, _, text := b.get("/experiments/study", "Cookie", themeCookie+"="+theme)
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("with the theme %q the page lacks %q", theme, part)
			}
		}
	}
	if status, _, text := b.post("/theme", url.Values{"theme": {"pink"}}); status != http.StatusBadRequest || !strings.Contains(text, "choose system, light or dark") {
		t.Errorf("status %d, %s", status, text)
	}
}

func TestPlacesKnowWhereTheReaderIs(t *testing.T) {
	for path, want := range map[string]string{"/": "Experiments", "/experiments/a": "Experiments", "/runs": "Runs", "/runs/x": "Runs", "/runsx": "", "/compare": "Compare", "/store": "Store"} {
		got := ""
		for _, p := range places(path) {
			if p.Current {
				got += p.Name
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestPaletteFindsExperimentsAndRuns(t *testing.T) {
	b := newBench(t, "50%_o'dd\\")
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"nothing":            {"", []string{"study"}},
		"letters in order":   {"sty", []string{"study"}},
		"words":              {"stu base", []string{"study/baseline/2", "study/baseline/1"}},
		"a trial":            {"study/baseline/2", []string{"study/baseline/2"}},
		"words in any order": {"base stu", []string{"study/baseline/2", "study/baseline/1"}},
		"a wildcard":         {"50%_o", []string{"study/50%_o'dd\\/2", "study/50%_o'dd\\/1"}},
		"not a wildcard":     {"5_%", []string{}},
		"a quote":            {"o'dd\\", []string{"study/50%_o'dd\\/2", "study/50%_o'dd\\/1"}},
		"none":               {"zebra", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := b.get("/api/palette?" + url.Values{"q": {c.query}}.Encode())
			var d paletteData
			b.must(json.Unmarshal([]byte(text), &d))
			got := []string{}
			for _, item := range d.Items {
				got = append(got, item.Label)
			}
			if diff := cmp.Diff(c.want, got); status != http.StatusOK || diff != "" {
				t.Errorf("status %d\n%s", status, diff)
			}
		})
	}
	_, _, text := b.get("/api/palette?q=" + b.runs["baseline/1"].ID)
	if !strings.Contains(text, `"address": "/runs/`+b.runs["baseline/1"].ID) {
		t.Errorf("a run is not found by its id: %s", text)
	}
}
