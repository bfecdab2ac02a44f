package server

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"inkstone/tracker"
)

// send sends a form, and answers with the status and the address that it led to, or what was said.
func (b *bench) send(path string, form url.Values) (int, string) {
	b.t.Helper()
	status, header, text := b.post(path, form)
	if to := header.Get("Location"); to != "" {
		return status, to
	}
	return status, text
}

func TestRunsAreChangedTogether(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	one, two := b.runs["baseline/1"].ID, b.runs["baseline/2"].ID
	b.must(b.store.Tag(t.Context(), []string{one}, tracker.Retag{Set: map[string]string{"kind": "old"}}))
	b.must(b.store.WriteNote(t.Context(), tracker.Scope{Run: one}, "before"))
	state := func() string {
		t.Helper()
		values, err := b.store.TagValues(t.Context(), "kind", []string{one, two, b.runs["other/1"].ID, b.runs["other/2"].ID})
		b.must(err)
		notes, err := b.store.Notes(t.Context(), tracker.Scope{Run: one})
		b.must(err)
		return values[one] + "," + values[two] + "," + values[b.runs["other/1"].ID] + ": " + strings.ReplaceAll(notes[0].Text, "\n", "/")
	}
	for _, c := range []struct {
		name        string
		form        url.Values
		says, state string
	}{
		{"a tag of two", url.Values{"do": {"tag"}, "tag": {"kind"}, "value": {"new"}, "run": {one, two}, "sort": {"seed"}}, "2 runs are now tagged kind = new", "new,new,: before"},
		{"no tag", url.Values{"do": {"untag"}, "tag": {"kind"}, "run": {one}}, "1 run is now without the tag kind", ",,: before"},
		{"all of a filter", url.Values{"do": {"tag"}, "tag": {"kind"}, "value": {"o"}, "all": {"2"}, "where": {"variant = other"}}, "2 runs are now tagged kind = o", "old,,o: before"},
		{"a note", url.Values{"do": {"note"}, "note": {"after"}, "run": {one, two}}, "2 runs are now with a further note", "old,,: before//after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, to := b.send("/runs/change", c.form)
			if status != http.StatusSeeOther {
				t.Fatalf("status %d: %s", status, to)
			}
			if _, _, text := b.get(to); !strings.Contains(text, c.says) || c.form.Get("sort") != "" && !strings.Contains(to, "sort=seed") {
				t.Errorf("%s lacks %q:\n%s", to, c.says, text)
			}
			if got := state(); got != c.state {
				t.Errorf("it is %q, want %q", got, c.state)
			}
			address, err := url.Parse(to)
			b.must(err)
			token := url.Values{"change": {address.Query().Get("change")}}
			if status, to := b.send("/runs/undo", token); status != http.StatusSeeOther {
				t.Fatalf("undo: status %d: %s", status, to)
			}
			if got := state(); got != "old,,: before" {
				t.Errorf("undone it is %q", got)
			}
			if status, text := b.send("/runs/undo", token); status != http.StatusNotFound || !strings.Contains(text, "by hand") {
				t.Errorf("undone twice: status %d: %s", status, text)
			}
		})
	}
}

func TestChangesThatCannotBe(t *testing.T) {
	b := newBench(t, "other")
	for name, c := range map[string]struct {
		form   url.Values
		status int
		says   string
	}{
		"of no run":          {url.Values{"do": {"tag"}, "tag": {"a"}}, 400, "no run is chosen"},
		"without a name":     {url.Values{"do": {"tag"}, "run": {b.runs["baseline/1"].ID}}, 400, "needs a name"},
		"of other runs":      {url.Values{"do": {"tag"}, "tag": {"a"}, "all": {"3"}}, 409, "selects 4 runs now, and 3 were confirmed"},
		"an empty note":      {url.Values{"do": {"note"}, "run": {b.runs["baseline/1"].ID}}, 400, "no text"},
		"something else":     {url.Values{"do": {"burn"}, "run": {b.runs["baseline/1"].ID}}, 400, "want tag, untag or note"},
		"a run that is not":  {url.Values{"do": {"tag"}, "tag": {"a"}, "run": {"nowhere"}}, 404, "there is no run"},
		"a filter's mistake": {url.Values{"do": {"tag"}, "tag": {"a"}, "all": {"3"}, "where": {"sed = 1"}}, 400, "did you mean seed"},
	} {
		if status, text := b.send("/runs/change", c.form); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: status %d, want %d with %q:\n%s", name, status, c.status, c.says, text)
		}
	}
}

func TestViewsAreSavedListedAndDeleted(t *testing.T) {
	b := newBench(t, "other")
	view := url.Values{"name": {" best ones "}, "where": {"val/loss < 1"}, "sort": {"val/loss"}, "columns": {"seed"}, "pinned": {"status"}, "group": {""}, "limit": {"3"}}
	status, to := b.send("/runs/views", view)
	if status != http.StatusSeeOther || to != "/runs?columns=seed&pinned=status&sort=val%2Floss&where=val%2Floss+%3C+1" {
		t.Errorf("status %d to %s", status, to)
	}
	if _, _, text := b.get("/runs"); !strings.Contains(html.UnescapeString(text), `<a href="`+to+`" data-view>best ones</a>`) {
		t.Errorf("the page does not list it:\n%s", text)
	}
	for _, path := range []string{"/api/views", "/api/palette?q=bst"} {
		if _, _, text := b.get(path); !strings.Contains(text, "best ones") || !strings.Contains(text, "sort=val%2Floss") {
			t.Errorf("%s does not list it: %s", path, text)
		}
	}
	if status, text := b.send("/runs/views", url.Values{"name": {" "}}); status != http.StatusBadRequest || !strings.Contains(text, "names no view") {
		t.Errorf("without a name: status %d: %s", status, text)
	}
	if status, _ := b.send("/runs/views/delete", url.Values{"name": {"best ones"}}); status != http.StatusSeeOther {
		t.Errorf("deleting: status %d", status)
	}
	if _, _, text := b.get("/api/views"); strings.Contains(text, "best ones") {
		t.Errorf("it is still there: %s", text)
	}
}

func TestFiltersAreCheckedWhileTheyAreWritten(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	for where, want := range map[string]string{"": "4 runs fit", "seed = 1 and variant = other": "1 run fits", "seed = 1 and vriant = x": `data-column="14" data-length="6"`, "seed =": "a value is wanted here"} {
		if status, _, text := b.get("/runs/check?where="+url.QueryEscape(where), "Accept", "text/html"); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%q: status %d, %q is missing in %s", where, status, want, text)
		}
	}
	if _, _, text := b.get("/runs/check?where=vriant+%3D+x", "Accept", "application/json"); !strings.Contains(text, `"suggestion": "variant"`) {
		t.Errorf("for programs: %s", text)
	}
}
