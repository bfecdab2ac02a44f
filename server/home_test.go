package server

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

// steady is a page's own part, without what differs from run to run: ids, times and versions.
func steady(b *bench, text string) string {
	_, text, _ = strings.Cut(text, "<main")
	text, _, _ = strings.Cut("<main"+text, "</main>")
	for trial, run := range b.runs {
		text = strings.ReplaceAll(text, run.ID, "RUN-"+strings.ReplaceAll(trial, "/", "-"))
	}
	for pattern, by := range map[string]string{
		`(?s)<figure id="(\w+)".*?</figure>`: `<figure id="$1">`, `data-live="\w+"`: "data-live", `\d+ s ago`: "N s ago", `v=\d+`: "v=N", `data-version="\d+"`: `data-version="N"`, `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`: "WHEN",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, by)
	}
	return text
}

// mixed is a store whose trials stand in four ways: finished, failed, running, and finished but excluded.
func mixed(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "other")
	for trial, status := range map[string]tracker.Status{"baseline/1": tracker.Finished, "baseline/2": tracker.Finished, "other/1": tracker.Failed, "other/2": tracker.Running} {
		a, r := b.train(trial)
		b.must(r.Log(1, map[string]float64{"val/loss": 2.5}))
		_, err := r.Flush(t.Context())
		b.must(err)
		if status == tracker.Running {
			t.Cleanup(a.Leave)
			continue
		}
		b.must(a.End(t.Context(), status, map[tracker.Status]string{tracker.Failed: "out of memory"}[status]))
	}
	b.must(b.store.Tag(t.Context(), []string{b.runs["baseline/2"].ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "a wrong corpus"}}))
	b.must(b.store.WriteNote(t.Context(), tracker.Scope{Experiment: "study"}, "It **matters**."))
	return b
}

func TestHomeGolden(t *testing.T) {
	b := mixed(t)
	_, _, text := b.get("/")
	golden.Check(t, "testdata/home.html", steady(b, text))
}

func TestHomeAsJSON(t *testing.T) {
	b := mixed(t)
	_, _, text := b.get("/", "Accept", "application/json")
	var got homeData
	b.must(json.Unmarshal([]byte(text), &got))
	if len(got.Experiments) != 1 {
		t.Fatalf("got %s", text)
	}
	e := got.Experiments[0]
	want := []trouble{{b.runs["other/1"].ID, "other", 1, tracker.Failed, "out of memory"}}
	if diff := cmp.Diff(want, e.Troubles); diff != "" || e.State != "running" || e.Best == nil || e.Best.N != 1 {
		t.Errorf("got %s\n%s", text, diff)
	}
}

func TestHomeShowsTroubleAndWhatRunsFirst(t *testing.T) {
	b := newBench(t, "")
	for _, name := range []string{"troubled", "running", "quiet"} { // the newest plan is the quiet one
		plan := tracker.Plan{Name: name, Spec: json.RawMessage(`{}`), Seeds: []int64{1}, Compare: tracker.Compare{Metric: "m", Baseline: "baseline"},
			Variants: []tracker.Variant{{Name: "baseline", Spec: json.RawMessage(`{}`)}}, Trials: []tracker.Trial{{Variant: "baseline", Seed: 1, Digest: name}}}
		b.must(b.store.SavePlan(t.Context(), plan))
		run, err := b.store.CreateRun(t.Context(), tracker.NewRun{Experiment: name, Variant: "baseline", Seed: 1, Digest: name, Spec: json.RawMessage(`{}`)})
		b.must(err)
		b.runs["baseline/1"] = run
		switch a, _ := b.train("baseline/1"); name {
		case "troubled":
			b.must(a.End(t.Context(), tracker.Failed, "no memory"))
		case "running":
			t.Cleanup(a.Leave)
		default:
			b.must(a.End(t.Context(), tracker.Finished, ""))
		}
	}
	if got, want := b.order(), []string{"troubled", "running", "quiet"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	failed, err := b.store.Runs(t.Context(), tracker.RunFilter{Experiment: new("troubled")})
	b.must(err)
	b.must(b.store.Tag(t.Context(), []string{failed[0].ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "known"}}))
	if got, want := b.order(), []string{"running", "quiet", "troubled"}; !cmp.Equal(got, want) {
		t.Errorf("with the failure excluded got %v, want %v", got, want)
	}
}

// order is that of the experiments on the first page.
func (b *bench) order() (names []string) {
	b.t.Helper()
	status, _, text := b.get("/", "Accept", "application/json")
	var d homeData
	b.must(json.Unmarshal([]byte(text), &d))
	if status != http.StatusOK {
		b.t.Fatalf("status %d: %s", status, text)
	}
	for _, e := range d.Experiments {
		names = append(names, e.Name)
	}
	return names
}

func TestWhatIsKeptOfExperimentsIsForgottenWhenSomethingHappens(t *testing.T) {
	b := newBench(t, "other")
	o := newOverviews(New(Config{Store: b.store}))
	state := func() string {
		list, err := o.list(t.Context())
		b.must(err)
		return list[0].State
	}
	if got := state(); got != "planned" || len(o.known) != 1 {
		t.Fatalf("got %s, and %d kept", got, len(o.known))
	}
	a, _ := b.train("other/1")
	if got := state(); got != "running" || len(o.known) != 0 {
		t.Errorf("got %s, and %d kept; what runs is read anew", got, len(o.known))
	}
	b.must(a.End(t.Context(), tracker.Finished, ""))
	if got := state(); got != "unfinished" || len(o.known) != 1 {
		t.Errorf("got %s, and %d kept", got, len(o.known))
	}
	o.forget([]tracker.Event{{Kind: "points", Experiment: "study"}, {Kind: "run", Experiment: "another"}}, 99)
	if len(o.known) != 1 {
		t.Error("points and other experiments made it forget")
	}
	o.forget([]tracker.Event{{Kind: "tags", Experiment: "study"}}, 99)
	if len(o.known) != 0 {
		t.Error("tags did not make it forget")
	}
	item := experimentItem{borrows: true}
	o.known["study"] = item
	o.forget([]tracker.Event{{Kind: "run", Experiment: "another"}}, 99)
	if len(o.known) != 0 {
		t.Error("a run of the experiment that it borrows from did not make it forget")
	}
	if at, err := o.changedAt(t.Context(), "study"); err != nil || at != 99 {
		t.Errorf("the experiment changed at %d, %v; want 99", at, err)
	}
}
