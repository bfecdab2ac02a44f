package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"inkstone/tracker"
)

// runHead is what stands at the top of every page of a run.
type runHead struct {
	tracker.Run
	// Step is the last that was recorded, of MaxSteps as the spec says; 0 where it says nothing.
	Step     int64 `json:"step"`
	MaxSteps int64 `json:"max_steps,omitempty"`
	// WorkedSeconds is how long its attempts have trained, LeftSeconds an estimate of what is to come; nil unless it runs.
	WorkedSeconds float64  `json:"worked_seconds"`
	LeftSeconds   *float64 `json:"left_seconds"`
	// Desired is what the store wants of it, "run" or "stop".
	Desired string `json:"desired"`
	// Origin is the run that it goes on from, Children are those that go on from it.
	Origin   *runItem  `json:"origin,omitempty"`
	Children []runItem `json:"children"`
	Version  int64     `json:"version"`

	Part string `json:"-"` // of the run's pages: "log"
	Here string `json:"-"` // the address that shows this view again
}

// runHead reads the run of an address, for one of its pages.
func (s *Server) runHead(r *http.Request, part string) (runHead, error) {
	return s.headOf(r, r.PathValue("run"), part)
}

func (s *Server) headOf(r *http.Request, run, part string) (runHead, error) {
	ctx := r.Context()
	h := runHead{Part: part, Here: r.URL.RequestURI(), Children: []runItem{}}
	var err error
	if h.Version, err = s.Store.Version(ctx); err != nil {
		return h, err
	}
	if h.Run, err = s.Store.Run(ctx, run); err != nil {
		return h, err
	}
	if h.Desired, err = s.Store.Desired(ctx, tracker.Scope{Run: h.ID}); err != nil {
		return h, err
	}
	if err := s.progress(ctx, &h, time.Now()); err != nil {
		return h, err
	}
	return h, s.family(ctx, &h)
}

// progress fills in how far the run has come.
func (s *Server) progress(ctx context.Context, h *runHead, now time.Time) error {
	step, err := s.Store.LastStep(ctx, h.ID)
	if err != nil {
		return err
	}
	h.Step = step
	h.MaxSteps = steps(h.Spec)
	h.WorkedSeconds = worked(h.Run, now).Seconds()
	if share := h.share(); h.Status == tracker.Running && share >= surest {
		left := h.WorkedSeconds * (1 - share) / share
		h.LeftSeconds = &left
	}
	return nil
}

// family fills in the runs before and behind this one.
func (s *Server) family(ctx context.Context, h *runHead) error {
	if h.Parent != "" {
		parent, err := s.Store.Run(ctx, h.Parent)
		if err != nil {
			parent = tracker.Run{ID: h.Parent} // it was collected
		}
		item := itemOf(parent)
		h.Origin = &item
	}
	children, err := s.Store.Runs(ctx, tracker.RunFilter{Parent: &h.ID})
	for _, child := range children {
		h.Children = append(h.Children, itemOf(child))
	}
	return err
}

func (h runHead) share() float64 {
	if h.MaxSteps == 0 {
		return 0
	}
	return min(float64(h.Step)/float64(h.MaxSteps), 1)
}

// Percent is how much of the training is done.
func (h runHead) Percent() int { return int(100 * h.share()) }

// Left words the time that is left; "" where nothing tells.
func (h runHead) Left() string { return leftWords(h.LeftSeconds) }

// Worked words how long it has trained.
func (h runHead) Worked() string {
	return span(time.Duration(h.WorkedSeconds * float64(time.Second)))
}

// IsExcluded tells whether the run counts in no table; Because is why.
func (h runHead) IsExcluded() bool { _, yes := h.Excluded(); return yes }

// Because is why the run is excluded.
func (h runHead) Because() string {
	reason, _ := h.Excluded()
	return reasonOf(reason)
}

// IsDeleted tells whether the run is hidden everywhere, and will be gone.
func (h runHead) IsDeleted() bool { return !h.Deleted.IsZero() }

// Stopping: it is to stop, and has not ended.
func (h runHead) Stopping() bool {
	return h.Desired == "stop" && (h.Status == tracker.Running || h.Status == tracker.Planned)
}

// CanStop: it runs or is still to come, and nobody has stopped it yet.
func (h runHead) CanStop() bool {
	return h.Desired != "stop" && (h.Status == tracker.Running || h.Status == tracker.Planned)
}

// OwnTags are the tags that are no matter of the page itself.
func (h runHead) OwnTags() map[string]string {
	own := map[string]string{}
	for name, value := range h.Tags {
		if name != tracker.ExcludedTag {
			own[name] = value
		}
	}
	return own
}

// Name is the run for people.
func (h runHead) Name() string { return h.Variant + ", seed " + strconv.FormatInt(h.Seed, 10) }

// Path is the run's address.
func (h runHead) Path() string { return "/runs/" + h.ID }

// ExperimentPath is the address of its experiment.
func (h runHead) ExperimentPath() string { return "/experiments/" + url.PathEscape(h.Experiment) }

// runPart is one of the pages of a run.
type runPart struct {
	Name, Label, Address string
	Current              bool
}

// Parts are the pages of the run.
func (h runHead) Parts() []runPart {
	list := []runPart{
		{"", "Curves", h.Path(), false}, {"samples", "Samples", "/samples?run=" + h.ID, false}, {"attention", "Attention", h.Path() + "/attention", false},
		{"log", "Log", h.Path() + "/log", false}, {"parameters", "Parameters", h.Path() + "/parameters", false}, {"environment", "Environment", h.Path() + "/environment", false},
		{"code", "Code", h.Path() + "/code", false}, {"attempts", "Attempts", h.Path() + "/attempts", false}, {"artifacts", "Artifacts", h.Path() + "/artifacts", false},
		{"note", "Notes", h.Path() + "#note", false},
	}
	for i := range list {
		list[i].Current = list[i].Name == h.Part
	}
	return list
}

// view makes a page of the run.
func (h runHead) view(data any) view {
	page, title := "run", h.Experiment+"/"+h.Variant+"/"+strconv.FormatInt(h.Seed, 10)
	if h.Part != "" {
		page, title = "run-"+h.Part, h.Part+" of "+title
	}
	return view{page, title, data}
}

func formInt(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil {
		return otherwise
	}
	return n
}

// upTo counts from 0 to before n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
