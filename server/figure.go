package server

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"inkstone/server/access"
	"inkstone/tracker"
	"inkstone/viz"
)

// contentTypes are the forms of a figure.
var contentTypes = map[string]string{
	"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "tex": "application/x-tex", "csv": "text/csv; charset=utf-8", "json": "application/json",
}

// figure answers /figures/KIND.FORMAT, whose query is a viz.Request. With v, a version, the picture may be one of that version
// or a newer one; without it, it is that of this moment.
func (s *Server) figure(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("figure")
	format := strings.TrimPrefix(path.Ext(file), ".")
	kind, ok := contentTypes[format]
	if !ok {
		return fmt.Errorf("%w: %q is no form of a figure; there are svg, png, pdf, tex, csv and json", tracker.ErrNotFound, format)
	}
	query := r.URL.Query()
	request, err := viz.ParseRequest(strings.TrimSuffix(file, "."+format), query)
	if err != nil {
		return err
	}
	least := newest
	if v, err := strconv.ParseInt(query.Get("v"), 10, 64); err == nil {
		least = v
	}
	drawn, err := s.figures.get(r.Context(), request, format, least)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", access.FigurePolicy)
	h.Set("Cache-Control", "no-cache")
	if request.Fixed() && query.Has("v") {
		h.Set("Cache-Control", "private, max-age=86400, immutable")
	}
	h.Set("ETag", drawn.tag)
	h.Set("Vary", "Accept-Encoding")
	if query.Has("download") {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", file))
	}
	if r.Header.Get("If-None-Match") == drawn.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := drawn.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(drawn.zipped) < len(drawn.plain) {
		h.Set("Content-Encoding", "gzip")
		body = drawn.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
	return nil
}
