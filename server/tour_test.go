package server

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// tour is what a store has to be shown.
type tour struct {
	experiment, run, capture string
}

// addresses are pages, figures and answers to visit, for every address of the route table that is read: a new one is entered
// here, and is then seen by everybody who walks.
func (x tour) addresses() map[string][]string {
	experiment, run := "/experiments/"+url.PathEscape(x.experiment), "/runs/"+x.run
	figures := url.Values{"experiment": {x.experiment}}.Encode()
	return map[string][]string{
		"GET /{$}":                                {"/"},
		"GET /experiments/{experiment}":           {experiment},
		"GET /experiments/{experiment}/heads":     {experiment + "/heads"},
		"GET /experiments/{experiment}/spec.yaml": {experiment + "/spec.yaml"},
		"GET /runs":                               {"/runs", "/runs?where=experiment+%3D+none", "/runs?where=vriant+%3D+x"},
		"GET /runs/rows":                          {"/runs/rows"},
		"GET /runs/check":                         {"/runs/check?where=seed+%3E+0"},
		"GET /runs/columns":                       {"/runs/columns"},
		"GET /runs/{run}":                         {run, run + "?q=loss"},
		"GET /runs/{run}/log":                     {run + "/log", run + "/log?q=a(b"},
		"GET /runs/{run}/log.txt":                 {run + "/log.txt"},
		"GET /runs/{run}/parameters":              {run + "/parameters"},
		"GET /runs/{run}/spec.json":               {run + "/spec.json"},
		"GET /runs/{run}/spec.yaml":               {run + "/spec.yaml"},
		"GET /runs/{run}/environment":             {run + "/environment"},
		"GET /runs/{run}/code":                    {run + "/code"},
		"GET /runs/{run}/attempts":                {run + "/attempts"},
		"GET /runs/{run}/artifacts":               {run + "/artifacts"},
		"GET /runs/{run}/artifacts/{name...}":     {run + "/artifacts/environment/git.diff"},
		"GET /runs/{run}/files/{name...}":         {run + "/files/environment/git.diff"},
		"GET /runs/{run}/attention":               {run + "/attention", run + "/attention?place=L0H1&query=1&hidefirst=1&rollout=1&sort=induction&mode=key"},
		"GET /samples":                            {"/samples", "/samples?experiment=" + url.QueryEscape(x.experiment), "/samples?run=" + x.run},
		"GET /compare":                            {"/compare", "/compare?where=seed+%3E+0"},
		"GET /store":                              {"/store"},
		"GET /login":                              {"/login"},
		"GET /figures/{figure}":                   {"/figures/curves.svg?" + figures, "/figures/difference.svg?" + figures, "/figures/attention.svg?capture=" + x.capture},
		"/":                                       {"/nowhere"},
	}
}

// unseen are the addresses that no browser shows as a page: what comes back is data, checked for its type elsewhere.
var unseen = []string{"GET /live", "GET /assets/", "GET /assets/look.css", "GET /api/"}

// parts are addresses that answer with a part of a page, or with another page.
var parts = map[string]bool{"GET /runs/rows": true, "GET /runs/check": true, "GET /runs/columns": true}

// data are addresses that answer with no page of their own: there is nothing to read aloud.
var data = map[string]bool{
	"GET /figures/{figure}": true, "GET /experiments/{experiment}/spec.yaml": true, "GET /runs/{run}/log.txt": true, "GET /runs/{run}/spec.json": true,
	"GET /runs/{run}/spec.yaml": true, "GET /runs/{run}/files/{name...}": true, "GET /runs/rows": true, "GET /runs/check": true, "GET /runs/columns": true,
}

// walk visits every address that is read, once; one that the tour does not know fails the test.
func (s *Server) walk(t *testing.T, x tour, visit func(t *testing.T, pattern, address string)) {
	t.Helper()
	known := x.addresses()
	for _, pattern := range s.patterns {
		switch {
		case strings.HasPrefix(pattern, "POST "), unseenPattern(pattern):
		case known[pattern] == nil:
			t.Errorf("the tour has no address for %q: add one to tour.addresses", pattern)
		default:
			for i, address := range known[pattern] {
				t.Run(strings.ReplaceAll(fmt.Sprintf("%s %d", pattern, i), "/", "|"), func(t *testing.T) { visit(t, pattern, address) })
			}
		}
	}
}

func unseenPattern(pattern string) bool {
	for _, u := range unseen {
		if pattern == u || strings.HasSuffix(u, "/") && strings.HasPrefix(pattern, u) {
			return true
		}
	}
	return false
}
