package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"inkstone/tracker"
	"inkstone/viz"
)

// contentTypes are the forms of a figure.
var contentTypes = map[string]string{
	"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json",
}

// drawing makes the bytes of a figure. What is fixed never changes: it is drawn once.
type drawing struct {
	draw  func(ctx context.Context) ([]byte, error)
	fixed bool
}

// figure answers /figures/KIND.FORMAT, whose query is a viz.Request.
func (s *Server) figure(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("figure")
	format := strings.TrimPrefix(path.Ext(file), ".")
	request, err := viz.ParseRequest(strings.TrimSuffix(file, "."+format), r.URL.Query())
	if err != nil {
		return err
	}
	if request.Experiment != "" && request.Metric == "" {
		plan, err := s.Store.Plan(r.Context(), request.Experiment)
		if err != nil {
			return err
		}
		request.Metric = plan.Compare.Metric
	}
	return s.serve(w, r, format, drawing{fixed: request.Fixed(), draw: func(ctx context.Context) ([]byte, error) {
		var out bytes.Buffer
		if format == "csv" && request.Capture == 0 {
			err := viz.CSV(ctx, s.Store, request.Experiment, request.Metric, &out)
			return out.Bytes(), err
		}
		figure, err := request.Draw(ctx, s.Store)
		if err != nil {
			return nil, err
		}
		err = figure.Write(&out, format)
		return out.Bytes(), err
	}})
}

// serve answers with a figure from the cache, or draws it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, format string, d drawing) error {
	kind, ok := contentTypes[format]
	if !ok {
		return fmt.Errorf("%w: %q is no form of a figure; there are svg, png, pdf, csv and json", tracker.ErrNotFound, format)
	}
	query := r.URL.Query()
	query.Del("v") // it only tells the browser that the picture changed
	query.Del("download")
	drawn, err := s.figures.get(r.Context(), r.URL.Path+"?"+query.Encode(), d)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", figurePolicy)
	h.Set("Cache-Control", "no-cache")
	if d.fixed && r.URL.Query().Has("v") {
		h.Set("Cache-Control", "private, max-age=86400, immutable")
	}
	h.Set("ETag", drawn.tag)
	h.Set("Vary", "Accept-Encoding")
	if query := r.URL.Query(); query.Has("download") {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", path.Base(r.URL.Path)))
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

// The cache keeps so many figures; a figure is drawn again at the earliest after redrawPause times as long as drawing it
// took, at most maxPause, so that drawing takes under a tenth of a core while trials run.
const (
	keptFigures = 256
	redrawPause = 10
	maxPause    = 2 * time.Second
)

// figures is the cache of drawn figures.
type figures struct {
	store *tracker.Store
	mu    sync.Mutex
	byKey map[string]*figure
}

// figure is one cached figure; its lock is held while it is drawn, so that equal ones are drawn once.
type figure struct {
	used time.Time // under figures.mu

	mu      sync.Mutex
	version int64
	drawn   time.Time
	took    time.Duration
	result  drawnFigure
}

type drawnFigure struct {
	plain, zipped []byte
	tag           string
}

func newFigures(store *tracker.Store) *figures {
	return &figures{store: store, byKey: map[string]*figure{}}
}

func (c *figures) get(ctx context.Context, key string, d drawing) (drawnFigure, error) {
	f := c.entry(key)
	f.mu.Lock()
	defer f.mu.Unlock()
	version, err := c.store.Version(ctx)
	if err != nil {
		return drawnFigure{}, err
	}
	if f.result.plain != nil && (d.fixed || f.version == version) {
		return f.result, nil
	}
	if f.result.plain != nil {
		pause := min(redrawPause*f.took, maxPause) - time.Since(f.drawn)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return drawnFigure{}, ctx.Err()
		}
		if version, err = c.store.Version(ctx); err != nil {
			return drawnFigure{}, err
		}
	}
	began := time.Now()
	plain, err := d.draw(ctx)
	if err != nil {
		return drawnFigure{}, err
	}
	f.took, f.drawn, f.version = time.Since(began), time.Now(), version
	f.result = drawnFigure{plain: plain, zipped: zip(plain), tag: fmt.Sprintf(`"%d-%d"`, version, len(plain))}
	return f.result, nil
}

func (c *figures) entry(key string) *figure {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.byKey[key]
	if f == nil {
		f = &figure{}
		c.byKey[key] = f
		c.forget()
	}
	f.used = time.Now()
	return f
}

// forget drops the figure that was not asked for the longest, when there are too many.
func (c *figures) forget() {
	if len(c.byKey) <= keptFigures {
		return
	}
	var oldest string
	for key, f := range c.byKey {
		if !f.used.IsZero() && (oldest == "" || f.used.Before(c.byKey[oldest].used)) {
			oldest = key
		}
	}
	delete(c.byKey, oldest)
}

func zip(plain []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	_, _ = w.Write(plain)
	_ = w.Close()
	return out.Bytes()
}
