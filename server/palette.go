package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// paletteData is what the palette offers besides what its page has.
type paletteData struct {
	Items []paletteItem `json:"items"`
}

// paletteItem leads somewhere.
type paletteItem struct {
	Kind    string `json:"kind"` // experiment, view or run
	Label   string `json:"label"`
	Detail  string `json:"detail"`
	Address string `json:"address"`
}

// The palette offers at most so many of either.
const (
	mostExperiments = 50
	mostFound       = 20
)

// leastID is how many characters a word has that may begin a run's id; shorter ones would find runs by accident.
const leastID = 4

// palette answers GET /api/palette?q=: experiments and saved views that have the letters in order, and runs whose experiment, variant or seed
// has each of the words. The page puts the best first.
func (s *Server) palette(r *http.Request) (any, error) {
	words := strings.FieldsFunc(r.FormValue("q"), func(c rune) bool { return c == ' ' || c == '/' })
	data := paletteData{Items: []paletteItem{}}
	names, err := s.Store.ExperimentNames(r.Context())
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if inOrder(strings.Join(words, ""), name) && len(data.Items) < mostExperiments {
			data.Items = append(data.Items, paletteItem{"experiment", name, "", experimentPath(name)})
		}
	}
	views, err := s.Store.SavedViews(r.Context())
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if inOrder(strings.Join(words, ""), v.Name) {
			data.Items = append(data.Items, paletteItem{"view", v.Name, "runs", runsAddress(v.Query)})
		}
	}
	runs, err := s.find(r.Context(), words)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		label := run.Name()
		data.Items = append(data.Items, paletteItem{"run", label, string(run.Status) + " " + run.ID, "/runs/" + run.ID})
	}
	return data, nil
}

// find looks for runs, the newest first; without words there are none.
func (s *Server) find(ctx context.Context, words []string) ([]tracker.Run, error) {
	if len(words) == 0 {
		return nil, nil
	}
	conditions := make([]string, len(words))
	for i, word := range words {
		pattern := "'%" + quoted.Replace(wildcards.Replace(word)) + "%'"
		conditions[i] = fmt.Sprintf("(experiment like %s or variant like %s", pattern, pattern)
		if len(word) >= leastID {
			conditions[i] += " or id like '" + quoted.Replace(wildcards.Replace(word)) + "%'"
		}
		if seed, err := strconv.ParseInt(word, 10, 64); err == nil {
			conditions[i] += fmt.Sprintf(" or seed = %d", seed)
		}
		conditions[i] += ")"
	}
	q, err := s.Store.ParseQuery(ctx, strings.Join(conditions, " and "), "")
	if err != nil {
		return nil, err
	}
	q.Limit = mostFound
	page, err := s.Store.Query(ctx, q)
	return page.Runs, err
}

// A word becomes a pattern of the filter language in two steps: nothing in it is a wildcard, and nothing ends its quotes.
var (
	wildcards = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	quoted    = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
)

// inOrder tells whether a text has the letters one after the other, in whatever case and with others between.
func inOrder(letters, text string) bool {
	rest := []rune(strings.ToLower(text))
	for _, letter := range strings.ToLower(letters) {
		at := 0
		for at < len(rest) && rest[at] != letter {
			at++
		}
		if at == len(rest) {
			return false
		}
		rest = rest[at+1:]
	}
	return true
}
