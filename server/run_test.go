package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"inkstone/tracker"
)

const changesOfCode = "diff --git a/model/block.go b/model/block.go\n--- a/model/block.go\n+++ b/model/block.go\n@@ -10,3 +10,3 @@ func block(x int) int {\n \ty := norm(x)\n-\treturn mlp(y)\n+\treturn mlp(y) + x // <b>\n }\n"

// resumed is a bench whose run baseline/1 was trained in two attempts, the second from before the end of the first, with logs,
// files, changes of code, texts and tags; it still goes on.
func resumed(t *testing.T) (*bench, tracker.Run, *tracker.Recorder) {
	t.Helper()
	b := newBench(t, "other")
	run := b.runs["baseline/1"]
	first := tracker.AttemptInfo{Host: "here", Backend: "go", Threads: 1, GitCommit: "4f1c2a9d77", GitDirty: true, Modules: map[string]string{"example.com/m": "v1.0.0", "example.com/same": "v1.0.0"}}
	a, err := b.store.BeginAttempt(t.Context(), run.ID, first, nil)
	b.must(err)
	b.must(b.store.DeclareMetrics(t.Context(), run.ID, []tracker.MetricInfo{{Name: "val/loss", Unit: "nats", Key: "k"}, {Name: "system/speed", Unit: "tokens/s", WallTime: true}}))
	r := tracker.NewRecorder(a.Sink(), run.ID, 1, tracker.RecorderOptions{Every: time.Hour})
	var kept int64
	for step := range int64(10) {
		b.must(r.Log(step, map[string]float64{"val/loss": 3 - float64(step)/10, "train/loss": 2, "system/speed": 100}))
		sequence, err := r.Flush(t.Context())
		b.must(err)
		if step == 5 {
			kept = sequence
		}
	}
	b.must(a.Texts(t.Context(), []tracker.Text{{Name: "prompt-0", Step: 0, Prompt: "春眠", Output: "處處鳥。"}, {Name: "prompt-0", Step: 5, Prompt: "春眠", Output: "處處聞啼鳥。"}}, kept))
	b.must(r.Close(t.Context()))
	b.must(a.End(t.Context(), tracker.Failed, "out of memory"))
	b.must(os.WriteFile(b.store.LogPath(run.ID, 1), []byte("the first attempt\n"), 0o644))
	b.keep(run.ID, "environment/attempt-1/git.diff", "text/x-diff", changesOfCode)
	b.keep(run.ID, "environment/attempt-1/untracked/notes/todo.txt", "", "buy milk\n")

	second := tracker.AttemptInfo{Host: "there", Backend: "go", Threads: 1, GitCommit: "4f1c2a9d77", Modules: map[string]string{"example.com/m": "v1.1.0", "example.com/same": "v1.0.0"}}
	a, err = b.store.BeginAttempt(t.Context(), run.ID, second, &tracker.Resume{Attempt: 1, Sequence: kept})
	b.must(err)
	r = tracker.NewRecorder(a.Sink(), run.ID, 2, tracker.RecorderOptions{Every: 10 * time.Millisecond})
	t.Cleanup(func() { _ = r.Close(context.Background()); a.Leave() })
	for step := int64(6); step < 8; step++ {
		b.must(r.Log(step, map[string]float64{"val/loss": 2, "train/loss": 2, "system/speed": 100}))
	}
	_, err = r.Flush(t.Context())
	b.must(err)
	var log strings.Builder
	for i := 1; i <= 1200; i++ {
		fmt.Fprintf(&log, "line %d \x1b[32mok\x1b[0m\n", i)
	}
	b.must(os.WriteFile(b.store.LogPath(run.ID, 2), []byte(log.String()+"<script>alert(1)</script>\n"), 0o644))
	b.must(b.store.Tag(t.Context(), []string{run.ID}, tracker.Retag{Set: map[string]string{"round": "1"}}))
	return b, run, r
}

func (b *bench) keep(run, name, media, content string) tracker.Artifact {
	b.t.Helper()
	a, err := b.store.PutArtifact(b.t.Context(), run, name, media, strings.NewReader(content))
	b.must(err)
	return a
}

