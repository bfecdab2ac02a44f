package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// attack ends whatever it stands in and tries to run as markup, as a handler, as a link, in a style and in a template. It also
// turns the direction of writing, which must stay within its own place.
const attack = `"'` + "`" + `></title></textarea></style></script><script>window.pwned=1</script><img src=x onerror="window.pwned=2">` +
	`<svg onload="window.pwned=3"></svg><iframe srcdoc="<script>parent.pwned=4</script>"></iframe><a href="javascript:window.pwned=5">x</a>` +
	`<style>body{background:url(/pwned)}</style><meta http-equiv="refresh" content="0;url=//pwned.example">{{.}}${window.pwned=6}` + "\u202e\u2066"

// terminalAttack is what a terminal would act on: colours, a title, a link, and half a sequence.
const terminalAttack = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;javascript:window.pwned=7\x1b\\link\x1b]8;;\x1b\\ \x9b31m \x1b["

// markdownAttack is what a note may try.
const markdownAttack = attack + "\n\n[a](javascript:window.pwned=8) [b](data:text/html;base64,PHNjcmlwdD4=) ![c](javascript:window.pwned=9) ![d](//pwned.example/x.png)\n" +
	"<javascript:window.pwned=10>\n\n[e]: javascript:window.pwned=11\n[e]\n\n# <img src=x onerror=window.pwned=12>\n\n```html\n<script>window.pwned=13</script>\n```\n\n| <b>a</b> |\n|---|\n| <img src=x onerror=window.pwned=14> |\n"

// hostile is a store in which every text is an attack.
type hostile struct {
	*bench
	served *Server
	tour   tour
}

func newHostile(t *testing.T) hostile {
	t.Helper()
	store, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := hostile{bench: &bench{t: t, store: store, runs: map[string]tracker.Run{}}}
	h.served = New(Config{Store: store, Version: attack})
	h.server = httptest.NewServer(h.served.Handler())
	t.Cleanup(func() { h.served.live.Close(); h.server.Close(); h.served.close(); store.Close() })
	h.plan()
	for i, trial := range []string{"baseline/1", "baseline/2", "other/1", "other/2"} {
		h.record(h.runs[trial], i)
	}
	_, _, err = store.CreateToken(t.Context(), attack[:64], tracker.RoleRead, time.Time{})
	h.must(err)
	h.must(store.KeepCheck(tracker.Report{Findings: []tracker.Finding{{Where: attack, What: attack, Lost: true}}}, time.Second))
	h.must(store.DeleteRuns(t.Context(), []string{h.runs["other/2"].ID}))
	captures, err := store.Captures(t.Context(), h.runs["baseline/1"].ID)
	h.must(err)
	h.tour = tour{experiment: attack, run: h.runs["baseline/1"].ID, capture: fmt.Sprint(captures[0].ID)}
	return h
}

// hostileMetric is compared; its name is an attack too.
const hostileMetric = "val/" + attack

func (h hostile) plan() {
	spec, err := json.Marshal(map[string]any{"model": map[string]any{attack: attack, "hidden_size": 8}, "name": attack})
	h.must(err)
	plan := tracker.Plan{
		Name: attack, Question: attack + strings.Repeat("long", 5000), Source: "# " + attack + "\nspec: 1\n", Spec: spec, Seeds: []int64{1, 2},
		Compare:  tracker.Compare{Metric: hostileMetric, Goal: "minimize", Baseline: "baseline", Also: []string{attack}},
		Variants: []tracker.Variant{{Name: "baseline", Spec: spec}, {Name: attack, Changes: attack, Spec: spec}},
	}
	for _, seed := range plan.Seeds {
		for _, v := range plan.Variants {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: v.Name, Seed: seed, Digest: fmt.Sprint(v.Name, seed)})
		}
	}
	h.must(h.store.SavePlan(h.t.Context(), plan))
	h.must(h.store.WriteNote(h.t.Context(), tracker.Scope{Experiment: attack}, markdownAttack))
	for _, trial := range plan.Trials {
		run, err := h.store.CreateRun(h.t.Context(), tracker.NewRun{Experiment: attack, Variant: trial.Variant, Seed: trial.Seed, Digest: trial.Digest, DataDigest: attack, TokenizerDigest: attack, Spec: spec})
		h.must(err)
		name := "other"
		if trial.Variant == "baseline" {
			name = "baseline"
		}
		h.runs[fmt.Sprintf("%s/%d", name, trial.Seed)] = run
	}
}

