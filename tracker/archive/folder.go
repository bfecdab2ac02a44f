package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inkstone/tracker"
)

// folder is a folder on its way: it lies under another name, beside the one that it gets when all of it is on disk.
type folder struct {
	partial, name string
	files         []File
}

// newFolder begins a folder that is not there yet. Discard it at the end.
func newFolder(name string) (*folder, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(name); err == nil {
		return nil, fmt.Errorf("%w: it is there already; name a new folder", tracker.ErrConflict)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	partial, err := os.MkdirTemp(filepath.Dir(name), "."+filepath.Base(name)+".partial-")
	if err != nil {
		return nil, err
	}
	return &folder{partial: partial, name: name}, nil
}

// discard removes what was not published.
func (f *folder) discard() { _ = os.RemoveAll(f.partial) }

func (f *folder) at(path string) string { return filepath.Join(f.partial, filepath.FromSlash(path)) }

// create makes a file, with the folders above it.
func (f *folder) create(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(f.at(path)), 0o755); err != nil {
		return nil, err
	}
	return os.Create(f.at(path))
}

// seal brings a file that is written to disk, closes it, and notes it for the manifest.
func (f *folder) seal(ctx context.Context, path string, file *os.File) (File, error) {
	sealed := File{Path: path}
	err := file.Sync()
	if err == nil {
		sealed.Size, err = file.Seek(0, 2)
	}
	if err == nil {
		_, err = file.Seek(0, 0)
	}
	if err == nil {
		sealed.SHA256, err = digestOf(ctx, file)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return sealed, fmt.Errorf("write %s: %w", path, err)
	}
	f.files = append(f.files, sealed)
	return sealed, nil
}

// writeManifest writes the manifest, which names what was sealed.
func (f *folder) writeManifest(ctx context.Context, m Manifest) error {
	file, err := f.create(manifestName)
	if err != nil {
		return err
	}
	e := newEncoder(file)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", manifestName, err), file.Close())
	}
	_, err = f.seal(ctx, manifestName, file)
	return err
}

// writeArray writes a file of a JSON array, an element on each line: indented, the JSON inside of them would be another text.
func (f *folder) writeArray(ctx context.Context, path string, elements func(add func(v any) error) error) error {
	file, err := f.create(path)
	if err != nil {
		return err
	}
	before := "["
	err = elements(func(v any) error {
		if _, err := file.WriteString(before); err != nil {
			return err
		}
		before = ","
		return newEncoder(file).Encode(v)
	})
	if err == nil {
		_, err = file.WriteString(strings.TrimPrefix(before, ",") + "]\n")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), file.Close())
	}
	_, err = f.seal(ctx, path, file)
	return err
}

// newEncoder writes lines of JSON in which texts stand as they are.
func newEncoder(to *os.File) *json.Encoder {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e
}

// list is the files by path.
func (f *folder) list() []File {
	slices.SortFunc(f.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return f.files
}

// publish brings the folders to disk and gives the folder its name.
func (f *folder) publish() error {
	err := filepath.WalkDir(f.partial, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return syncFolder(path)
	})
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(f.partial, 0o755), os.Rename(f.partial, f.name)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.name))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
