package archive_test

import (
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

// export writes a store to a new folder.
func export(t testing.TB, s *tracker.Store, o archive.Options) (folder string, m archive.Manifest) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "archive")
	m, err := archive.Export(t.Context(), s, folder, o)
	must(t, err)
	return folder, m
}

// bring imports a folder.
func bring(t testing.TB, folder string, s *tracker.Store) (archive.Report, error) {
	t.Helper()
	a, err := archive.Open(t.Context(), folder, nil)
	if err != nil {
		return archive.Report{}, err
	}
	defer a.Close()
	return a.Import(t.Context(), s, nil)
}

func TestNothingIsLost(t *testing.T) {
	from, to := openStore(t), openStore(t)
	everything(t, from)
	folder, m := export(t, from, archive.Options{Checkpoints: true})
	report, err := bring(t, folder, to)
	must(t, err)
	if diff := cmp.Diff(archive.Report{Runs: 5, Experiments: 1}, report); diff != "" {
		t.Error(diff)
	}
	want, got := read(t, from), read(t, to)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-exported +imported)\n%s", diff)
	}
	if want["findings"] != "[]" {
		t.Errorf("findings: %s", want["findings"])
	}
	_, again := export(t, to, archive.Options{Checkpoints: true})
	again.Exported = m.Exported
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("the manifest (-first +second)\n%s", diff)
	}
	if m.Points < 40_000 || m.Captures != 10 || m.Texts != 3 || m.Artifacts != 4 {
		t.Errorf("the store has too little to tell anything: %+v", m.Counts)
	}
}

func TestImportLeavesOutWhatIsThere(t *testing.T) {
	from, to := openStore(t), openStore(t)
	everything(t, from)
	folder, _ := export(t, from, archive.Options{})
	_, err := bring(t, folder, to)
	must(t, err)
	before := read(t, to)
	report, err := bring(t, folder, to)
	must(t, err)
	if diff := cmp.Diff(archive.Report{RunsPresent: 5, ExperimentsPresent: 1}, report); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, read(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestImportOverwritesNothing(t *testing.T) {
	from, to := openStore(t), openStore(t)
	everything(t, from)
	runs, err := from.Runs(t.Context(), tracker.RunFilter{})
	must(t, err)
	some, _ := export(t, from, archive.Options{Runs: []string{runs[0].ID}})
	whole, _ := export(t, from, archive.Options{})
	_, err = bring(t, some, to)
	must(t, err)
	must(t, to.Tag(t.Context(), []string{runs[0].ID}, tracker.Retag{Set: map[string]string{"mine": ""}}))
	before := read(t, to)
	_, err = bring(t, whole, to)
	if !errors.Is(err, tracker.ErrConflict) || !contains(err, runs[0].ID, "nothing was changed") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, read(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestSelectedRunsComeWithoutTheRest(t *testing.T) {
	from, to := openStore(t), openStore(t)
	everything(t, from)
	runs, err := from.Runs(t.Context(), tracker.RunFilter{})
	must(t, err)
	full, large := runs[0].ID, runs[1].ID
	folder, m := export(t, from, archive.Options{Runs: []string{large}})
	if m.Whole || m.Runs != 1 || m.Experiments != 0 {
		t.Errorf("%+v", m)
	}
	report, err := bring(t, folder, to)
	must(t, err)
	if len(report.Missing) != 4 || report.Missing[0].Run != full {
		t.Errorf("missing: %+v", report.Missing)
	}
	// The artifacts that it used come later; then that is noted, too.
	second, _ := export(t, from, archive.Options{Runs: []string{full}})
	_, err = bring(t, second, to)
	must(t, err)
	report, err = bring(t, folder, to)
	must(t, err)
	used, err := to.ArtifactsUsed(t.Context(), large)
	if len(report.Missing) > 0 || len(used) != 4 || err != nil {
		t.Errorf("%+v, %+v, %v", report, used, err)
	}
	if _, err := archive.Export(t.Context(), from, filepath.Join(t.TempDir(), "none"), archive.Options{Runs: []string{"nobody"}}); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("an unknown run: %v", err)
	}
}

func TestExportDoesNotOverwriteAndLeavesNothing(t *testing.T) {
	s := openStore(t)
	everything(t, s)
	folder, _ := export(t, s, archive.Options{})
	if _, err := archive.Export(t.Context(), s, folder, archive.Options{}); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("over another: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(folder))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v is left, %v", entries, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "runs.json"))
	must(t, err)
	var list []map[string]any
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 5 || list[0]["spec"].(map[string]any)["seed"] != 1.0 {
		t.Errorf("%v %.200s", err, text)
	}
}

func contains(err error, parts ...string) bool {
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			return false
		}
	}
	return true
}
