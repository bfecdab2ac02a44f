package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// The load of BenchmarkLive.
const (
	liveVariants, liveSeeds = 10, 5 // runs
	liveHistory             = 2000  // points of each
	liveWriters             = 8
	liveEvery               = 10 * time.Millisecond // between two points of a writer
	liveOthers              = 19                    // clients beside the tab
	liveFor                 = 12 * time.Second
)

// BenchmarkLive measures from a call of Log to the pixel: the page of an experiment of 50 runs with 2,000 points each is open in
// 20 browsers, while 8 of the runs get 100 points a second each. One browser is a real Chromium, which is asked in every frame
// that it draws what it shows; the others are clients that say and fetch what a page says and fetches, since a machine that
// draws for 20 measures itself. Reported are the times to the pixel, the rate that all writers reached, the time that figures
// took, in cores, and what a client gets.
func BenchmarkLive(b *testing.B) {
	l := newLiveBench(b)
	web := browser.Open(b)
	web.Do(chromedp.Navigate(l.server.URL + "/experiments/study"))
	web.Until(`Boolean(document.querySelector('#curves').live?.place?.frame)`)
	web.Do(chromedp.Evaluate[chromedp.Void](watchPixels))
	for i := range liveOthers {
		l.clients.Go(func() { l.browse(i == 0) })
	}
	time.Sleep(2 * time.Second)
	for b.Loop() {
		l.measure(b, web)
	}
	l.end()
}

// watchPixels notes after every frame that the browser has drawn how far each run is shown, and when.
const watchPixels = `(() => {
  const { live } = document.querySelector('#curves');
  const shown = window.shown = {};
  window.pixels = [];
  live.changed.add(() => {
    const now = {};
    live.state.place.lines.forEach((line, i) => line.runs.forEach((run, j) => {
      const last = Math.max(line.ends[j]?.[0] ?? -1, live.state.points.get(run)?.at(-1)?.[0] ?? -1, line.runs.length === 1 ? live.state.tail(i).at(-1)?.[0] ?? -1 : -1);
      if (last > (shown[run] ?? -1)) shown[run] = now[run] = last;
    }));
    if (Object.keys(now).length) requestAnimationFrame(() => window.pixels.push({ at: performance.timeOrigin + performance.now(), shown: now }));
  });
})()`

type liveBench struct {
	b       *testing.B
	store   *tracker.Store
	made    *Server
	server  *httptest.Server
	writers []*liveWriter
	clients sync.WaitGroup
	stop    context.CancelFunc
	ctx     context.Context
	// What the clients got, in bytes: all, and by kind.
	messages, pictures, regions atomic.Int64

	mu    sync.Mutex
	heard map[string]map[int64]time.Time // when a client got a run's steps
}

// liveWriter logs points of one run and remembers when.
type liveWriter struct {
	run      string
	recorder *tracker.Recorder
	attempt  *tracker.Attempting
	step     int64
	logged   map[int64]time.Time
}

func newLiveBench(b *testing.B) *liveBench {
	store, err := tracker.Open(filepath.Join(b.TempDir(), "store"), tracker.Options{})
	if err != nil {
		b.Fatal(err)
	}
	l := &liveBench{b: b, store: store, made: New(Config{Store: store, Version: "bench"}), heard: map[string]map[int64]time.Time{}}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.server = httptest.NewServer(l.made.Handler())
	b.Cleanup(func() { l.made.live.Close(); l.server.Close(); store.Close() })
	plan := tracker.Plan{
		Name: "study", Question: "How fast is it seen?", Source: "spec: 1\n", Spec: json.RawMessage(`{}`),
		Compare: tracker.Compare{Metric: "train/loss", Goal: "minimize", Baseline: "v0"},
	}
	for seed := range int64(liveSeeds) {
		plan.Seeds = append(plan.Seeds, seed+1)
	}
	for i := range liveVariants {
		v := fmt.Sprint("v", i)
		plan.Variants = append(plan.Variants, tracker.Variant{Name: v, Spec: json.RawMessage(`{}`)})
		for _, seed := range plan.Seeds {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: v, Seed: seed, Digest: fmt.Sprint(v, seed)})
		}
	}
	l.must(store.SavePlan(l.ctx, plan))
	for i, trial := range plan.Trials {
		l.train(trial, i%7 == 0 && len(l.writers) < liveWriters)
	}
	return l
}

