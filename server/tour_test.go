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
		"GET /{$}":                      {"/"},
		"GET /experiments/{experiment}": {experiment},
		"GET /runs":                     {"/runs", "/runs?where=experiment+%3D+none", "/runs?where=vriant+%3D+x", "/runs?sort=val%2Floss"},
		"GET /runs/{run}":               {run},
		"GET /compare":                  {"/compare", "/compare?where=seed+%3E+0"},
		"GET /store":                    {"/store"},
		"GET /login":                    {"/login"},
		"/":                             {"/nowhere"},
		"GET /figures/{figure}":         {"/figures/curves.svg?" + figures, "/figures/difference.svg?" + figures, "/figures/attention.svg?capture=" + x.capture},
		"GET /experiments/{experiment}/spec.yaml": {experiment + "/spec.yaml"},
	}
}

// unseen are the addresses that no browser shows as a page: what comes back is data, checked for its type elsewhere.
var unseen = []string{"GET /live", "GET /assets/", "GET /assets/look.css", "GET /api/"}

// data are addresses that answer with no page: there is nothing to read aloud.
var data = map[string]bool{"GET /figures/{figure}": true, "GET /experiments/{experiment}/spec.yaml": true}

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
				t.Run(fmt.Sprintf("%s %d", pattern, i), func(t *testing.T) { visit(t, pattern, address) })
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
