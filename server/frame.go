package server

import (
	"net/http"
	"strings"

	"inkstone/server/access"
)

// frame is what the layout shows around a page.
type frame struct {
	Page, Title, Version, Store string
	Style, Script               bool
	// Here is the page's own address; Theme what its reader chose, of Themes.
	Here, Theme string
	// Visitor is who reads; who may not change what is stored is shown no forms that do.
	Visitor access.Visitor
	Themes  []theme
	Places  []place
	Data    any
}

// place is a page that the header leads to.
type place struct {
	Name, Address string
	// Key opens it, after g.
	Key string
	// Current tells that the page that is shown belongs there.
	Current bool
}

// places are those of the header.
func places(current string) []place {
	list := []place{{"Experiments", "/", "h", false}, {"Runs", "/runs", "r", false}, {"Compare", "/compare", "c", false}, {"Store", "/store", "s", false}}
	for i := range list {
		switch list[i].Address {
		case "/":
			list[i].Current = current == "/" || strings.HasPrefix(current, "/experiments/")
		default:
			list[i].Current = current == list[i].Address || strings.HasPrefix(current, list[i].Address+"/")
		}
	}
	return list
}

// pageOf is the address that shows a page again; what a form was sent to shows nothing.
func pageOf(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/"
	}
	return r.URL.RequestURI()
}
