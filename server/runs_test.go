package server

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

func TestRunsAreFound(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	for name, c := range map[string]struct {
		query    string
		want     []string
		unwanted string
	}{
		"all":       {"", []string{"4 runs", "study/baseline/1", "study/other/2", "val/loss"}, ""},
		"filtered":  {"?where=variant+%3D+other&sort=val/loss+desc", []string{"2 runs", "study/other/1"}, "study/baseline"},
		"none":      {"?where=seed+%3E+9", []string{"No run fits"}, "<table"},
		"a mistake": {"?where=val/los+%3C+1", []string{`role="alert"`, "<mark>val/los</mark>", "did you mean <a href=\"/runs?where=val%2Floss", "(column 1)"}, "<table"},
		"a page":    {"?limit=3", []string{"4 runs", "1 to 3 here", `rel="next"`}, ""},
	} {
		status, _, text := b.get("/runs" + c.query)
		if status != http.StatusOK || c.unwanted != "" && strings.Contains(text, c.unwanted) {
			t.Errorf("%s: status %d, or there is %q in\n%s", name, status, c.unwanted, text)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, text)
			}
		}
	}
}

func TestRunsForPrograms(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	var seen []string
	for after := ""; ; {
		_, _, text := b.get("/runs?limit=3&sort=seed&after="+after, "Accept", "application/json")
		var page runsData
		b.must(json.Unmarshal([]byte(text), &page))
		for _, r := range page.Runs {
			seen = append(seen, r.ID)
			if page.Total != 4 || len(r.Metrics) != 2 || r.Spec != nil {
				t.Errorf("got %d in all, %+v", page.Total, r)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seen) != 4 {
		t.Errorf("the pages have runs %v", seen)
	}
	status, _, text := b.get("/runs?where=val/los+%3C+1", "Accept", "application/json")
	var refused failure
	if err := json.Unmarshal([]byte(text), &refused); err != nil || status != http.StatusBadRequest || len(refused.Mistakes) != 1 || refused.Mistakes[0].Suggestion != "val/loss" {
		t.Errorf("a mistake: status %d, %s", status, text)
	}
	status, _, text = b.get("/api/complete?text=val/")
	if status != http.StatusOK || !strings.Contains(text, `"val/loss"`) {
		t.Errorf("completion: status %d, %s", status, text)
	}
}

// TestWindowsOfRuns reads the list at places, for programs.
func TestWindowsOfRuns(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	b.must(b.store.Tag(t.Context(), []string{b.runs["other/2"].ID}, tracker.Retag{Set: map[string]string{"good": "very"}}))
	_, _, text := b.get("/runs?sort=val/loss+desc&columns=val/loss,+min(val/loss),+tag.good&offset=1&limit=2", "Accept", "application/json")
	var d runsData
	b.must(json.Unmarshal([]byte(text), &d))
	if d.Total != 4 || d.Offset != 1 || len(d.Runs) != 2 || d.Version == 0 || d.Runs[0].Index != 1 || d.Runs[0].ID != b.runs["other/1"].ID {
		t.Fatalf("got %s", text)
	}
	var names []string
	for _, c := range d.Columns {
		names = append(names, c.Name+" "+c.Kind+" "+c.Unit+" "+c.Sorted)
	}
	if diff := cmp.Diff([]string{"metric.val/loss metric nats descending", "min(metric.val/loss) metric nats ", "tag.good tag  "}, names); diff != "" {
		t.Errorf("columns (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]any{0.8, 0.8, nil}, d.Runs[0].Values); diff != "" {
		t.Errorf("values (-want +got)\n%s", diff)
	}
	t.Run("in the order of another version", func(t *testing.T) {
		b.must(b.store.Tag(t.Context(), []string{b.runs["other/2"].ID}, tracker.Retag{Set: map[string]string{"good": "so so"}}))
		for want, asOf := range map[int64]string{d.Version: fmt.Sprint(d.Version), d.Version + 1: "7"} {
			_, _, text := b.get("/runs/rows?sort=val/loss+desc&as_of="+asOf+"&anchor="+b.runs["other/1"].ID, "Accept", "text/html")
			for _, part := range []string{fmt.Sprintf(`data-version="%d"`, want), `data-total="4"`, `data-anchor="1"`, `aria-rowindex="2"`} {
				if !strings.Contains(text, part) {
					t.Errorf("as of %s: %s is missing in %.300s", asOf, part, text)
				}
			}
		}
	})
}

func TestRunsInGroups(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	b.must(b.store.Tag(t.Context(), []string{b.runs["other/2"].ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "wrong data"}}))
	_, _, text := b.get("/runs?group=variant", "Accept", "application/json")
	var d runsData
	b.must(json.Unmarshal([]byte(text), &d))
	if len(d.Groups) != 2 || d.Groups[0].Name != "baseline" || d.Groups[0].Where != "variant = baseline" || d.Groups[1].Excluded != 1 {
		t.Fatalf("got %s", text)
	}
	loss := d.Groups[0].Columns[0]
	if loss.N != 2 || math.Abs(float64(loss.Mean)-0.65) > 1e-9 || math.Abs(float64(loss.High)-0.65-0.6353) > 1e-3 || loss.Min != 0.6 || loss.Max != 0.7 {
		t.Errorf("the loss is %+v", loss)
	}
	if one := d.Groups[1].Columns[0]; one.N != 1 || !math.IsNaN(float64(one.Low)) {
		t.Errorf("the loss of one run is %+v", one)
	}
	first := func(sort string) string {
		_, _, text := b.get("/runs?group=variant&sort="+url.QueryEscape(sort), "Accept", "application/json")
		var d runsData
		b.must(json.Unmarshal([]byte(text), &d))
		return d.Groups[0].Name
	}
	if up, down := first("val/loss"), first("val/loss desc"); up == down {
		t.Errorf("%s comes first whether the mean loss rises or falls", up)
	}
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"sorted":      {"?group=variant&sort=val/loss", []string{`aria-sort="ascending"`, "sort=metric.val%2Floss&#43;desc"}},
		"closed":      {"?group=variant", []string{"4 runs in 2 groups", "0.65 ± 0.64", `aria-expanded="false"`, "(1 excluded)", "group=variant"}},
		"open":        {"?group=variant&open=variant+%3D+other", []string{`aria-expanded="true"`, "study/other/2</a>", "excluded = wrong data"}},
		"by a metric": {"?group=val/loss", []string{"makes no groups", "<mark>val/loss</mark>"}},
		"a mistake":   {"?group=varian", []string{"did you mean <a href=\"/runs?group=variant\""}},
	} {
		if _, _, text := b.get("/runs" + c.query); !containsAll(text, c.want) {
			t.Errorf("%s: of %q something is missing in\n%s", name, c.want, text)
		}
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// TestColumnsAreArrangedByLinks follows the links and the form by which a page without scripts changes its columns.
func TestColumnsAreArrangedByLinks(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	columns := func(query string) (names []string) {
		t.Helper()
		_, _, text := b.get("/runs"+query, "Accept", "application/json")
		var d runsData
		b.must(json.Unmarshal([]byte(text), &d))
		for _, c := range d.Columns {
			names = append(names, c.Title+map[bool]string{true: "!"}[c.Pinned])
		}
		return names
	}
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"unasked":     {"", []string{"val/loss", "duration", "started"}},
		"of a filter": {"?where=train/loss+%3E+0+and+parameters+%3E+1", []string{"val/loss", "train/loss", "parameters", "duration", "started"}},
		"chosen":      {"?columns=created,+min(val/loss)", []string{"created", "min(val/loss)"}},
		"pinned":      {"?columns=created,+seed&pinned=seed", []string{"seed!", "created"}},
	} {
		if got := columns(c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	d := runsData{Columns: []runsColumn{columnOf(attributeNamed("status")), columnOf(attributeNamed("seed")), columnOf(attributeNamed("created"))}}
	d.Columns[0].Pinned = true
	menus := d.Menus()
	got := [][]string{{menus[1].Left, menus[1].Right, menus[1].Pin, menus[0].Unpin}, {menus[1].Without, menus[1].Next, menus[0].Group, menus[2].Group}}
	want := [][]string{
		{"", "/runs?columns=created%2C+seed&pinned=status", "/runs?columns=created&pinned=status%2C+seed", "/runs?columns=status%2C+seed%2C+created"},
		{"/runs?columns=created&pinned=status", "/runs?sort=seed", "/runs?group=status", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("menus (-want +got)\n%s", diff)
	}
	if _, _, text := b.get("/runs/columns?columns=created,+seed&pinned=status&column=seed&column=status&column=metric.val/loss"); !containsAll(text, []string{`data-column="status" data-pinned`, `data-column="seed"`, `data-column="metric.val/loss"`}) || strings.Contains(text, `data-column="created"`) {
		t.Errorf("the form leads to\n%s", text)
	}
}

func attributeNamed(name string) filter.Operand {
	return filter.Operand{Kind: filter.Attribute, Name: name}
}

func TestNumbersStandBelowEachOther(t *testing.T) {
	for text, want := range map[string]string{"12": "12\u2008\u2007\u2007\u2007", "1.5": "1.5\u2007\u2007", "0.123": "0.123", "0.12345": "0.12345", "1e-07": "1e-07", "NaN": "NaN", "−∞": "−∞"} {
		if got := aligned(text, 3); got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
	for want, c := range map[string][2]float64{"2.688 ± 0.039": {2.6881, 0.0391}, "12 ± 34": {12.3, 33.9}, "0.5 ± 0": {0.5, 0}, "−1.00 ± 0.25": {-1, 0.25}} {
		if got := uncertain(c[0], c[1]); got != want {
			t.Errorf("%v is %q, want %q", c, got, want)
		}
	}
}

func TestParamsThatWereVariedComeFirst(t *testing.T) {
	var sample []tracker.Row
	for i := range 8 {
		spec := fmt.Sprintf(`{"name":"n%d","model":{"width":%d,"depth":%d,"same":1},"data":{"path":"p%d"}}`, i%2, i, i/2%2, i%2)
		sample = append(sample, tracker.Row{Run: tracker.Run{Experiment: fmt.Sprint(i % 2), Spec: []byte(spec)}})
	}
	if got := variedParams(sample); !slices.Equal(got, []string{"data.path", "model.depth", "model.width"}) {
		t.Errorf("got %v", got)
	}
}

func TestSignsAreSet(t *testing.T) {
	for text, want := range map[string]string{
		"worse: between -0.5 and +1.2": "worse: between −0.5 and +1.2", "-94 %": "−94 %", "0.00 [-0.01, 1]": "0.00 [−0.01, 1]", "post-norm 2-3": "post-norm 2-3", "–": "–",
	} {
		if got := signs(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if a, b := fixed(-0.0004, 2), fixed(-0.006, 2); a != "0.00" || b != "−0.01" {
		t.Errorf("got %q and %q", a, b)
	}
}
