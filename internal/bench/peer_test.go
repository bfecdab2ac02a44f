package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeers runs scripts with an interpreter that is a shell, one of which fails and one of which has no environment.
func TestPeers(t *testing.T) {
	folder, home := t.TempDir(), t.TempDir()
	result, err := filepath.Abs("testdata/peer.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"slate": "echo \"$@\" >&2; cat " + result, "chalk": "exit 3", "clay": ""} {
		write(t, filepath.Join(folder, "bench_"+name+".py"), script)
		if name != "clay" {
			write(t, filepath.Join(home, "venv-"+name, "bin", "python"), "#!/bin/sh\nexec sh \"$@\"\n")
		}
	}
	t.Setenv("PEERS_HOME", home)
	var told strings.Builder
	peers, err := measurePeers(t.Context(), folder, &told)
	if err != nil || len(peers) != 2 {
		t.Fatalf("got %+v, %v", peers, err)
	}
	if peers[0].Peer != "chalk" || !strings.Contains(peers[0].Error, "exit status 3") {
		t.Errorf("the one that fails: %+v", peers[0])
	}
	want := Peer{Peer: "slate", Version: "1.2", Figures: []PeerFigure{
		{"ingest", "runs/#1", "points/s", 125000}, {"ingest", "step", "bytes/point", 43.5}, {"ingest", "step", "points/s", 250000},
		{"chart", "nested/scalars", "p50-ms", 48}, {"chart", "nested", "spikes", 10},
		{"chart", "page", "p50-ms", 2450.5}, {"chart", "page", "spikes", 0}, {"query", "list", "p95-ms", 5}, {"query", "sql_filter", "p95-ms", 38.25},
	}}
	if diff := cmp.Diff(want, peers[1]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !strings.Contains(told.String(), "--only a,c,b") || !strings.Contains(told.String(), "clay has no environment") {
		t.Errorf("told: %s", told.String())
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestPeersAreOptional(t *testing.T) {
	if peers, err := measurePeers(context.Background(), "", os.Stderr); peers != nil || err != nil {
		t.Errorf("got %v, %v", peers, err)
	}
	if _, err := measurePeers(context.Background(), t.TempDir(), os.Stderr); err == nil || !strings.Contains(err.Error(), "no script") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := readPeer([]byte("Traceback")); err == nil {
		t.Error("no JSON at all is taken")
	}
}
