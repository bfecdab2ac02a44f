package server

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"inkstone/viz"
)

// figureView is a figure in a page; the template "figure" shows it with its caption, its controls and its downloads.
type figureView struct {
	// ID is the element's, unlike that of all others of the page. The page's address holds how the figure is shown, as ID.smooth.
	ID      string
	Request viz.Request
	// Version is that of the picture.
	Version int64
	// Alt says in words what is seen; Caption stands below, as in a paper.
	Alt, Caption string
	// Refusal is why there is no picture.
	Refusal string
	// Page is the address of the page, whose other settings the controls keep.
	Page *url.URL
	// Axes are the metrics that the figure can be drawn over, beside steps and time.
	Axes []string
}

// show makes a figure of a page, in the way that the page's address asks for. It reads and lays out the figure, so that its
// caption, or why there is none, stands in the page.
func (s *Server) show(r *http.Request, f figureView) figureView {
	f.Page = r.URL
	f.Request = f.asked(r.URL.Query())
	if f.Request.Lines() {
		f.Version = s.figures.shown(f.Request, f.Version)
	}
	caption, err := s.figures.caption(r.Context(), f.Request, f.Version)
	switch {
	case err != nil && context.Cause(r.Context()) == nil:
		f.Refusal = err.Error()
	case f.Request.Lines() || f.Caption == "":
		f.Caption = caption
	}
	return f
}

// settings are the parts of a request that a page's address can change for each figure, as curves.yscale.
var settings = []string{"x", "xscale", "yscale", "smooth", "width", "from", "to"}

// asked is the figure's request with what the page's address says of it.
func (f figureView) asked(query url.Values) viz.Request {
	values := f.Request.Values()
	for _, name := range settings {
		if text := query.Get(f.ID + "." + name); text != "" {
			values.Set(name, text)
		}
	}
	if smooth := values.Get("smooth"); smooth == "ema" || smooth == "gaussian" {
		values.Set("smooth", smooth+":"+values.Get("width"))
	}
	asked, err := viz.ParseRequest(f.Request.Kind, values)
	if err != nil {
		return f.Request // a bound that is no number
	}
	return asked
}

// Lines tells whether the figure is of lines: those are watched, zoomed into and smoothed.
func (f figureView) Lines() bool { return f.Request.Lines() && f.Request.Kind != "spark" }

// Key is what the websocket calls the figure.
func (f figureView) Key() string {
	f.Request.Dark = false
	return f.Request.Kind + "?" + f.Request.Values().Encode()
}

// Address is that of the figure in a format.
func (f figureView) Address(format string) string {
	return "/figures/" + f.Request.Kind + "." + format + "?" + f.Request.Values().Encode()
}

// Picture is the address of what the page shows, on a light or a dark ground.
func (f figureView) Picture(dark bool) string {
	f.Request.Dark = dark
	return f.Address("svg") + "&v=" + strconv.FormatInt(f.Version, 10)
}

// Download is the address of a file: the figure as it is shown, but for the room that a live one leaves.
func (f figureView) Download(format string) string {
	f.Request.Live = false
	return f.Address(format) + "&download"
}

// Setting is how the figure is shown in one respect.
func (f figureView) Setting(name string) string {
	values := f.Request.Values()
	kind, width, _ := strings.Cut(values.Get("smooth"), ":")
	switch name {
	case "smooth":
		return kind
	case "width":
		return width
	}
	return values.Get(name)
}

// Changed tells whether the page's address says how the figure is shown.
func (f figureView) Changed() bool {
	return f.Page != nil && slices.ContainsFunc(settings, func(name string) bool { return f.Page.Query().Get(f.ID+"."+name) != "" })
}

// Others are the page's settings that do not concern the figure, for its form.
func (f figureView) Others() (all []choice) {
	if f.Page == nil {
		return nil
	}
	query := f.Page.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if own, ok := strings.CutPrefix(name, f.ID+"."); ok && slices.Contains(settings, own) {
			continue
		}
		for _, value := range query[name] {
			all = append(all, choice{Name: name, Value: value})
		}
	}
	return all
}

// Plain is the page's address without what it says of the figure.
func (f figureView) Plain() string {
	if f.Page == nil {
		return ""
	}
	query := url.Values{}
	for _, c := range f.Others() {
		query.Add(c.Name, c.Value)
	}
	return f.Page.Path + "?" + query.Encode() + "#" + f.ID
}
