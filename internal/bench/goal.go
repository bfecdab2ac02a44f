package main

import "path"

// goal is what a figure has to reach: the median of its samples.
type goal struct {
	benchmark string // of package inkstone/tracker; a pattern of path.Match
	unit      string
	limit     string // "<", "<=" or ">="
	value     float64
}

const engine = "inkstone/tracker"

// goals are those of the engine, on a machine of two cores with a local disk.
var goals = []goal{
	{"Ingest/8x1000", "Mpoints/s", ">=", 3},
	{"Ingest/8x1000", "p99-ms", "<", 20},
	{"Ingest/8x100", "Mpoints/s", ">=", 1},
	{"Ingest/32x1", "calls/fsync", ">=", 10},
	{"Processes", "p99-ms", "<", 20},
	{"Recorder/series", "p50-µs", "<=", 50},
	{"Size/store", "bytes/point", "<=", 5},
	{"Series/raw", "p50-ms", "<", 60},
	{"Series/envelope", "p50-ms", "<", 5},
	{"Series/envelope", "spikes", ">=", 10},
	{"Series/zoom", "p50-ms", "<", 5},
	{"Compare", "p50-ms", "<", 100},
	{"Filter/*/*", "p95-ms", "<", 30},
	{"Open/100000-runs", "p50-ms", "<", 100},
	{"Open/100000-runs", "RSS-MB", "<", 60},
	{"Capture/head", "p50-ms", "<", 10},
	{"Capture/thumbnails", "p50-ms", "<", 30},
	{"Collect", "RSS-MB", "<", 100},
	{"Collect", "p99-writer-ms", "<", 20},
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
	return err == nil && matches && f.Unit == g.unit && f.Package == engine
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