func (l *liveBench) must(err error) {
	if err != nil {
		l.b.Fatal(err)
	}
}

// train records the history of a run; one that goes on becomes a writer.
func (l *liveBench) train(trial tracker.Trial, goesOn bool) {
	run, err := l.store.CreateRun(l.ctx, tracker.NewRun{Experiment: "study", Variant: trial.Variant, Seed: trial.Seed, Digest: trial.Digest, Spec: json.RawMessage(`{"train": {"max_steps": 20000}}`)})
	l.must(err)
	a, err := l.store.BeginAttempt(l.ctx, run.ID, tracker.AttemptInfo{Host: "here", Backend: "go", Threads: 1}, nil)
	l.must(err)
	w := &liveWriter{run: run.ID, attempt: a, logged: map[int64]time.Time{}, recorder: tracker.NewRecorder(a.Sink(), run.ID, a.Number(), tracker.RecorderOptions{})}
	for range liveHistory {
		l.must(w.log())
	}
	_, err = w.recorder.Flush(l.ctx)
	l.must(err)
	if goesOn {
		l.writers = append(l.writers, w)
		return
	}
	l.must(w.recorder.Close(l.ctx))
	l.must(a.End(l.ctx, tracker.Finished, ""))
}

// log records the next step.
func (w *liveWriter) log() error {
	w.step++
	w.logged[w.step] = time.Now()
	return w.recorder.Log(w.step, map[string]float64{"train/loss": 2*math.Exp(-float64(w.step)/1500) + 0.2*math.Sin(float64(w.step)) + 0.5})
}