func (h hostile) record(run tracker.Run, i int) {
	ctx := h.t.Context()
	a, err := h.store.BeginAttempt(ctx, run.ID, tracker.AttemptInfo{
		Host: attack, Backend: attack, Plugin: attack, PluginDigest: attack, ISA: attack, GoVersion: attack, Version: attack, GitCommit: attack, CPUs: attack,
		Modules: map[string]string{attack: attack}, Machine: tracker.Machine{OS: attack, Kernel: attack, CPU: attack, GPUs: []string{attack}, Driver: attack},
	}, nil)
	h.must(err)
	h.must(h.store.DeclareMetrics(ctx, run.ID, []tracker.MetricInfo{{Name: hostileMetric, Unit: attack, Key: attack}, {Name: attack, Unit: "nats"}}))
	r := tracker.NewRecorder(a.Sink(), run.ID, a.Number(), tracker.RecorderOptions{Every: 10 * time.Millisecond})
	other, err := r.Series(hostileMetric, attack)
	h.must(err)
	for step := range int64(5) {
		h.must(r.Log(step, map[string]float64{hostileMetric: 3/float64(step+1) + float64(i)/10, attack: 1}))
		h.must(r.LogSeries(step, []tracker.Handle{other}, []float64{1}))
	}
	sequence, err := r.Flush(ctx)
	h.must(err)
	h.must(a.Capture(ctx, tracker.Capture{
		Name: "attention", Context: attack, Step: 4, Layers: 2, Heads: 2, Queries: 3, Keys: 3, Tokens: []string{attack, "\x00\u202e", terminalAttack}, Values: make([]float32, 2*2*9),
	}, sequence))
	settings, err := json.Marshal(map[string]string{attack: attack})
	h.must(err)
	h.must(a.Texts(ctx, []tracker.Text{{Name: attack, Step: 4, Prompt: attack + terminalAttack, Output: markdownAttack + terminalAttack, Settings: settings}}, sequence))
	for name, media := range map[string]string{"page.html": "text/html", "picture.svg": "image/svg+xml", "script.js": "text/javascript", "odd": attack, "a <b>" + attack[:20]: "text/html"} {
		_, err := h.store.PutArtifact(ctx, run.ID, name, media, strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" onload="window.pwned=20"><script>window.pwned=21;alert(1)</script></svg>`))
		h.must(err)
	}
	_, err = h.store.PutArtifact(ctx, run.ID, "environment/git.diff", "text/x-diff", strings.NewReader("diff --git a/"+attack+" b/x\n+"+attack+terminalAttack+"\n"))
	h.must(err)
	h.must(h.store.Tag(ctx, []string{run.ID}, tracker.Retag{Set: map[string]string{attack: attack}}))
	h.must(h.store.WriteNote(ctx, tracker.Scope{Run: run.ID}, markdownAttack))
	h.must(os.WriteFile(h.store.LogPath(run.ID, 1), []byte("first\n"+attack+terminalAttack+"\x00\xff\n"+strings.Repeat(attack, 1000)+"\n"), 0o644))
	h.must(r.Close(ctx))
	status := tracker.Finished
	if i == 1 {
		status = tracker.Failed
	}
	h.must(a.End(ctx, status, attack+terminalAttack))
}

// intruders are elements that only an attack can have made.
const intruders = `[...document.querySelectorAll('img[src="x"], iframe, [onload], [onerror], [href^="javascript:" i], [href^="data:" i], meta[http-equiv=refresh], foreignObject')]
	.concat([...document.querySelectorAll('script:not([src])')]).concat([...document.querySelectorAll('style, [style*=pwned]')])
	.map((element) => element.outerHTML.slice(0, 200)).join('\n')`

// inspect shows an address, and says what an attack has done there.
func inspect(t *testing.T, web *browser.Tab, address string) (done []string) {
	t.Helper()
	if err := chromedp.Do(web, chromedp.Navigate(address)); err != nil && strings.Contains(err.Error(), "ERR_ABORTED") {
		return nil // it is downloaded, and not shown
	} else if err != nil {
		t.Fatal(err)
	}
	time.Sleep(30 * time.Millisecond) // for what would run late
	if ran := browser.Read(web, chromedp.Evaluate[string](`String(window.pwned)`)); ran != "undefined" {
		done = append(done, "it was executed: "+ran)
	}
	if found := browser.Read(web, chromedp.Evaluate[string](intruders)); found != "" {
		done = append(done, "it became markup: "+found)
	}
	if at := browser.Read(web, chromedp.Evaluate[string](`location.origin`)); !strings.HasPrefix(address, at) {
		done = append(done, "it led to "+at)
	}
	for _, said := range web.Complaints() {
		if !strings.Contains(said, "the server responded with a status of 4") { // a page of a failure is one
			done = append(done, "the console says "+said)
		}
	}
	return done
}

// TestNothingStoredIsExecuted shows every page of a hostile store in a browser, every figure by itself, and what they link to.
func TestNothingStoredIsExecuted(t *testing.T) {
	web := browser.Open(t)
	h := newHostile(t)
	look := func(t *testing.T, address string) {
		t.Helper()
		for _, done := range inspect(t, web, h.server.URL+address) {
			t.Errorf("at %.100s: %s", address, done)
		}
	}
	t.Run("an open door is seen", func(t *testing.T) {
		open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<!doctype html><title>" + strings.ReplaceAll(attack, `<meta http-equiv="refresh"`, "<meta")))
		}))
		defer open.Close()
		if done := strings.Join(inspect(t, web, open.URL), "\n"); !strings.Contains(done, "executed") || !strings.Contains(done, "markup") {
			t.Errorf("the suite would not see what an attack does: %s", done)
		}
		web.Do(chromedp.Navigate("about:blank"))
		web.Complaints()
	})
	seen := map[string]bool{}
	h.served.walk(t, h.tour, func(t *testing.T, pattern, address string) {
		look(t, address)
		if strings.HasPrefix(pattern, "GET /figures/") {
			return
		}
		links := browser.Read(web, chromedp.Evaluate[[]string](`[...document.querySelectorAll('a[href], figure img')].map((at) => new URL(at.href || at.src))
			.filter((at) => at.origin === location.origin && !at.searchParams.has('download')).map((at) => at.pathname + at.search)`))
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		look(t, address+separator+allParameters(t, attack))
		for _, link := range links {
			if shape := shapeOf(link); !seen[shape] {
				seen[shape] = true
				look(t, link)
			}
		}
	})
	if len(seen) < 10 {
		t.Errorf("only these links were found: %v", seen)
	}
}

