package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNotesAreWrittenShownAndKept(t *testing.T) {
	b := newBench(t, "other")
	if _, _, text := b.get("/experiments/study"); !strings.Contains(text, "Write the answer to the question") {
		t.Error("an empty note does not say what to write")
	}
	write := func(path, note string) (int, http.Header, string) { return b.post(path, url.Values{"text": {note}}) }
	if status, header, _ := write("/experiments/study/note", "first\r\n\r\n- *thought*\r\n"); status != http.StatusSeeOther || header.Get("Location") != "/experiments/study#note" {
		t.Errorf("status %d, to %q", status, header.Get("Location"))
	}
	if status, _, text := write("/experiments/study/note", "second <script>alert(1)</script>"); status != http.StatusSeeOther {
		t.Fatalf("status %d, %s", status, text)
	}
	note := b.study().Note
	if note.Text != "second <script>alert(1)</script>" || len(note.Earlier) != 1 || note.Earlier[0].Text != "first\n\n- *thought*" {
		t.Errorf("got %+v", note)
	}
	_, _, page := b.get("/experiments/study")
	for _, want := range []string{"<p>second &lt;script&gt;", "Earlier versions (1)", "<li><em>thought</em></li>", ">second &lt;script&gt;alert(1)&lt;/script&gt;</textarea>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("a note's script reached the page")
	}
	write("/experiments/study/note", "")
	if note := b.study().Note; note.Text != "" || len(note.Earlier) != 2 {
		t.Errorf("taken away, the note is %+v", note)
	}
}

func TestNotesOfRuns(t *testing.T) {
	b := newBench(t, "other")
	run := b.runs["other/1"].ID
	if status, header, text := b.post("/runs/study%2Fother%2F1/note", url.Values{"text": {"odd"}}); status != http.StatusSeeOther || header.Get("Location") != "/runs/"+run+"#note" {
		t.Errorf("status %d, to %q, %s", status, header.Get("Location"), text)
	}
	s := New(Config{Store: b.store})
	if note, err := s.runNote(t.Context(), run); err != nil || note.Text != "odd" || note.Action != "/runs/"+run+"/note" {
		t.Errorf("got %+v, %v", note, err)
	}
}

func TestNotesThatCannotBeKeptSayWhy(t *testing.T) {
	b := newBench(t, "other")
	for name, c := range map[string]struct {
		path   string
		form   url.Values
		status int
		want   string
	}{
		"too long":        {"/experiments/study/note", url.Values{"text": {strings.Repeat("a", 1<<20+1)}}, http.StatusBadRequest, "at most 1048576"},
		"far too long":    {"/experiments/study/note", url.Values{"text": {strings.Repeat("a", 4<<20)}}, http.StatusRequestEntityTooLarge, "at most 1 MiB"},
		"no text":         {"/experiments/study/note", url.Values{"note": {"a"}}, http.StatusBadRequest, `lacks the field &#34;text&#34;`},
		"no such run":     {"/runs/nothing/note", url.Values{"text": {"a"}}, http.StatusNotFound, "is no run"},
		"no such subject": {"/experiments/nothing/note", url.Values{"text": {"a"}}, http.StatusNotFound, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _, text := b.post(c.path, c.form); status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("status %d, want %d\n%s", status, c.status, text)
			}
		})
	}
	almost := strings.Repeat("語", 1<<20/3)
	if status, _, text := b.post("/experiments/study/note", url.Values{"text": {almost}}); status != http.StatusSeeOther {
		t.Errorf("a note of 1 MiB whose form is three times that: status %d, %.200s", status, text)
	}
}
