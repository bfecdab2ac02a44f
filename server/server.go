package server

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"time"

	"inkstone/server/access"
	"inkstone/server/live"
	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// Config is what a server needs.
type Config struct {
	Store *tracker.Store
	// Version is shown at the foot of every page.
	Version string
	// RequireToken: everybody needs one of the store's tokens, to read or to write.
	RequireToken bool
	// Hosts are the names besides this machine's own under which the server may be asked.
	Hosts []string
	// Backups is the folder in which the page of the store makes backups; beside the store by default.
	Backups string
}

// Server serves one store.
type Server struct {
	Config
	// pages are by theme.
	pages     map[string]*pages
	figures   *figures
	live      *live.Hub
	holds     *holds
	orders    *orders
	changes   *changes
	overviews *overviews
	// renderings are of live regions.
	renderings *renderings
	guard      *access.Guard
	upkeep     *upkeep
	meter      *meter
	patterns   []string // of every address, for those who check them all
	handler    http.Handler
}

//go:embed pages
var assets embed.FS

// New makes a server; it starts nothing.
func New(c Config) *Server {
	s := &Server{Config: c, pages: parseThemes(), figures: newFigures(c.Store), holds: newHolds(c.Store), upkeep: &upkeep{}, meter: &meter{store: c.Store}, orders: newOrders(c.Store), changes: &changes{}}
	if s.Backups == "" {
		s.Backups = c.Store.Dir() + "-backups"
	}
	s.live = live.New(c.Store, s.figures, s.figures.budget)
	s.overviews, s.renderings = newOverviews(s), newRenderings()
	s.handler = s.guarded(s.routes())
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
	sized := func(limit int64, pattern string, h http.Handler) {
		s.patterns = append(s.patterns, pattern)
		mux.Handle(pattern, bounded(limit, h))
	}
	handle := func(pattern string, h http.Handler) { sized(remote.MaxJSON, pattern, h) }
	handle("GET /{$}", s.page(s.home))
	handle("GET /experiments/{experiment}", s.page(s.experiment))
	handle("GET /experiments/{experiment}/spec.yaml", s.answer(s.spec))
	handle("POST /experiments/{experiment}/stop", s.want("stop"))
	handle("POST /experiments/{experiment}/resume", s.want("run"))
	sized(maxForm, "POST /experiments/{experiment}/note", s.form(s.writeExperimentNote))
	handle("GET /runs", s.page(s.runs))
	handle("GET /runs/rows", s.answer(s.runsRows))
	handle("GET /runs/check", s.answer(s.checkRuns))
	handle("GET /runs/columns", s.form(s.chooseColumns))
	sized(maxForm, "POST /runs/change", s.form(s.changeRuns))
	handle("POST /runs/undo", s.form(s.undoChange))
	handle("GET /api/views", s.api(s.listViews))
	handle("POST /runs/views", s.form(s.saveView))
	handle("POST /runs/views/delete", s.form(s.deleteView))
	handle("GET /runs/{run}", s.page(s.run))
	handle("GET /runs/{run}/log", s.page(s.log))
	handle("GET /runs/{run}/log.txt", s.answer(s.logFile))
	handle("GET /runs/{run}/parameters", s.page(s.parameters))
	handle("GET /runs/{run}/spec.json", s.specFile("application/json", ".json", indented))
	handle("GET /runs/{run}/spec.yaml", s.specFile("application/yaml", ".yaml", asYAML))
	handle("GET /runs/{run}/environment", s.page(s.environment))
	handle("GET /runs/{run}/code", s.page(s.code))
	handle("GET /runs/{run}/attempts", s.page(s.attempts))
	handle("GET /runs/{run}/artifacts", s.page(s.artifacts))
	handle("GET /runs/{run}/artifacts/{name...}", s.page(s.artifacts))
	handle("GET /runs/{run}/files/{name...}", s.answer(s.artifactFile))
	handle("POST /runs/{run}/tags", s.changeRun(s.changeTags))
	handle("POST /runs/{run}/delete", s.changeRun(s.remove))
	handle("POST /runs/{run}/undelete", s.changeRun(s.restore))
	handle("POST /runs/{run}/stop", s.wantRun("stop"))
	handle("POST /runs/{run}/resume", s.wantRun("run"))
	handle("POST /runs/{run}/exclude", s.changeRun(s.exclude))
	handle("POST /runs/{run}/include", s.changeRun(s.include))
	sized(maxForm, "POST /runs/{run}/note", s.form(s.writeRunNote))
	handle("POST /theme", s.answer(s.chooseTheme))
	handle("GET /samples", s.page(s.samples))
	handle("GET /compare", s.page(s.compare))
	handle("GET /store", s.page(s.storePage))
	handle("POST /store/check", s.form(s.beginCheck))
	handle("POST /store/backup", s.form(s.beginBackup))
	handle("POST /store/stop", s.form(s.stopUpkeep))
	handle("POST /store/undelete", s.form(s.undelete))
	handle("POST /store/revoke", s.form(s.revokeToken))
	handle("GET /login", s.answer(s.login))
	handle("POST /login", s.answer(s.logIn))
	handle("POST /logout", s.answer(s.logOut))
	handle("GET /runs/{run}/attention", s.page(s.attention))
	handle("GET /experiments/{experiment}/heads", s.page(s.heads))
	handle("GET /figures/{figure}", s.answer(s.figure))
	handle("GET /live", s.answer(s.listen))
	handle("GET /assets/look.css", s.answer(s.styleSheet))
	handle("GET /assets/", http.StripPrefix("/assets/", onlyAssets(http.FileServerFS(static))))
	handle("GET /api/complete", s.api(s.complete))
	handle("GET /api/palette", s.api(s.palette))
	handle("POST /api/runs", s.api(s.createRun))
	handle("GET /api/runs/{run}", s.api(s.findRun))
	handle("GET /api/runs/{run}/log", s.api(s.logLines))
	handle("POST /api/runs/{run}/attempts", s.api(s.beginAttempt))
	handle("GET /api/runs/{run}/attempts/{attempt}", s.attempt(s.attemptState))
	handle("POST /api/runs/{run}/attempts/{attempt}/metrics", s.attempt(s.declareMetrics))
	handle("POST /api/runs/{run}/attempts/{attempt}/end", s.attempt(s.endAttempt))
	sized(remote.MaxBody, "POST /api/runs/{run}/attempts/{attempt}/batches", s.attempt(s.takeBatches))
	handle("/", s.answer(func(http.ResponseWriter, *http.Request) error { return errNoPage }))
	return mux
}

// farewell is how long open pages may take to fetch the last state when the server ends.
const farewell = 5 * time.Second

// answerTime is how long a reader may take over an answer, or over the next part of a file (sendFile).
const answerTime = time.Minute

// Serve answers on a listener until ctx ends; open pages then fetch the last state, and the listener and every connection
// are closed. It returns nil after such an end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: answerTime,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		s.close()
		return err
	case <-ctx.Done():
	}
	s.renderings.forget() // the last state is not to wait for its turn
	s.live.Farewell(context.WithoutCancel(ctx), farewell)
	s.live.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-ended
	s.close()
	return err
}

// close ends what goes on without a request.
func (s *Server) close() {
	s.upkeep.close()
	s.meter.close()
	s.holds.close()
}
