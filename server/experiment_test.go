package server

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

// post sends a form as a program does, and returns the answer.
func (b *bench) post(path string, form url.Values, header ...string) (int, http.Header, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.server.URL+path, strings.NewReader(form.Encode()))
	b.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := *b.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(request)
	b.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	b.must(err)
	return answer.StatusCode, answer.Header, string(text)
}

func TestExperimentGolden(t *testing.T) {
	b := mixed(t)
	_, _, text := b.get("/experiments/study")
	golden.Check(t, "testdata/experiment.html", steady(b, text))
}

// study reads the experiment as programs do.
func (b *bench) study() experimentData {
	b.t.Helper()
	_, _, text := b.get("/experiments/study", "Accept", "application/json")
	var d experimentData
	b.must(json.Unmarshal([]byte(text), &d))
	return d
}

func TestARunIsExcludedWithAReasonAndCountedAgain(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	run := "/runs/" + b.runs["other/2"].ID
	back := url.Values{"back": {"/experiments/study?metric=val/loss"}}
	if status, _, text := b.post(run+"/exclude", back); status != http.StatusBadRequest || !strings.Contains(text, "say why") {
		t.Errorf("without a reason: status %d, %s", status, text)
	}
	back.Set("reason", " a wrong corpus ")
	if status, header, _ := b.post(run+"/exclude", back); status != http.StatusSeeOther || header.Get("Location") != back.Get("back") {
		t.Errorf("status %d, to %q", status, header.Get("Location"))
	}
	d := b.study()
	cell := d.Variants[1].Trials[1]
	if !cell.Excluded || cell.Because != "a wrong corpus" || d.Table.Rows[1].N != 1 || len(d.Table.Rows[1].Excluded) != 1 {
		t.Errorf("got %+v, and n = %d", cell, d.Table.Rows[1].N)
	}
	if _, _, text := b.get("/experiments/study"); strings.Count(text, "a wrong corpus") < 3 {
		t.Error("the grid, the table and the list do not state the reason")
	}
	if status, header, _ := b.post(run+"/include", nil); status != http.StatusSeeOther || header.Get("Location") != run {
		t.Errorf("status %d, to %q", status, header.Get("Location"))
	}
	if d := b.study(); d.Variants[1].Trials[1].Excluded || d.Table.Rows[1].N != 2 {
		t.Error("the run does not count again")
	}
}

func TestAChangeLeadsBackToThisServerAlone(t *testing.T) {
	b := newBench(t, "other")
	for _, back := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "relative"} {
		form := url.Values{"back": {back}, "theme": {"dark"}}
		for _, path := range []string{"/runs/" + b.runs["other/1"].ID + "/stop", "/theme"} {
			if _, header, _ := b.post(path, form); header.Get("Location") != "/" {
				t.Errorf("%s: back=%q leads to %q", path, back, header.Get("Location"))
			}
		}
	}
}

func TestStopAndGoOn(t *testing.T) {
	b := newBench(t, "other")
	a, _ := b.train("other/1")
	t.Cleanup(a.Leave)
	run, planned := b.runs["other/1"].ID, b.runs["other/2"].ID
	words := func(cell int) string { return b.study().Variants[1].Trials[cell].Words() }
	for _, c := range []struct {
		path, state, desired, running, planned string
	}{
		{"/experiments/study/stop", "stopping", "stop", "stopping…", "planned"},
		{"/experiments/study/resume", "running", "run", "running, 0 %", "planned"},
		{"/runs/" + run + "/stop", "running", "run", "stopping…", "planned"},
		{"/runs/" + run + "/resume", "running", "run", "running, 0 %", "planned"},
		{"/runs/" + planned + "/stop", "running", "run", "running, 0 %", "planned, not to be begun"},
	} {
		if status, _, text := b.post(c.path, nil); status != http.StatusSeeOther {
			t.Fatalf("%s: status %d, %s", c.path, status, text)
		}
		if d := b.study(); d.State != c.state || d.Desired != c.desired || words(0) != c.running || words(1) != c.planned {
			t.Errorf("%s: got %s, %s, %q, %q; want %+v", c.path, d.State, d.Desired, words(0), words(1), c)
		}
	}
	for _, path := range []string{"/experiments/nothing/stop", "/runs/nothing/stop"} {
		if status, _, _ := b.post(path, nil); status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, status)
		}
	}
	if desired, err := b.store.Desired(t.Context(), tracker.Scope{Run: planned}); err != nil || desired != "stop" {
		t.Errorf("got %q, %v", desired, err)
	}
}

func TestSpecIsThatWhichWasRead(t *testing.T) {
	b := newBench(t, "other")
	status, header, text := b.get("/experiments/study/spec.yaml")
	if status != http.StatusOK || text != "spec: 1\n" || header.Get("Content-Disposition") != "attachment; filename*=UTF-8''study.yaml" {
		t.Errorf("status %d, %q, %q", status, header.Get("Content-Disposition"), text)
	}
}

func TestWordsOfACommandAreQuoted(t *testing.T) {
	for text, want := range map[string]string{"demo.yaml": "demo.yaml", "val/loss": "val/loss", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "": "''"} {
		if got := (experimentData{}).Quoted(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