// picture is a PNG of one pixel.
func picture() string {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 1, 1)))
	return out.String()
}

func TestPagesOfARun(t *testing.T) {
	b, run, _ := resumed(t)
	page := "/runs/" + run.ID
	b.keep(run.ID, "plots/a b#1.png", "image/png", picture())
	b.keep(run.ID, "page.html", "text/html", "<script>alert(1)</script>")
	b.keep(run.ID, "page.html", "text/html", "<script>alert(2)</script>")
	for name, c := range map[string]struct {
		path         string
		want, unlike []string
	}{
		"curves":                {page, []string{"baseline, seed 1", "group-train", "group-val", `<details class="group" id="group-system">`, "data-value=\"" + run.ID + " val/loss\"", "metric=val%2Floss", "nats", "wall time", "round = 1", "attempt", `loading="lazy"`}, nil},
		"curves that are found": {page + "?q=TRAIN", []string{"train/loss", "all 3 metrics"}, []string{"group-val"}},
		"none found":            {page + "?q=none", []string{"No metric has “none” in its name", "Show all 3"}, nil},
		"a metric alone":        {page + "?metric=val/loss", []string{"curve.svg?live=1&amp;metric=val%2Floss", "nats", "8 recorded points"}, []string{"group-train"}},
		"a metric that is not":  {page + "?metric=val/los", []string{"has not recorded val/los"}, nil},
		"the log's end":         {page + "/log", []string{">1201</a>", "&lt;script&gt;", `<span class="fg-2">ok</span>`, "Older lines", "Attempt 1", "Download as text", "data-total=\"1201\" data-open"}, []string{`id="L701"`, "\x1b"}},
		"the log from a line":   {page + "/log?line=100", []string{`id="L50"`, `id="L100"`, "Newer lines"}, []string{`id="L49"`, `id="L600"`}},
		"the other log":         {page + "/log?attempt=1", []string{"the first attempt"}, []string{"data-total=\"1\" data-open", "Older lines"}},
		"a log that is not":     {page + "/log?attempt=9", []string{"Attempt 9 has written nothing"}, nil},
		"a search":              {page + "/log?q=line+99%5Cd", []string{"10 lines match, of 1,201", `<span class="match">line 990</span> ok`, "line=990#L990"}, nil},
		"colours do not hide":   {page + "/log?q=1000+ok%24", []string{"1 line matches"}, nil},
		"many found":            {page + "/log?q=line", []string{"The first 200 lines that match", "from=201"}, nil},
		"nothing found":         {page + "/log?q=nothing", []string{"None of 1,201 lines matches"}, nil},
		"a wrong search":        {page + "/log?q=a(b", []string{"a(b\n^^^ missing closing )"}, nil},
		"parameters":            {page + "/parameters", []string{"train.rate", "0.1", "1 differs from baseline", "spec.yaml"}, nil},
		"environment":           {page + "/environment", []string{"attempt 2", `<tr class="differs"><th scope="row">host`, "decides bits", "2 modules, 1 differ"}, nil},
		"code":                  {page + "/code?attempt=1", []string{"4f1c2a9d77", "model/block.go", `<tr class="removed">`, "return mlp(y) &#43; x // &lt;b&gt;", "notes/todo.txt"}, []string{"<b>"}},
		"no changes":            {page + "/code", []string{"nothing changed beside it"}, []string{"Download the diff"}},
		"attempts":              {page + "/attempts", []string{"out of memory", `<td class="n">0</td><td class="n">9</td><td class="n">12</td>`, `<td class="n">6</td><td class="n">7</td><td class="n">0</td>`}, nil},
		"artifacts":             {page + "/artifacts", []string{"plots/a b#1.png", "page.html", "text/x-diff"}, nil},
		"a picture":             {page + "/artifacts/plots/a%20b%231.png", []string{"<img src=\"/runs/" + run.ID + "/files/plots/a%20b%231.png?show=1&amp;version=1\""}, nil},
		"a text":                {page + "/artifacts/page.html?version=1", []string{"&lt;script&gt;alert(1)", "version 1"}, []string{"<img src="}},
		"another run's pages":   {"/runs/" + b.runs["other/1"].ID + "/log", []string{"The log begins with the first attempt"}, nil},
		"a planned run":         {"/runs/" + b.runs["other/1"].ID, []string{"Nothing has been recorded yet", "Do not begin"}, nil},
		"its attempts":          {"/runs/" + b.runs["other/1"].ID + "/attempts", []string{"No attempt yet"}, nil},
		"its environment":       {"/runs/" + b.runs["other/1"].ID + "/environment", []string{"No attempt has begun yet"}, nil},
		"its files":             {"/runs/" + b.runs["other/1"].ID + "/artifacts", []string{"has kept no files"}, nil},
		"its code":              {"/runs/" + b.runs["other/1"].ID + "/code", []string{"No attempt has begun yet"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := b.get(c.path)
			if status != http.StatusOK {
				t.Fatalf("status %d\n%s", status, text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
			for _, unlike := range append(c.unlike, "<script>alert") {
				if strings.Contains(text, unlike) {
					t.Errorf("the page has %q", unlike)
				}
			}
		})
	}
}

func TestPagesOfARunAsJSON(t *testing.T) {
	b, run, _ := resumed(t)
	for path, want := range map[string]string{
		"": "series", "/log": "lines", "/parameters": "fields", "/environment": "facts", "/code": "patch", "/attempts": "table", "/artifacts": "files",
		"/artifacts/environment/attempt-1/git.diff": "chosen",
	} {
		status, _, text := b.get("/runs/"+run.ID+path, "Accept", "application/json")
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, status, err)
		}
		if got[want] == nil || got["id"] != run.ID || got["status"] != "running" {
			t.Errorf("%s lacks %q, the id or the status:\n%s", path, want, text)
		}
	}
	var stretch logStretch
	_, _, text := b.get("/api/runs/" + run.ID + "/log?from=1199&count=2")
	if err := json.Unmarshal([]byte(text), &stretch); err != nil || len(stretch.Lines) != 2 || stretch.Lines[1].Number != 1200 || stretch.Total != 1201 || !stretch.Open {
		t.Errorf("%v: %s", err, text)
	}
}

