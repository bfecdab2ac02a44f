package main

import "strings"

// ratio sets a figure of ours beside one of theirs.
type ratio struct {
	what         string
	unit         string
	ours, theirs float64
	more         bool // is better
	whose        string
}

// ahead is how many times better ours is; below 1 it is worse.
func (r ratio) ahead() float64 {
	if r.more {
		return r.ours / r.theirs
	}
	return r.theirs / r.ours
}

// The sub-benchmarks that do the same, the one with the store and the other with the schema of a row for each point.
const (
	withStore = "/store"
	withRows  = "/row-per-point"
)

// naiveRatios pairs what was measured with the store and with the naive schema.
func (r *Report) naiveRatios() (list []ratio) {
	for _, f := range r.Figures {
		parent, ok := strings.CutSuffix(f.Benchmark, withRows)
		more := strings.HasSuffix(f.Unit, "points/s")
		if !ok || !more && f.Unit != "bytes/point" {
			continue
		}
		if ours := r.figure(f.Package, parent+withStore, f.Unit); ours != nil {
			list = append(list, ratio{parent, f.Unit, ours.Median, f.Median, more, "row per point"})
		}
	}
	return list
}

// counterparts are what of ours does the same as a peer's figure of that kind.
var counterparts = []struct {
	what, unit      string
	only            string // part of the case's name, where a script has cases that ours does not answer to
	benchmark, ours string
	scale           float64 // from our unit to theirs
	more            bool
}{
	{"ingest", "points/s", "", "Recorder/flushed", "Mpoints/s", 1e6, true},
	{"ingest", "bytes/point", "", "Recorder/flushed", "file-bytes/point", 1, false},
	{"chart", "p50-ms", "", "Series/envelope", "p50-ms", 1, false},
	{"chart", "spikes", "", "Series/envelope", "spikes", 1, true},
	{"query", "p95-ms", "filter", "FilterSmall", "p95-ms", 1, false},
}

// peerRatios pairs ours with what the peers do.
func (r *Report) peerRatios() (list []ratio) {
	for _, p := range r.Peers {
		for _, theirs := range p.Figures {
			for _, c := range counterparts {
				if c.what != theirs.What || c.unit != theirs.Unit || !strings.Contains(theirs.Case, c.only) {
					continue
				}
				if ours := r.figure(engine, c.benchmark, c.ours); ours != nil {
					list = append(list, ratio{c.what, c.unit, ours.Median * c.scale, theirs.Value, c.more, p.Peer + " " + p.Version + ": " + theirs.Case})
				}
			}
		}
	}
	return list
}
