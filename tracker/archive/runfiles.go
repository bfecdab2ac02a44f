package archive

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"inkstone/tracker"
)

// runFiles is a receiver that writes the content of a run to the files of an archive, each of them when the first thing comes
// that belongs there.
type runFiles struct {
	folder *folder
	run    string
	counts Counts

	points      *table[pointRow]
	heads       *table[headRow]
	captures    *jsonFile
	texts       *jsonFile
	lastCapture *tracker.CaptureRecord
}

// jsonFile is a file of lines.
type jsonFile struct {
	file *os.File
	*json.Encoder
}

func (w *runFiles) lines(path string) (*jsonFile, error) {
	file, err := w.folder.create(path)
	if err != nil {
		return nil, err
	}
	return &jsonFile{file, newEncoder(file)}, nil
}

// Points implements tracker.Receiver.
func (w *runFiles) Points(_ context.Context, s tracker.Stretch) error {
	if w.points == nil {
		file, err := w.folder.create(pointsPath(w.run))
		if err != nil {
			return err
		}
		w.points = newTable[pointRow](file, "value")
	}
	w.counts.Points += int64(len(s.Steps))
	return addPoints(w.points, s)
}

// Head implements tracker.Receiver.
func (w *runFiles) Head(_ context.Context, c *tracker.CaptureRecord, h tracker.HeadRecord) (err error) {
	if w.heads == nil {
		file, err := w.folder.create(capturesPath(w.run))
		if err != nil {
			return err
		}
		w.heads = newTable[headRow](file, "data", "scales", "thumbnail")
		if w.captures, err = w.lines(captureInfoPath(w.run)); err != nil {
			return err
		}
	}
	if w.lastCapture != c {
		w.lastCapture = c
		w.counts.Captures++
		if err := w.captures.Encode(c); err != nil {
			return err
		}
	}
	return w.heads.add(newHeadRow(c, h), len(h.Data)+len(h.Thumbnail))
}

// Text implements tracker.Receiver.
func (w *runFiles) Text(_ context.Context, t tracker.TextRecord) (err error) {
	if w.texts == nil {
		if w.texts, err = w.lines(textsPath(w.run)); err != nil {
			return err
		}
	}
	w.counts.Texts++
	return w.texts.Encode(t)
}

// end finishes the files and notes them.
func (w *runFiles) end(ctx context.Context) error {
	if w.points != nil {
		if err := w.points.end(); err != nil {
			return err
		}
	}
	if w.heads != nil {
		if err := w.heads.end(); err != nil {
			return err
		}
	}
	for path, file := range w.open() {
		if _, err := w.folder.seal(ctx, path, file); err != nil {
			return err
		}
	}
	return nil
}

// abandon removes the files.
func (w *runFiles) abandon() error {
	var errs []error
	for path, file := range w.open() {
		errs = append(errs, file.Close(), os.Remove(w.folder.at(path)))
	}
	return errors.Join(errs...)
}

// open are the files that were begun.
func (w *runFiles) open() map[string]*os.File {
	files := map[string]*os.File{}
	if w.points != nil {
		files[pointsPath(w.run)] = w.points.file
	}
	if w.heads != nil {
		files[capturesPath(w.run)] = w.heads.file
	}
	if w.captures != nil {
		files[captureInfoPath(w.run)] = w.captures.file
	}
	if w.texts != nil {
		files[textsPath(w.run)] = w.texts.file
	}
	return files
}