// measure lets the writers write for a while.
func (l *liveBench) measure(b *testing.B, tab *browser.Tab) {
	drawn, began := l.made.figures.budget.Spent(), time.Now()
	messages, pictures, regions := l.messages.Load(), l.pictures.Load(), l.regions.Load()
	first, before := l.writers[0].step+1, make([]int64, len(l.writers))
	for i, w := range l.writers {
		before[i] = w.step
	}
	var writing sync.WaitGroup
	for i, w := range l.writers {
		writing.Go(func() {
			time.Sleep(time.Duration(i) * liveEvery / liveWriters)
			tick := time.NewTicker(liveEvery)
			defer tick.Stop()
			for end := time.Now().Add(liveFor); time.Now().Before(end); <-tick.C {
				if err := w.log(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writing.Wait()
	took := time.Since(began)
	for _, w := range l.writers {
		tab.Until(fmt.Sprintf(`window.shown[%q] >= %d`, w.run, w.step))
	}
	points := int64(0)
	for i, w := range l.writers {
		points += w.step - before[i]
	}
	b.ReportMetric(float64(points)/took.Seconds(), "points/s")
	waits := l.waits(tab, first)
	reportWaits(b, "", waits)
	reportWaits(b, "socket-", l.sockets())
	b.ReportMetric((l.made.figures.budget.Spent()-drawn).Seconds()/took.Seconds(), "cores")
	perClient := func(bytes int64) float64 { return float64(bytes) / liveOthers / 1000 / took.Seconds() }
	b.ReportMetric(perClient(l.messages.Load()-messages), "messages-kB/s")
	b.ReportMetric(perClient(l.pictures.Load()-pictures), "pictures-kB/s")
	b.ReportMetric(perClient(l.regions.Load()-regions), "regions-kB/s")
	b.ReportMetric(0, "ns/op")
}

func reportWaits(b *testing.B, name string, waits []float64) {
	if len(waits) == 0 {
		b.Fatal("no point was seen")
	}
	slices.Sort(waits)
	for _, q := range []float64{0.5, 0.99} {
		b.ReportMetric(waits[int(q*float64(len(waits)-1))], fmt.Sprintf("%sp%v-ms", name, 100*q))
	}
}

// waits are the milliseconds from a point's Log to the frame that shows it.
func (l *liveBench) waits(tab *browser.Tab, first int64) (all []float64) {
	var frames []struct {
		At    float64
		Shown map[string]int64
	}
	l.must(json.Unmarshal([]byte(browser.Read(tab, chromedp.Evaluate[string](`JSON.stringify(window.pixels)`))), &frames))
	next := map[string]int64{}
	for _, frame := range frames {
		for _, w := range l.writers {
			for step := max(next[w.run], first); step <= frame.Shown[w.run]; step++ {
				all = append(all, frame.At-float64(w.logged[step].UnixMicro())/1000)
				next[w.run] = step + 1
			}
		}
	}
	l.b.ReportMetric(float64(len(frames))/liveFor.Seconds(), "frames/s")
	return all
}

// browse is a client that does what a page does: it listens, watches the three figures, fetches each new picture, and every
// two seconds the regions that changed.
func (l *liveBench) browse(listens bool) {
	_, page := l.fetch("/experiments/study", "")
	var keys []string
	for _, part := range strings.Split(page, `data-key="`)[1:] {
		key, _, _ := strings.Cut(part, `"`)
		keys = append(keys, strings.ReplaceAll(key, "&amp;", "&"))
	}
	conn, _, err := websocket.DefaultDialer.DialContext(l.ctx, "ws"+strings.TrimPrefix(l.server.URL, "http")+"/live?experiment=study&after=0", nil)
	if err != nil {
		l.b.Error(err)
		return
	}
	defer conn.Close()
	context.AfterFunc(l.ctx, func() { conn.Close() })
	l.must(conn.WriteJSON(map[string]any{"watch": keys}))
	pictures, digests := map[string]int64{}, map[string]string{}
	asked := time.Now()
	var fetching atomic.Bool
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		l.messages.Add(int64(len(text)))
		var m struct {
			Figure  string
			Picture int64
			Points  map[string][][3]float64
		}
		l.must(json.Unmarshal(text, &m))
		if listens {
			l.hear(m.Points)
		}
		if m.Picture != 0 && pictures[m.Figure] != m.Picture {
			pictures[m.Figure] = m.Picture
			kind, query, _ := strings.Cut(m.Figure, "?")
			l.clients.Go(func() {
				n, _ := l.fetch(fmt.Sprintf("/figures/%s.svg?%s&v=%d", kind, query, m.Picture), "")
				l.pictures.Add(n)
			})
		}
		if time.Since(asked) > 2*time.Second && fetching.CompareAndSwap(false, true) {
			asked = time.Now()
			l.clients.Go(func() {
				l.regions.Add(l.fetchRegions(digests))
				fetching.Store(false)
			})
		}
	}
}

// hear notes when points came.
func (l *liveBench) hear(points map[string][][3]float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for run, list := range points {
		if l.heard[run] == nil {
			l.heard[run] = map[int64]time.Time{}
		}
		for _, p := range list {
			if step := int64(p[0]); l.heard[run][step].IsZero() {
				l.heard[run][step] = time.Now()
			}
		}
	}
}

// sockets are the milliseconds from a point's Log to its arrival at a client.
func (l *liveBench) sockets() (all []float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.writers {
		for step, at := range l.heard[w.run] {
			all = append(all, float64(at.Sub(w.logged[step]).Microseconds())/1000)
		}
	}
	return all
}

// fetchRegions asks for the regions that differ from those with some digests.
func (l *liveBench) fetchRegions(digests map[string]string) int64 {
	have := "none="
	for id, digest := range digests {
		have += "," + id + "=" + digest
	}
	n, text := l.fetch("/experiments/study", have)
	var answer rendered
	if json.Unmarshal([]byte(text), &answer) == nil {
		for id, region := range answer.Regions {
			digests[id] = region.Digest
		}
	}
	return n
}

// fetch reads an address as a browser does, and tells how many bytes came.
func (l *liveBench) fetch(path, have string) (int64, string) {
	request, err := http.NewRequestWithContext(l.ctx, http.MethodGet, l.server.URL+path, nil)
	if err != nil {
		return 0, ""
	}
	if have != "" {
		request.Header.Set(haveHeader, have)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	text := body
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if unzip, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			text, _ = io.ReadAll(unzip)
		}
	}
	return int64(len(body)), string(text)
}

func (l *liveBench) end() {
	l.stop()
	l.clients.Wait()
	for _, w := range l.writers {
		l.must(w.recorder.Close(context.Background()))
	}
}