func TestFilesOfARunAreNeverRendered(t *testing.T) {
	b, run, _ := resumed(t)
	files := "/runs/" + run.ID
	b.keep(run.ID, "page.html", "text/html", "<script>alert(1)</script>")
	b.keep(run.ID, "drawing.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	b.keep(run.ID, "not-really.png", "image/png", "<script>alert(1)</script>")
	b.keep(run.ID, "plot.png", "text/html", picture())
	for name, c := range map[string]struct {
		path              string
		status            int
		media, attachment string
	}{
		"a page":            {"/files/page.html", 200, "application/octet-stream", `attachment; filename=page.html`},
		"a page, to show":   {"/files/page.html?show=1", 400, "text/html; charset=utf-8", ""},
		"SVG, to show":      {"/files/drawing.svg?show=1", 400, "text/html; charset=utf-8", ""},
		"no picture":        {"/files/not-really.png?show=1", 400, "text/html; charset=utf-8", ""},
		"a picture":         {"/files/plot.png?show=1", 200, "image/png", "inline"},
		"a picture to keep": {"/files/plot.png", 200, "application/octet-stream", `attachment; filename=plot.png`},
		"nothing":           {"/files/none", 404, "text/html; charset=utf-8", ""},
		"a log":             {"/log.txt?attempt=1", 200, "text/plain; charset=utf-8", "attachment; filename=" + run.ID + "-attempt-1.log"},
		"no log":            {"/log.txt?attempt=7", 404, "text/html; charset=utf-8", ""},
		"a spec":            {"/spec.json", 200, "application/json", "attachment; filename=" + run.ID + ".json"},
		"a spec, by hand":   {"/spec.yaml", 200, "application/yaml", "attachment; filename=" + run.ID + ".yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, text := b.get(files + c.path)
			if status != c.status || header.Get("Content-Type") != c.media || header.Get("Content-Disposition") != c.attachment {
				t.Errorf("status %d, %q, %q\n%s", status, header.Get("Content-Type"), header.Get("Content-Disposition"), text)
			}
			if header.Get("X-Content-Type-Options") != "nosniff" || status == 200 && header.Get("Content-Security-Policy") != sealed {
				t.Errorf("headers %v", header)
			}
		})
	}
}

