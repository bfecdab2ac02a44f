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
	"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8",
}

// drawing makes the bytes of a figure. What is fixed never changes: it is drawn once.
type drawing struct {
	draw  func(ctx context.Context) ([]byte, error)
	fixed bool
}

// experimentFigure answers curves.FORMAT and difference.FORMAT, and curves.csv.
func (s *Server) experimentFigure(w http.ResponseWriter, r *http.Request) error {
	name, format := splitFigure(r.PathValue("figure"))
	experiment, metric := r.PathValue("experiment"), r.FormValue("metric")
	plan, err := s.Store.Plan(r.Context(), experiment)
	if err != nil {
		return err
	}
	if metric == "" {
		metric = plan.Compare.Metric
	}
	if format == "csv" && name == "curves" {
		return s.serve(w, r, format, drawing{draw: func(ctx context.Context) ([]byte, error) {
			var out bytes.Buffer
			err := viz.CSV(ctx, s.Store, experiment, metric, &out)
			return out.Bytes(), err
		}})
	}
	draw, ok := map[string]func(context.Context, *tracker.Store, string, string) (*viz.Figure, error){
		"curves": viz.ExperimentCurves, "difference": viz.Differences,
	}[name]
	if !ok || format == "csv" {
		return fmt.Errorf("%w: an experiment has the figures curves and difference", tracker.ErrNotFound)
	}
	return s.serve(w, r, format, written(r, format, func(ctx context.Context) (*viz.Figure, error) {
		return draw(ctx, s.Store, experiment, metric)
	}))
}

// runFigure answers curve.FORMAT and attention.FORMAT.
func (s *Server) runFigure(w http.ResponseWriter, r *http.Request) error {
	name, format := splitFigure(r.PathValue("figure"))
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	switch {
	case name == "curve" && format != "csv":
		return s.serve(w, r, format, written(r, format, func(ctx context.Context) (*viz.Figure, error) {
			return viz.RunCurve(ctx, s.Store, run, r.FormValue("metric"))
		}))
	case name == "attention" && format != "csv":
		id, err := strconv.ParseInt(r.FormValue("capture"), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: capture %q is no number", tracker.ErrInvalid, r.FormValue("capture"))
		}
		layer, head := formInt(r, "layer", 0), formInt(r, "head", 0)
		d := written(r, format, func(ctx context.Context) (*viz.Figure, error) {
			info, values, err := s.Store.CaptureHead(ctx, id, layer, head)
			if err != nil {
				return nil, err
			}
			return viz.AttentionMap(info, layer, head, values)
		})
		d.fixed = true
		return s.serve(w, r, format, d)
	}
	return fmt.Errorf("%w: a run has the figures curve and attention", tracker.ErrNotFound)
}

func splitFigure(file string) (name, format string) {
	format = strings.TrimPrefix(path.Ext(file), ".")
	return strings.TrimSuffix(file, "."+format), format
}

// written draws a figure on the ground that the request asks for.
func written(r *http.Request, format string, draw func(context.Context) (*viz.Figure, error)) drawing {
	return drawing{draw: func(ctx context.Context) ([]byte, error) {
		figure, err := draw(ctx)
		if err != nil {
			return nil, err
		}
		if r.FormValue("theme") == "dark" {
			figure = figure.Themed(viz.Dark)
		}
		var out bytes.Buffer
		err = figure.Write(&out, format)
		return out.Bytes(), err
	}}
}

// serve answers with a figure from the cache, or draws it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, format string, d drawing) error {
	kind, ok := contentTypes[format]
	if !ok {
		return fmt.Errorf("%w: %q is no form of a figure; there are svg, png, pdf and csv", tracker.ErrNotFound, format)
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
