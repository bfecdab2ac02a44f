package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"inkstone/tracker"
)

// Report is what an import has done.
type Report struct {
	// Runs and Experiments came; those that are Present were there already, the same.
	Runs               int `json:"runs"`
	RunsPresent        int `json:"runs_present"`
	Experiments        int `json:"experiments"`
	ExperimentsPresent int `json:"experiments_present"`
	// Missing are artifacts of runs that are neither in the archive nor in the store: that they were used is not noted.
	Missing []tracker.ArtifactUse `json:"missing,omitempty"`
}

// Import brings everything in the archive into a store, run after run; others may read and write the store meanwhile. What is
// there already, the same, is left out; where the store has anything else of the same name, nothing is changed, and the error is
// ErrConflict and names it. After a failure, what has come is whole, and the next import goes on. progress, if not nil, is told of
// each run.
func (a *Archive) Import(ctx context.Context, store *tracker.Store, progress func(run string, done, total int)) (Report, error) {
	im := &importing{archive: a, present: map[string]bool{}}
	err := im.all(ctx, store, progress)
	if err != nil {
		return im.report, fmt.Errorf("import into %q: %w", store.Dir(), stopped(ctx, err))
	}
	return im.report, nil
}

type importing struct {
	archive *Archive
	to      *tracker.Importer
	present map[string]bool // ids of runs, names of experiments behind a slash
	report  Report
}

func (im *importing) all(ctx context.Context, store *tracker.Store, progress func(run string, done, total int)) (err error) {
	if im.to, err = store.NewImporter(); err != nil {
		return err
	}
	defer im.to.Close()
	if err := im.compare(ctx); err != nil {
		return err
	}
	if err := im.runs(ctx, progress); err != nil {
		return err
	}
	if err := im.plans(ctx); err != nil {
		return err
	}
	return im.uses(ctx)
}

// mostConflicts is how many of them a message names.
const mostConflicts = 5

// compare finds out what is there already, and refuses what is there and another.
func (im *importing) compare(ctx context.Context) error {
	var conflicts []error
	note := func(name string, present bool, err error) error {
		im.present[name] = present
		if errors.Is(err, tracker.ErrConflict) {
			conflicts = append(conflicts, err)
			return nil
		}
		return err
	}
	err := im.archive.eachRun(func(e entry) error {
		present, err := im.to.HasRun(ctx, e.ID, e.Content)
		return note(e.ID, present, err)
	})
	for _, p := range im.archive.plans {
		if err == nil {
			var present bool
			present, err = im.to.HasPlan(ctx, p)
			err = note("/"+p.Name, present, err)
		}
	}
	if err == nil && len(conflicts) > 0 {
		err = fmt.Errorf("%d of its runs and experiments cannot come, nothing was changed; import into another store, with --store: %w",
			len(conflicts), errors.Join(conflicts[:min(len(conflicts), mostConflicts)]...))
	}
	return err
}

func (im *importing) runs(ctx context.Context, progress func(run string, done, total int)) error {
	done := 0
	return im.archive.eachRun(func(e entry) error {
		if progress != nil {
			progress(e.ID, done, im.archive.Manifest.Runs)
		}
		done++
		if im.present[e.ID] {
			im.report.RunsPresent++
			return nil
		}
		c := content{im.archive, e.ID}
		if err := im.to.Run(ctx, e.RunRecord, e.Content, c, c); err != nil {
			return err
		}
		im.report.Runs++
		return nil
	})
}

func (im *importing) plans(ctx context.Context) error {
	for _, p := range im.archive.plans {
		if im.present["/"+p.Name] {
			im.report.ExperimentsPresent++
			continue
		}
		if err := im.to.Plan(ctx, p); err != nil {
			return err
		}
		im.report.Experiments++
	}
	return nil
}

// uses notes which artifacts runs have read, now that all are there.
func (im *importing) uses(ctx context.Context) error {
	return im.archive.eachRun(func(e entry) error {
		if len(e.Uses) == 0 {
			return nil
		}
		missing, err := im.to.Uses(ctx, e.ID, e.Uses)
		im.report.Missing = append(im.report.Missing, missing...)
		return err
	})
}

// Folder implements tracker.Files: it writes the run's files to its folder in the store.
func (c content) Folder(ctx context.Context, to string) error {
	prefix := filesPath(c.run) + "/"
	for _, f := range c.archive.Manifest.Files {
		below, ok := strings.CutPrefix(f.Path, prefix)
		if !ok {
			continue
		}
		if err := c.file(ctx, f, filepath.Join(to, filepath.FromSlash(below))); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return nil
}

func (c content) file(ctx context.Context, f File, to string) error {
	from, err := c.archive.open(f.Path)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(copyAll(ctx, out, from), out.Sync(), out.Close(), syncFolder(filepath.Dir(to)))
}
