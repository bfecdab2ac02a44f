package server

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// Config is what a server needs.
type Config struct {
	Store *tracker.Store
	// Version is shown at the foot of every page.
	Version string
}

// Server serves one store.
type Server struct {
	Config
	pages     *pages
	figures   *figures
	live      *hub
	holds     *holds
	orders    *orders
	changes   *changes
	overviews *overviews
	handler   http.Handler
}

//go:embed pages
var assets embed.FS

// New makes a server; it starts nothing.
func New(c Config) *Server {
	s := &Server{Config: c, pages: parsePages(), figures: newFigures(c.Store), live: newHub(c.Store), holds: newHolds(c.Store), orders: newOrders(c.Store), changes: &changes{}}
	s.overviews = &overviews{server: s, known: map[string]experimentItem{}}
	s.handler = protect(s.routes())
	return s
}

// Handler answers requests.
func (s *Server) Handler() http.Handler { return s.handler }

// routes is every address there is.
func (s *Server) routes() *http.ServeMux {
	static, err := fs.Sub(assets, "pages")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	handle := func(pattern string, h http.Handler) { mux.Handle(pattern, bounded(remote.MaxJSON, h)) }
	handle("GET /{$}", s.page(s.home))
	handle("GET /experiments/{experiment}", s.page(s.experiment))
	mux.Handle("POST /experiments/{experiment}/note", bounded(maxForm, s.form(s.writeExperimentNote)))
	handle("GET /runs", s.page(s.runs))
	handle("GET /runs/rows", s.answer(s.runsRows))
	handle("GET /runs/check", s.answer(s.checkRuns))
	handle("GET /runs/columns", s.form(s.chooseColumns))
	mux.Handle("POST /runs/change", bounded(maxForm, s.form(s.changeRuns)))
	handle("POST /runs/undo", s.form(s.undoChange))
	handle("GET /api/views", s.api(s.listViews))
	handle("POST /runs/views", s.form(s.saveView))
	handle("POST /runs/views/delete", s.form(s.deleteView))
	handle("GET /runs/{run}", s.page(s.run))
	mux.Handle("POST /runs/{run}/note", bounded(maxForm, s.form(s.writeRunNote)))
	handle("POST /theme", s.answer(s.chooseTheme))
	handle("GET /compare", s.page(s.compare))
	handle("GET /figures/{figure}", s.answer(s.figure))
	handle("GET /live", s.answer(s.listen))
	handle("GET /assets/look.css", s.answer(s.styleSheet))
	handle("GET /assets/", http.StripPrefix("/assets/", onlyAssets(http.FileServerFS(static))))
	handle("GET /api/complete", s.api(s.complete))
	handle("GET /api/palette", s.api(s.palette))
	handle("POST /api/runs", s.api(s.createRun))
	handle("GET /api/runs/{run}", s.api(s.findRun))
	handle("POST /api/runs/{run}/attempts", s.api(s.beginAttempt))
	handle("GET /api/runs/{run}/attempts/{attempt}", s.attempt(s.attemptState))
	handle("POST /api/runs/{run}/attempts/{attempt}/metrics", s.attempt(s.declareMetrics))
	handle("POST /api/runs/{run}/attempts/{attempt}/end", s.attempt(s.endAttempt))
	mux.Handle("POST /api/runs/{run}/attempts/{attempt}/batches", bounded(remote.MaxBody, s.attempt(s.takeBatches)))
	handle("/", s.answer(func(http.ResponseWriter, *http.Request) error { return errNoPage }))
	return mux
}

// farewell is how long open pages may take to fetch the last state when the server ends.
const farewell = 2 * time.Second

// Serve answers on a listener until ctx ends; open pages then fetch the last state, and the listener and every connection
// are closed. It returns nil after such an end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		s.holds.close()
		return err
	case <-ctx.Done():
	}
	s.live.farewell(context.WithoutCancel(ctx), farewell)
	s.live.close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-ended
	s.holds.close()
	return err
}
