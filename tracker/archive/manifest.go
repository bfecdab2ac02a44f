package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"inkstone/tracker"
)

// format is the version of what doc.go describes.
const format = 1

// The files that are there once.
const (
	manifestName    = "manifest.json"
	runsName        = "runs.json"
	experimentsName = "experiments.json"
)

// Manifest says what is in an archive.
type Manifest struct {
	Format int `json:"format"`
	// Program is what wrote it, with its version.
	Program  string    `json:"program,omitempty"`
	Exported time.Time `json:"exported"`
	// Whole: all of a store, with its experiments.
	Whole bool `json:"whole"`
	Counts
	Files []File `json:"files"` // by path
}

// Counts is how much is in an archive.
type Counts struct {
	Runs        int   `json:"runs"`
	Experiments int   `json:"experiments"`
	Points      int64 `json:"points"` // superseded ones, too
	Captures    int   `json:"captures"`
	Texts       int   `json:"texts"`
	Artifacts   int   `json:"artifacts"`
}

// File is a file of an archive; its path has slashes.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// paths of what belongs to a run.
func pointsPath(run string) string      { return "points/" + run + ".parquet" }
func capturesPath(run string) string    { return "captures/" + run + ".parquet" }
func captureInfoPath(run string) string { return "captures/" + run + ".jsonl" }
func textsPath(run string) string       { return "texts/" + run + ".jsonl" }
func filesPath(run string) string       { return "files/" + run }
func artifactPath(digest string) string { return "artifacts/" + digest[:2] + "/" + digest[2:] }

// readManifest reads and checks the manifest, and returns the files by path.
func readManifest(root *os.Root) (Manifest, map[string]File, error) {
	var m Manifest
	text, err := root.ReadFile(manifestName)
	if err != nil {
		return m, nil, fmt.Errorf("%w: no archive is there: %w", tracker.ErrNotFound, err)
	}
	files, err := m.parse(text)
	if err != nil {
		return m, nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	return m, files, nil
}

func (m *Manifest) parse(text []byte) (map[string]File, error) {
	var version struct{ Format int }
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
	}
	if version.Format != format {
		return nil, fmt.Errorf("%w: it is of format %d, this program reads format %d; use the version that wrote it", tracker.ErrInvalid, version.Format, format)
	}
	if err := strictly(strings.NewReader(string(text)), m); err != nil {
		return nil, err
	}
	files := make(map[string]File, len(m.Files))
	for _, f := range m.Files {
		_, twice := files[f.Path]
		switch {
		case !fs.ValidPath(f.Path), path.Clean(f.Path) != f.Path, strings.ContainsAny(f.Path, "\\\x00"), f.Path == ".", f.Path == manifestName:
			return nil, fmt.Errorf("%w: %.80q is no path of a file in an archive", tracker.ErrInvalid, f.Path)
		case twice:
			return nil, fmt.Errorf("%w: %.80q is named twice", tracker.ErrInvalid, f.Path)
		case f.Size < 0:
			return nil, fmt.Errorf("%w: %.80q has %d bytes", tracker.ErrInvalid, f.Path, f.Size)
		}
		files[f.Path] = f
	}
	return files, nil
}

// strictly reads one JSON value with no unknown fields and nothing behind it.
func strictly(from io.Reader, to any) error {
	d := json.NewDecoder(from)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something stands behind its end", tracker.ErrInvalid)
	}
	return nil
}

// verify reads a file and holds it against the manifest.
func (f File) verify(ctx context.Context, root *os.Root) error {
	file, err := root.Open(f.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() != f.Size {
		return fmt.Errorf("%w: %s has %d bytes, its manifest says %d", tracker.ErrInvalid, f.Path, info.Size(), f.Size)
	}
	digest, err := digestOf(ctx, file)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	if digest != f.SHA256 {
		return fmt.Errorf("%w: %s has the digest %.12s…, its manifest says %.12s…", tracker.ErrInvalid, f.Path, digest, f.SHA256)
	}
	return nil
}

// digestOf is the SHA-256 of what is left to read, in hex.
func digestOf(ctx context.Context, from io.Reader) (string, error) {
	sum := sha256.New()
	for block := make([]byte, 1<<20); ; {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		n, err := from.Read(block)
		sum.Write(block[:n])
		if err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
