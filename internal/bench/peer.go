package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inkstone/internal/peers"
)

// Peer is another tracker, as its script measured it.
type Peer struct {
	Peer    string       `json:"peer"`
	Version string       `json:"version"`
	Figures []PeerFigure `json:"figures"`
	Error   string       `json:"error,omitempty"`
}

// PeerFigure is one figure: what is ingest, chart or query, case the peer's way to do it.
type PeerFigure struct {
	What  string  `json:"what"`
	Case  string  `json:"case"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// peerArgs ask a script for ingest, charts and queries alone.
var peerArgs = []string{"--only", "a,c,b", "--n", "2", "--budget", "15", "--points", "1000000", "--runs", "2000"}

// measurePeers runs the scripts of a folder that have an environment, one after the other. Without a folder there are none.
func measurePeers(ctx context.Context, folder string, stderr io.Writer) ([]Peer, error) {
	if folder == "" {
		return nil, nil
	}
	scripts, err := filepath.Glob(filepath.Join(folder, "bench_*.py"))
	if err != nil || len(scripts) == 0 {
		return nil, fmt.Errorf("INKSTONE_PEERS: no script bench_NAME.py is in %q: %w", folder, errors.Join(err, os.ErrNotExist))
	}
	var measured []Peer
	for _, script := range scripts {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(script), "bench_"), ".py")
		python, err := peers.Python(name)
		if err != nil {
			fmt.Fprintf(stderr, "%s has no environment: %s NAME makes one\n", name, filepath.Join(folder, "setup.sh"))
			continue
		}
		fmt.Fprintf(stderr, "measuring %s\n", name)
		p, err := measurePeer(ctx, python, script, stderr)
		if ctx.Err() != nil {
			return measured, errors.New("interrupted; what was measured until then is above")
		}
		if err != nil {
			p = Peer{Peer: name, Error: err.Error()}
		}
		measured = append(measured, p)
	}
	return measured, nil
}

func measurePeer(ctx context.Context, python, script string, stderr io.Writer) (Peer, error) {
	cmd := exec.CommandContext(ctx, python, append([]string{script}, peerArgs...)...)
	cmd.Stderr = stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		return Peer{}, fmt.Errorf("run %s: %w", filepath.Base(script), err)
	}
	return readPeer(out)
}

// readPeer reads the last line of a script's output, a JSON object: peer, version, and a workload for each letter.
func readPeer(out []byte) (Peer, error) {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var p Peer
	var all map[string]any
	if err := json.Unmarshal(lines[len(lines)-1], &all); err != nil {
		return p, fmt.Errorf("read the script's last line: %w", err)
	}
	p.Peer, p.Version = fmt.Sprint(all["peer"]), fmt.Sprint(all["version"])
	for _, w := range []struct{ letter, what string }{{"a", "ingest"}, {"c", "chart"}, {"b", "query"}} {
		p.walk(w.what, "", all[w.letter], false)
	}
	return p, nil
}

// walk looks for figures in a workload, however the script nests them. A chart counts where it is one of several spikes: that
// of a million points.
func (p *Peer) walk(what, path string, x any, spiked bool) {
	if list, ok := x.([]any); ok {
		for i, y := range list {
			p.walk(what, join(path, fmt.Sprint("#", i+1)), y, spiked)
		}
	}
	object, _ := x.(map[string]any)
	logged, _ := object["spikes_logged"].(float64)
	spiked = spiked || logged > 1
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value, isNumber := object[key].(float64)
		unit, wanted := peerUnits[what][key]
		switch {
		case !isNumber:
			p.walk(what, join(path, key), object[key], spiked)
		case wanted && (what != "chart" || spiked):
			p.Figures = append(p.Figures, PeerFigure{what, path, unit, value})
		}
	}
}

// peerUnits are the fields that are figures, by what they are of.
var peerUnits = map[string]map[string]string{
	"ingest": {"points_per_s": "points/s", "bytes_per_point": "bytes/point"},
	"chart":  {"p50_ms": "p50-ms", "spikes_kept": "spikes"},
	"query":  {"p95_ms": "p95-ms"},
}

func join(path, key string) string { return strings.TrimPrefix(path+"/"+key, "/") }
