package server

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"inkstone/tracker"
	"inkstone/tracker/heads"
	"inkstone/viz"
)

// attentionPage is everything that the page of a run's attention maps shows.
type attentionPage struct {
	runHead
	// Map is nil where no map is captured yet.
	Map *mapChoice `json:"map"`
	// Against are what the map can be subtracted from.
	Against []counterpart `json:"against"`
	Text    []textToken   `json:"text"`
	Losses  *lossStrip    `json:"losses"`
	Scores  *scoreTable   `json:"scores"`

	Grid, Head, Arcs, Profile figureView   `json:"-"`
	Curves                    []scoreCurve `json:"-"`
}

// mapChoice is the map that is shown, how, and what else there is to choose. It is what the page's address says.
type mapChoice struct {
	Capture int64    `json:"capture"`
	Prompt  string   `json:"prompt"`
	Prompts []string `json:"prompts"`
	Step    int64    `json:"step"`
	Steps   []int64  `json:"steps"`
	Layer   int      `json:"layer"`
	Layers  int      `json:"layers"`
	Head    int      `json:"head"`
	Heads   int      `json:"heads"`
	Query   int      `json:"query"`
	Queries int      `json:"queries"`
	Keys    int      `json:"keys"`
	// Against is the capture that is subtracted, 0: none.
	Against   int64 `json:"against"`
	HideFirst bool  `json:"hide_first"`
	Rollout   bool  `json:"rollout"`
	// ByKey colours the text by who looks at a token, and not by what it looks at.
	ByKey bool `json:"by_key"`
	// Sort is the score that heads are sorted by; by layer where empty.
	Sort viz.Score `json:"sort"`
	// Curve is the score whose curve is shown; that of the order, or induction, where empty.
	Curve viz.Score `json:"curve"`
	// Refusal says why nothing is subtracted.
	Refusal string `json:"refusal,omitempty"`
	info    tracker.CaptureInfo
}

// attention shows a run's maps.
func (s *Server) attention(r *http.Request) (view, error) {
	head, err := s.runHead(r, "attention")
	if err != nil {
		return view{}, err
	}
	d := attentionPage{runHead: head, Against: []counterpart{}, Text: []textToken{}}
	captures, err := s.Store.Captures(r.Context(), head.ID)
	if err != nil {
		return view{}, err
	}
	if d.Map, err = chooseMap(captures, r); err != nil {
		return view{}, err
	}
	if d.Map != nil {
		err = s.fillAttention(r, &d, captures)
	}
	return view{"attention", "Attention of " + head.Name(), d}, err
}

// fillAttention reads what stands beside the pictures.
func (s *Server) fillAttention(r *http.Request, d *attentionPage, captures []tracker.CaptureInfo) (err error) {
	if d.Against, err = s.counterparts(r.Context(), captures, d.Map); err != nil {
		return err
	}
	if err := s.refuseDifference(r, d.Map); err != nil {
		return err
	}
	if d.Losses, err = s.losses(r.Context(), captures, d.Map); err != nil {
		return err
	}
	if d.Text, err = s.attentionText(r.Context(), d.Map, d.Losses); err != nil {
		return err
	}
	if d.Scores, err = s.scoreTable(r.Context(), d.ID, d.Map, r.FormValue("rows") == "all"); err != nil {
		return err
	}
	s.attentionFigures(r, d)
	return nil
}

// refuseDifference takes back a difference that cannot be, and says why.
func (s *Server) refuseDifference(r *http.Request, m *mapChoice) error {
	if m.Against == 0 {
		return nil
	}
	_, err := viz.Weights(r.Context(), s.Store, m.request("attention"))
	if errors.Is(err, tracker.ErrInvalid) || errors.Is(err, tracker.ErrNotFound) {
		m.Against, m.Refusal, err = 0, err.Error(), nil
	}
	return err
}

// chooseMap finds the map that a request asks for, or the nearest to it: the last step, the first layer and head, the last
// query. It is nil where the run has none.
func chooseMap(captures []tracker.CaptureInfo, r *http.Request) (*mapChoice, error) {
	captures = slices.DeleteFunc(slices.Clone(captures), func(c tracker.CaptureInfo) bool { return c.Kind != tracker.Attention })
	if len(captures) == 0 {
		return nil, nil
	}
	m := &mapChoice{
		Prompt: r.FormValue("prompt"), Against: int64(wantedNumber(r, "against", 0)), HideFirst: r.FormValue("hidefirst") == "1",
		Rollout: r.FormValue("rollout") == "1", ByKey: r.FormValue("mode") == "key",
	}
	m.pick(captures, int64(wantedNumber(r, "step", 1<<62)), int64(wantedNumber(r, "capture", 0)))
	m.Layer, m.Head = within(wantedNumber(r, "layer", 0), m.Layers), within(wantedNumber(r, "head", 0), m.Heads)
	if layer, head, ok := heads.ParseContext(r.FormValue("place")); ok { // a button that names the head at once
		m.Layer, m.Head = within(layer, m.Layers), within(head, m.Heads)
	}
	m.Query = within(wantedNumber(r, "query", m.Queries-1), m.Queries)
	return m, m.chooseScores(r)
}

func (m *mapChoice) chooseScores(r *http.Request) error {
	for name, score := range map[string]*viz.Score{"sort": &m.Sort, "curve": &m.Curve} {
		if asked := r.FormValue(name); asked != "" {
			var err error
			if *score, err = viz.ParseScore(asked); err != nil {
				return err
			}
		}
	}
	return nil
}

// pick chooses among captures by prompt and step, or by number.
func (m *mapChoice) pick(captures []tracker.CaptureInfo, step, capture int64) {
	for _, c := range captures {
		if !slices.Contains(m.Prompts, c.Context) {
			m.Prompts = append(m.Prompts, c.Context)
		}
		if c.ID == capture {
			m.Prompt, step = c.Context, c.Step
		}
	}
	if !slices.Contains(m.Prompts, m.Prompt) {
		m.Prompt = m.Prompts[0]
	}
	for _, c := range captures {
		if c.Context != m.Prompt {
			continue
		}
		m.Steps = append(m.Steps, c.Step)
		if m.info.ID == 0 || c.Step <= step {
			m.info = c
		}
	}
	c := m.info
	m.Capture, m.Step, m.Layers, m.Heads, m.Queries, m.Keys = c.ID, c.Step, c.Layers, c.Heads, c.Queries, c.Keys
}

// wantedNumber is a whole number of a request's query; of several under one name the last, which is a pressed button's.
func wantedNumber(r *http.Request, name string, otherwise int) int {
	_ = r.ParseForm() // what cannot be read is not there
	values := r.Form[name]
	if len(values) == 0 {
		return otherwise
	}
	n, err := strconv.Atoi(values[len(values)-1])
	if err != nil {
		return otherwise
	}
	return n
}

// within is the nearest of so many places from 0.
func within(i, n int) int { return min(max(i, 0), n-1) }
