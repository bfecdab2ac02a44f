package tracker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// blobNames lists the files below the folder of blobs.
func blobNames(t *testing.T, s *Store) (names []string) {
	t.Helper()
	_ = filepath.WalkDir(s.blobDir(), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, filepath.Base(filepath.Dir(path))+e.Name())
		}
		return nil
	})
	return names
}

func TestArtifactsAreKeptByContent(t *testing.T) {
	s := newStore(t, Options{})
	one, two := addRun(t, s, "e", "baseline", 1, "d1").ID, addRun(t, s, "e", "baseline", 2, "d2").ID
	put := func(run, name, content string) Artifact {
		t.Helper()
		a, err := s.PutArtifact(t.Context(), run, name, "text/plain", strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first, again := put(one, "a/b.txt", "content"), put(one, "a/b.txt", "content")
	changed, elsewhere := put(one, "a/b.txt", "changed"), put(two, "c.txt", "content")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same content is the same version: %s", diff)
	}
	if first.Version != 1 || changed.Version != 2 || elsewhere.Digest != first.Digest || len(blobNames(t, s)) != 2 {
		t.Errorf("got %+v, %+v, %+v with blobs %v", first, changed, elsewhere, blobNames(t, s))
	}
	newest, err := s.Artifact(t.Context(), one, "a/b.txt", 0)
	if err != nil || newest.ID != changed.ID {
		t.Errorf("the newest is %+v, %v", newest, err)
	}
	f, err := s.OpenArtifact(first)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	part, err := io.ReadAll(io.NewSectionReader(f, 3, 3))
	if string(part) != "ten" || err != nil {
		t.Errorf("a range: %q, %v", part, err)
	}
}

func TestArtifactsAreNeverHalfThere(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		run     string
		name    string
		content io.Reader
		want    error
	}{
		"a reader that breaks": {t.Context(), run, "x", io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken)), broken},
		"cancelled":            {cancelled, run, "x", strings.NewReader("some"), context.Canceled},
		"a path upwards":       {t.Context(), run, "../x", strings.NewReader("some"), ErrInvalid},
		"an absolute path":     {t.Context(), run, "/x", strings.NewReader("some"), ErrInvalid},
		"no clean path":        {t.Context(), run, "a//x", strings.NewReader("some"), ErrInvalid},
	} {
		if _, err := s.PutArtifact(c.ctx, c.run, c.name, "", c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	list, err := s.Artifacts(t.Context(), run)
	if len(list) != 0 || err != nil || len(blobNames(t, s)) != 0 {
		t.Errorf("left behind: %v, %v, %v", list, blobNames(t, s), err)
	}
	if _, err := s.PutArtifact(t.Context(), "nobody", "x", "", strings.NewReader("orphan")); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown run: got %v", err)
	}
	if c, err := s.Collect(t.Context(), nil); err != nil || c.Blobs != 1 || len(blobNames(t, s)) != 0 {
		t.Errorf("the orphan is collected: %+v, %v, %v", c, blobNames(t, s), err)
	}
}

func TestArtifactsKnowWhoUsesThem(t *testing.T) {
	s := newStore(t, Options{})
	one, two := addRun(t, s, "e", "baseline", 1, "d1").ID, addRun(t, s, "e", "baseline", 2, "d2").ID
	a, err := s.PutArtifact(t.Context(), one, "weights", "", strings.NewReader("w"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.UseArtifact(t.Context(), two, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.UseArtifact(t.Context(), two, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown artifact: %v", err)
	}
	used, err := s.ArtifactsUsed(t.Context(), two)
	users, err2 := s.ArtifactUsers(t.Context(), a.ID)
	if diff := cmp.Diff([]Artifact{a}, used); diff != "" || !cmp.Equal(users, []string{two}) || errors.Join(err, err2) != nil {
		t.Errorf("%s %v %v", diff, users, errors.Join(err, err2))
	}
}

func TestCheckNamesDamagedBlobs(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	for name, content := range map[string]string{"sound": "sound", "flipped": "flipped", "gone": "gone"} {
		a, err := s.PutArtifact(t.Context(), run, name, "", strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		switch name {
		case "flipped":
			data := bytes.Clone([]byte(content))
			data[2] ^= 1
			err = os.WriteFile(s.blobPath(a.Digest), data, 0o644)
		case "gone":
			err = os.Remove(s.blobPath(a.Digest))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	report, err := s.Check(t.Context(), nil)
	if err != nil || report.Blobs != 3 || len(report.Findings) != 2 {
		t.Fatalf("got %+v, %v", report, err)
	}
	for _, f := range report.Findings {
		if !f.Lost || !strings.Contains(f.Where, "artifact flipped") && !strings.Contains(f.Where, "artifact gone") {
			t.Errorf("found %+v", f)
		}
	}
}
