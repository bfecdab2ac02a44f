package server

import (
	"strconv"

	"inkstone/viz"
)

// figureView is a figure in a page; the template "figure" shows it with its downloads.
type figureView struct {
	// ID is the element's, unlike that of all others of the page.
	ID      string
	Request viz.Request
	// Version is that of the data.
	Version int64
	// Alt says in words what is seen; Caption stands below.
	Alt, Caption string
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

// Download is the address of a file.
func (f figureView) Download(format string) string { return f.Address(format) + "&download" }
