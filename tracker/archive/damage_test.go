package archive_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
	"inkstone/tracker/archive"
)

// copied copies an archive, to damage it.
func copied(t *testing.T, folder string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	must(t, os.CopyFS(to, os.DirFS(folder)))
	return to
}

// forge makes the manifest fit files that were changed, as somebody would who wants them to be believed.
func forge(t *testing.T, folder string) {
	t.Helper()
	path := filepath.Join(folder, "manifest.json")
	var m archive.Manifest
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, json.Unmarshal(text, &m))
	for i, f := range m.Files {
		content, err := os.ReadFile(filepath.Join(folder, f.Path))
		must(t, err)
		sum := sha256.Sum256(content)
		m.Files[i].Size, m.Files[i].SHA256 = int64(len(content)), hex.EncodeToString(sum[:])
	}
	text, err = json.Marshal(m)
	must(t, err)
	must(t, os.WriteFile(path, text, 0o644))
}

// edit changes a file's text, which must have the old one.
func edit(t *testing.T, path, old, by string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	must(t, os.WriteFile(path, []byte(strings.Replace(string(text), old, by, 1)), 0o644))
}

func TestDamageIsRefusedBeforeAnythingChanges(t *testing.T) {
	from := openStore(t)
	everything(t, from)
	folder, _ := export(t, from, archive.Options{})
	runs, err := from.Runs(t.Context(), tracker.RunFilter{})
	must(t, err)
	id := runs[0].ID
	points, captures, texts := "points/"+id+".parquet", "captures/"+id+".parquet", "texts/"+id+".jsonl"
	to := openStore(t)
	for name, c := range map[string]struct {
		change func(folder string)
		forged bool
		want   string
	}{
		"no manifest":      {func(f string) { must(t, os.Remove(f+"/manifest.json")) }, false, "no archive is there"},
		"another format":   {func(f string) { edit(t, f+"/manifest.json", `"format": 1`, `"format": 7`) }, false, "of format 7, this program reads format 1"},
		"a cut manifest":   {func(f string) { must(t, os.Truncate(f+"/manifest.json", 300)) }, false, "unexpected end"},
		"an unknown field": {func(f string) { edit(t, f+"/manifest.json", `"format": 1`, `"format": 1, "more": 1`) }, false, "unknown field"},
		"a path upwards":   {func(f string) { edit(t, f+"/manifest.json", points, "../../"+points) }, false, "is no path of a file"},
		"an absolute path": {func(f string) { edit(t, f+"/manifest.json", points, "/etc/passwd") }, false, "is no path of a file"},
		"a missing file":   {func(f string) { must(t, os.Remove(f+"/"+points)) }, false, "no such file"},
		"a cut file":       {func(f string) { must(t, os.Truncate(f+"/"+points, 1000)) }, false, "has 1000 bytes, its manifest says"},
		"a flipped text":   {func(f string) { edit(t, f+"/"+texts, `"superseded"`, `"Superseded"`) }, false, "has the digest"},
		"other counts":     {func(f string) { edit(t, f+"/manifest.json", `"texts": 3`, `"texts": 300000000000`) }, false, "its manifest says"},
		"cut, forged":      {func(f string) { must(t, os.Truncate(f+"/"+points, 5000)) }, true, "no footer of a Parquet file"},
		"heads of no kind": {func(f string) { must(t, os.WriteFile(f+"/"+captures, []byte("PAR1 and no more, PAR1"), 0o644)) }, true, "Parquet"},
		"points as captures": {func(f string) {
			must(t, os.Rename(f+"/"+points, f+"/"+captures))
			must(t, os.WriteFile(f+"/"+points, nil, 0o644))
		}, true, "Parquet"},
		"another value, forged": {func(f string) { edit(t, f+"/"+texts, `"superseded"`, `"Superseded"`) }, true, "the content of run " + id},
		"an absurd shape":       {func(f string) { edit(t, f+"/captures/"+id+".jsonl", `"layers":2`, `"layers":2000000000`) }, true, "a shape of"},
		"another summary":       {func(f string) { edit(t, f+"/runs.json", `"nan":`, `"nan":1`) }, true, "is summarised as"},
		"absurd batches":        {func(f string) { edit(t, f+"/runs.json", `"last_sequence":201`, `"last_sequence":20`) }, true, "which the run's record does not name"},
		"a hostile id":          {func(f string) { edit(t, f+"/runs.json", `"id":"`+id, `"id":"../`+id) }, true, "cannot be the id of a run"},
		"a hostile artifact":    {func(f string) { edit(t, f+"/runs.json", `"samples/a.txt"`, `"../../a.txt"`) }, true, "clean relative path"},
		"no digest":             {func(f string) { edit(t, f+"/runs.json", `"sha256":"`, `"sha256":"x`) }, true, "the digest"},
		"runs cut":              {func(f string) { must(t, os.Truncate(f+"/runs.json", 2000)) }, true, "runs.json"},
		"a seed twice": {func(f string) {
			edit(t, f+"/experiments.json", `"seed":2`, `"seed":1`)
			edit(t, f+"/experiments.json", `"variant":"one-head"`, `"variant":"baseline"`)
		}, true, "twice"},
	} {
		damaged := copied(t, folder)
		c.change(damaged)
		if c.forged {
			forge(t, damaged)
		}
		_, err := bring(t, damaged, to)
		if !contains(err, c.want) || !errors.Is(err, tracker.ErrInvalid) && !errors.Is(err, tracker.ErrNotFound) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if left, err := to.RunOrder(t.Context(), nil); len(left) > 0 || err != nil {
		t.Errorf("%v came, %v", left, err)
	}
	if entries, err := os.ReadDir(filepath.Join(to.Dir(), "runs")); len(entries) > 0 || err != nil {
		t.Errorf("%v came, %v", entries, err)
	}
}

// TestLinksAreNotFollowed makes a file of the archive a link out of it.
func TestLinksAreNotFollowed(t *testing.T) {
	from := openStore(t)
	everything(t, from)
	folder, m := export(t, from, archive.Options{})
	path := filepath.Join(folder, m.Files[0].Path)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	must(t, os.Rename(path, elsewhere))
	must(t, os.Symlink(elsewhere, path))
	if _, err := archive.Open(t.Context(), folder, nil); !contains(err, "escapes") {
		t.Errorf("got %v", err)
	}
}

// TestAnInterruptedImportIsGoneOnWith stops an import at each of its runs, and again where it goes on.
func TestAnInterruptedImportIsGoneOnWith(t *testing.T) {
	from, to := openStore(t), openStore(t)
	everything(t, from)
	folder, _ := export(t, from, archive.Options{Checkpoints: true})
	a, err := archive.Open(t.Context(), folder, nil)
	must(t, err)
	defer a.Close()
	came := 0
	for stop := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		report, err := a.Import(ctx, to, func(_ string, done, _ int) {
			if done == stop {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || report.RunsPresent != came {
			t.Errorf("stopped at run %d: %+v, %v", stop, report, err)
		}
		came += report.Runs
		if found, err := to.RunOrder(t.Context(), nil); len(found) != came || came != stop || err != nil {
			t.Errorf("stopped at run %d: %d are there, %v", stop, len(found), err)
		}
		report2, err := to.Check(t.Context(), nil)
		if err != nil || len(report2.Findings) > 0 {
			t.Errorf("stopped at run %d: %+v, %v", stop, report2.Findings, err)
		}
		cancel()
	}
	_, err = a.Import(t.Context(), to, nil)
	must(t, err)
	if diff := cmp.Diff(read(t, from), read(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestAStoppedExportLeavesNothing(t *testing.T) {
	s := openStore(t)
	everything(t, s)
	folder := filepath.Join(t.TempDir(), "archive")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := archive.Export(ctx, s, folder, archive.Options{Progress: func(_ string, done, _ int) {
		if done == 1 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(folder)); len(entries) > 0 || err != nil {
		t.Errorf("%v is left, %v", entries, err)
	}
}