// shapeOf is an address without its values: what differs only in those is shown once.
func shapeOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	parts := strings.Split(u.EscapedPath(), "/")
	if len(parts) > 2 && (parts[1] == "runs" || parts[1] == "experiments") {
		parts[2] = "…"
	}
	var names []string
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&")
}

// parameter finds in the source what an address may be asked with.
var parameter = regexp.MustCompile(`(?:FormValue\(|formInt\(r, |Get\(|Form\[|v\[)"(\w+)"`)

// allParameters is a query in which every parameter that the source reads has a value.
func allParameters(t *testing.T, value string) string {
	t.Helper()
	query := url.Values{}
	for _, pattern := range []string{"*.go", "../viz/request.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no source at %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range parameter.FindAllSubmatch(text, -1) {
				query.Set(string(found[1]), value)
			}
		}
	}
	if len(query) < 15 {
		t.Fatalf("only these parameters were found: %v", query)
	}
	return query.Encode()
}

// TestEachParameterStaysText asks every address with one hostile parameter at a time; what comes back is a page or says that it
// is none, and no markup of the attack is in it.
func TestEachParameterStaysText(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and has little to do at once")
	}
	h := newHostile(t)
	query, err := url.ParseQuery(allParameters(t, attack))
	h.must(err)
	asked := map[string]bool{}
	h.served.walk(t, h.tour, func(t *testing.T, pattern, address string) {
		if asked[pattern] {
			return
		}
		asked[pattern] = true
		path, first, _ := strings.Cut(address, "?")
		for name := range query {
			given, err := url.ParseQuery(first)
			if err != nil {
				t.Fatal(err)
			}
			given.Set(name, attack)
			status, header, text := h.get(path + "?" + given.Encode())
			if strings.Contains(text, "<img src=x") && markup(header.Get("Content-Type")) {
				t.Errorf("%s=…: status %d, the attack is markup in %s", name, status, header.Get("Content-Type"))
			}
			if data[pattern] && !parts[pattern] && status == http.StatusOK && strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Errorf("%s=…: data comes as a page", name)
			}
			if status == http.StatusInternalServerError {
				t.Errorf("%s=…: status %d: %.300s", name, status, text)
			}
			if header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s=…: headers %v", name, header)
			}
		}
	})
}

// markup tells whether a browser reads a type as elements.
func markup(contentType string) bool {
	return strings.HasPrefix(contentType, "text/html") || strings.Contains(contentType, "xml")
}
