package main

import "path"

// goal is what a figure has to reach: the median of its samples.
type goal struct {
	in        string // the package
	benchmark string // a pattern of path.Match
	unit      string
	limit     string // "<", "<=" or ">="
	value     float64
}

// The packages that have goals.
const (
	engine     = "inkstone/tracker"
	training   = "inkstone/runner"
	generation = "inkstone/runner/generate"
	files      = "inkstone/runner/weights"
	figures    = "inkstone/viz"
	dashboard  = "inkstone/server"
)

// goals are those of the engine, of figures and of the dashboard, on a machine of two cores with a local disk, and those of the
// models beside PyTorch.
var goals = []goal{
	{engine, "Ingest/8x1000", "Mpoints/s", ">=", 3},
	{engine, "Ingest/8x1000", "p99-ms", "<", 20},
	{engine, "Ingest/8x100", "Mpoints/s", ">=", 1},
	{engine, "Ingest/32x1", "calls/fsync", ">=", 10},
	{engine, "Processes", "p99-ms", "<", 20},
	{engine, "Recorder/series", "p50-µs", "<=", 50},
	{engine, "Size/store", "bytes/point", "<=", 5},
	{engine, "Series/raw", "p50-ms", "<", 60},
	{engine, "Series/envelope", "p50-ms", "<", 5},
	{engine, "Series/envelope", "spikes", ">=", 10},
	{engine, "Series/zoom", "p50-ms", "<", 5},
	{engine, "Compare", "p50-ms", "<", 100},
	{engine, "Filter/*/*", "p95-ms", "<", 30},
	{engine, "Window/*/rows", "p95-ms", "<", 50},
	{engine, "Window/*/order", "p95-ms", "<", 150},
	{engine, "Gather", "p95-ms", "<", 500},
	{engine, "Open/100000-runs", "p50-ms", "<", 100},
	{engine, "Open/100000-runs", "RSS-MB", "<", 60},
	{engine, "Capture/head", "p50-ms", "<", 10},
	{engine, "Capture/thumbnails", "p50-ms", "<", 30},
	{engine, "Collect", "RSS-MB", "<", 100},
	{engine, "Collect", "p99-writer-ms", "<", 20},
	{dashboard, "Live", "p50-ms", "<", 250},
	{dashboard, "Live", "p99-ms", "<", 700},
	{dashboard, "Live", "cores", "<", 0.1},
	{training, "TrainAgainstTorch/*", "x-torch", ">=", 1},
	{training, "Slots", "x-one-slot", ">=", 1.8},
	{training, "Capture", "x-forward", "<=", 1.15},
	{generation, "Decode/B/*", "x-transformers", ">=", 2},
	{files, "Load/*", "x-of-read", "<=", 1.3},
	{figures, "Figure/50x2000", "p50-ms", "<", 170},
	{figures, "Figure/4x300000", "p50-ms", "<", 170},
	{dashboard, "Attention/grid", "p50-ms", "<", 300},
	{dashboard, "Attention/head", "p50-ms", "<", 200},
	{dashboard, "Scroll/wheel", "busy-ms", "<", 40},
	{dashboard, "Scroll/bar", "busy-ms", "<", 80},
}

// Verdict tells whether a figure reaches its goal.
type Verdict struct {
	Limit   string  `json:"limit"`
	Value   float64 `json:"value"`
	Reached bool    `json:"reached"`
}

// of tells whether the goal is about a figure.
func (g goal) of(f *Figure) bool {
	matches, err := path.Match(g.benchmark, f.Benchmark)
	return err == nil && matches && f.Unit == g.unit && f.Package == g.in
}

// judge is nil for a figure without a goal.
func judge(f *Figure) *Verdict {
	for _, g := range goals {
		if g.of(f) {
			return &Verdict{g.limit, g.value, g.reached(f.Median)}
		}
	}
	return nil
}

func (g goal) reached(x float64) bool {
	switch g.limit {
	case "<":
		return x < g.value
	case "<=":
		return x <= g.value
	}
	return x >= g.value
}
