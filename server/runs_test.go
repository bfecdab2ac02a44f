package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
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
