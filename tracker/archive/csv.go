package archive

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"inkstone/tracker"
)

// CSV writes series to a folder that is not there yet: for each of some runs, given by their whole ids, a folder with a file for
// each of its series (step, time, value: every point that counts), and metrics.csv, which says which series a file is. Without
// ids, all runs that are not deleted are written. It returns how much was written.
func CSV(ctx context.Context, store *tracker.Store, name string, o Options) (Counts, error) {
	counts, err := writeCSV(ctx, store, name, o)
	if err != nil {
		return counts, fmt.Errorf("export to %q: %w", name, stopped(ctx, err))
	}
	return counts, nil
}

func writeCSV(ctx context.Context, store *tracker.Store, name string, o Options) (counts Counts, err error) {
	release, err := store.HoldCollection()
	if err != nil {
		return counts, err
	}
	defer release()
	ids, err := store.RunOrder(ctx, o.Runs)
	if err != nil {
		return counts, err
	}
	f, err := newFolder(name)
	if err != nil {
		return counts, err
	}
	defer f.discard()
	for i, id := range ids {
		if o.Progress != nil {
			o.Progress(id, i, len(ids))
		}
		if err := runCSV(ctx, store, f, id, len(o.Runs) == 0, &counts); err != nil {
			return counts, fmt.Errorf("run %s: %w", id, err)
		}
	}
	return counts, f.publish()
}

// runCSV writes the series of a run; once more where a resume came between.
func runCSV(ctx context.Context, store *tracker.Store, f *folder, id string, skipDeleted bool, counts *Counts) error {
	for try := 1; ; try++ {
		r, err := store.RunRecord(ctx, id)
		if err != nil || skipDeleted && !r.Deleted.IsZero() {
			return err
		}
		w := &csvFiles{folder: f, run: id}
		err = store.SendPoints(ctx, r, w.points)
		if err = errors.Join(err, w.endSeries(ctx)); err == nil {
			counts.Runs, counts.Points = counts.Runs+1, counts.Points+w.total
			return w.index(ctx)
		}
		if try == exportTries || !errors.Is(err, tracker.ErrConflict) {
			return err
		}
	}
}

// csvFiles writes the files of a run, one after the other.
type csvFiles struct {
	folder *folder
	run    string
	total  int64
	names  map[string]bool // of files, in small letters
	list   [][]string      // of metrics.csv

	metric, context, path string
	file                  *os.File // nil between series
	to                    *bufio.Writer
	count                 int64
}

func (w *csvFiles) points(ctx context.Context, s tracker.Stretch) error {
	if s.Superseded {
		return nil
	}
	if w.file == nil || s.Metric != w.metric || s.Context != w.context {
		if err := errors.Join(w.endSeries(ctx), w.beginSeries(s.Metric, s.Context)); err != nil {
			return err
		}
	}
	var line []byte
	for i, step := range s.Steps {
		line = strconv.AppendInt(line[:0], step, 10)
		line = time.UnixMicro(s.Times[i]).UTC().AppendFormat(append(line, ','), "2006-01-02T15:04:05.000000Z")
		line = append(appendValue(append(line, ','), s.Values[i]), '\n')
		if _, err := w.to.Write(line); err != nil {
			return err
		}
	}
	w.count += int64(len(s.Steps))
	return nil
}

// appendValue writes the shortest text that reads back as the same number.
func appendValue(out []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(out, "Infinity"...)
	case math.IsInf(v, -1):
		return append(out, "-Infinity"...)
	}
	return strconv.AppendFloat(out, v, 'g', -1, 64)
}

func (w *csvFiles) beginSeries(metric, context string) (err error) {
	w.metric, w.context, w.count = metric, context, 0
	name := w.fileName(metric, context)
	w.path = w.run + "/" + name
	if w.file, err = w.folder.create(w.path); err != nil {
		return err
	}
	w.to = bufio.NewWriterSize(w.file, 1<<16)
	_, err = w.to.WriteString("step,time,value\n")
	return err
}

func (w *csvFiles) endSeries(ctx context.Context) error {
	if w.file == nil {
		return nil
	}
	err := w.to.Flush()
	_, sealErr := w.folder.seal(ctx, w.path, w.file)
	w.file = nil
	w.total += w.count
	w.list = append(w.list, []string{strings.TrimPrefix(w.path, w.run+"/"), w.metric, w.context, strconv.FormatInt(w.count, 10)})
	return errors.Join(err, sealErr)
}

// longestName is how much of a series' name its file has.
const longestName = 100

// fileName makes a file's name of a series' name: "val_loss.csv", "loss@rank-0.csv". Where two would have the same, whatever the
// size of their letters, the later gets a number.
func (w *csvFiles) fileName(metric, context string) string {
	if context != "" {
		metric += "@" + context
	}
	name := strings.Map(func(r rune) rune {
		if r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '-' || r == '@' {
			return r
		}
		return '_'
	}, metric[:min(len(metric), longestName)])
	if w.names == nil {
		w.names = map[string]bool{"metrics": true}
	}
	unique := name
	for i := 2; w.names[strings.ToLower(unique)]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	w.names[strings.ToLower(unique)] = true
	return unique + ".csv"
}

// index writes metrics.csv.
func (w *csvFiles) index(ctx context.Context) error {
	path := w.run + "/metrics.csv"
	file, err := w.folder.create(path)
	if err != nil {
		return err
	}
	to := csv.NewWriter(file)
	if err := to.WriteAll(append([][]string{{"file", "metric", "context", "points"}}, w.list...)); err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = w.folder.seal(ctx, path, file)
	return err
}