func TestARunIsChangedFromItsPage(t *testing.T) {
	b, live, _ := resumed(t)
	run := b.runs["other/1"]
	post := func(of tracker.Run, what string, form url.Values) (int, string) {
		t.Helper()
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer, err := client.PostForm(b.server.URL+"/runs/"+of.ID+"/"+what, form)
		b.must(err)
		defer answer.Body.Close()
		return answer.StatusCode, answer.Header.Get("Location")
	}
	back := "/runs/" + run.ID + "/log"
	if status, to := post(run, "tags", url.Values{"set": {"round = 2", "good"}, "back": {back}}); status != http.StatusSeeOther || to != back {
		t.Errorf("tags: status %d to %q", status, to)
	}
	post(run, "tags", url.Values{"remove": {"good"}})
	for _, wrong := range []url.Values{{}, {"set": {" = 2"}}, {"set": {tracker.ExcludedTag}}} {
		if status, _ := post(run, "tags", wrong); status != http.StatusBadRequest {
			t.Errorf("%v: status %d", wrong, status)
		}
	}
	if now, err := b.store.Run(t.Context(), run.ID); err != nil || len(now.Tags) != 1 || now.Tags["round"] != "2" {
		t.Errorf("tags %v, %v", now.Tags, err)
	}
	if status, _ := post(live, "delete", nil); status != http.StatusConflict {
		t.Errorf("a running run is deleted: status %d", status)
	}
	for _, c := range []struct {
		what string
		want string
	}{{"delete", "Bring it back"}, {"undelete", "Delete…"}, {"stop", "Let it go on"}, {"resume", "Do not begin…"}} {
		if status, _ := post(run, c.what, nil); status != http.StatusSeeOther {
			t.Errorf("%s: status %d", c.what, status)
		}
		if _, _, text := b.get("/runs/" + run.ID); !strings.Contains(text, c.want) {
			t.Errorf("after %s the page lacks %q", c.what, c.want)
		}
	}
}

func TestARunKnowsItsParentAndItsChildren(t *testing.T) {
	b := newBench(t, "other")
	parent := b.runs["baseline/1"]
	child, err := b.store.CreateRun(t.Context(), tracker.NewRun{Experiment: "study", Variant: "tuned", Seed: 1, Digest: "tuned", Spec: json.RawMessage(`{}`), Parent: parent.ID})
	b.must(err)
	for run, want := range map[string]string{parent.ID: "Others go on from it", child.ID: "Goes on from"} {
		_, _, text := b.get("/runs/" + run)
		if !strings.Contains(text, want) || !strings.Contains(text, "/runs/"+parent.ID) || run == parent.ID && !strings.Contains(text, "/runs/"+child.ID) {
			t.Errorf("the page lacks %q or its link", want)
		}
	}
	if _, _, text := b.get("/runs/" + child.ID); !strings.Contains(text, "Superseded") {
		t.Error("the page does not tell that no plan has the run")
	}
}

func TestTheProgressOfARun(t *testing.T) {
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := newBench(t, "other")
	run := b.runs["baseline/1"]
	_, r := b.train("baseline/1")
	b.must(r.Log(25, map[string]float64{"val/loss": 1}))
	_, err := r.Flush(t.Context())
	b.must(err)
	h := runHead{Run: run}
	h.Status, h.Spec = tracker.Running, json.RawMessage(`{"train":{"max_steps":100}}`)
	h.Attempts = []tracker.Attempt{{Started: begun}}
	b.must(New(Config{Store: b.store}).progress(t.Context(), &h, begun.Add(time.Minute)))
	if h.Step != 25 || h.Percent() != 25 || h.Worked() != "1 min 0 s" || h.Left() != "about 3 min" {
		t.Errorf("step %d, %d %%, trained for %s, %s left", h.Step, h.Percent(), h.Worked(), h.Left())
	}
}
