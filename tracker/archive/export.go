package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"inkstone/tracker"
)

// Options say what is exported, and how.
type Options struct {
	// Runs are the whole ids of those to export; none means the whole store, with its experiments and with deleted runs.
	Runs []string
	// Checkpoints: also those, which are large.
	Checkpoints bool
	// Program names what exports, with its version.
	Program string
	// Progress, if not nil, is told of each run.
	Progress func(run string, done, total int)
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

func (o Options) now() time.Time {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o.Clock().UTC().Truncate(time.Microsecond)
}

// Export writes runs to a folder that is not there yet, and that appears when it is whole. Others may write to the store
// meanwhile: of a run that goes on, the archive has what was recorded when its turn came. Where something is damaged, or somebody
// collects (ErrConflict), there is no archive.
func Export(ctx context.Context, store *tracker.Store, name string, o Options) (Manifest, error) {
	m, err := export(ctx, store, name, o)
	if err != nil {
		return m, fmt.Errorf("export to %q: %w", name, stopped(ctx, err))
	}
	return m, nil
}

// stopped is why ctx ended, where that is what an error comes from.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func export(ctx context.Context, store *tracker.Store, name string, o Options) (Manifest, error) {
	release, err := store.HoldCollection()
	if err != nil {
		return Manifest{}, err
	}
	defer release()
	ids, err := store.RunOrder(ctx, o.Runs)
	if err != nil {
		return Manifest{}, err
	}
	f, err := newFolder(name)
	if err != nil {
		return Manifest{}, err
	}
	defer f.discard()
	x := &exporter{store: store, folder: f, options: o, artifacts: map[string]bool{}, manifest: Manifest{
		Format: format, Program: o.Program, Exported: o.now(), Whole: len(o.Runs) == 0}}
	if err := x.all(ctx, ids); err != nil {
		return x.manifest, err
	}
	return x.manifest, f.publish()
}

type exporter struct {
	store     *tracker.Store
	folder    *folder
	options   Options
	manifest  Manifest
	artifacts map[string]bool // by digest, that are written
}

func (x *exporter) all(ctx context.Context, ids []string) error {
	err := x.folder.writeArray(ctx, runsName, func(add func(v any) error) error { return x.runs(ctx, ids, add) })
	if err != nil {
		return err
	}
	if x.manifest.Whole {
		if err := x.plans(ctx); err != nil {
			return err
		}
	}
	x.manifest.Runs, x.manifest.Artifacts = len(ids), len(x.artifacts)
	x.manifest.Files = append([]File{}, x.folder.list()...)
	return x.folder.writeManifest(ctx, x.manifest)
}

// runs writes the files of runs, and adds each to the list.
func (x *exporter) runs(ctx context.Context, ids []string, add func(v any) error) error {
	for i, id := range ids {
		if x.options.Progress != nil {
			x.options.Progress(id, i, len(ids))
		}
		e, err := x.run(ctx, id)
		if err == nil {
			err = add(e)
		}
		if err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
	}
	return nil
}

func (x *exporter) plans(ctx context.Context) error {
	plans, err := x.store.PlanRecords(ctx)
	if err != nil {
		return err
	}
	x.manifest.Experiments = len(plans)
	return x.folder.writeArray(ctx, experimentsName, func(add func(v any) error) error {
		for _, p := range plans {
			if err := errors.Join(p.Validate(), add(p)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x *exporter) run(ctx context.Context, id string) (entry, error) {
	e, err := x.content(ctx, id)
	if err != nil {
		return e, err
	}
	for _, a := range e.Artifacts {
		if err := x.artifact(ctx, id, a); err != nil {
			return e, fmt.Errorf("artifact %q: %w", a.Name, err)
		}
	}
	return e, x.files(ctx, id)
}

// exportTries is how often a run is read that is resumed again and again.
const exportTries = 5

// content writes points, captures and texts; once more where a resume came between.
func (x *exporter) content(ctx context.Context, id string) (entry, error) {
	for try := 1; ; try++ {
		r, err := x.store.RunRecord(ctx, id)
		if err != nil {
			return entry{}, err
		}
		w := &runFiles{folder: x.folder, run: id}
		digest, err := tracker.Transfer(ctx, r, x.store.Content(r), w)
		if err == nil {
			x.manifest.Points, x.manifest.Captures, x.manifest.Texts = x.manifest.Points+w.counts.Points, x.manifest.Captures+w.counts.Captures, x.manifest.Texts+w.counts.Texts
			return entry{r, digest}, w.end(ctx)
		}
		if err = errors.Join(err, w.abandon()); try == exportTries || !errors.Is(err, tracker.ErrConflict) {
			return entry{}, err
		}
	}
}

// artifact writes a content, once.
func (x *exporter) artifact(ctx context.Context, run string, a tracker.ArtifactRecord) error {
	if x.artifacts[a.Digest] {
		return nil
	}
	from, err := x.store.OpenArtifact(tracker.Artifact{Run: run, Name: a.Name, Digest: a.Digest})
	if err != nil {
		return err
	}
	defer from.Close()
	sealed, err := x.copy(ctx, artifactPath(a.Digest), from)
	if err == nil && (sealed.SHA256 != a.Digest || sealed.Size != a.Size) {
		err = fmt.Errorf("%w: its content is damaged", tracker.ErrInvalid)
	}
	x.artifacts[a.Digest] = true
	return err
}

func (x *exporter) copy(ctx context.Context, path string, from io.Reader) (File, error) {
	to, err := x.folder.create(path)
	if err != nil {
		return File{}, err
	}
	if err := copyAll(ctx, to, from); err != nil {
		return File{}, errors.Join(err, to.Close())
	}
	return x.folder.seal(ctx, path, to)
}

// copyAll copies until the end, or until ctx ends.
func copyAll(ctx context.Context, to io.Writer, from io.Reader) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := io.CopyN(to, from, 16<<20); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// files copies what lies in the run's folder, checkpoints where they are asked for. What vanishes meanwhile is left out, and
// locks, and what has a hidden name, since it is on its way.
func (x *exporter) files(ctx context.Context, run string) error {
	dir := x.store.RunDir(run)
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case e.IsDir() && name == x.store.CheckpointDir(run) && !x.options.Checkpoints, e.IsDir() && name != dir && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		case !e.Type().IsRegular() || e.Name() == "lock" || strings.HasPrefix(e.Name(), "."):
			return nil
		}
		from, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer from.Close()
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		_, err = x.copy(ctx, path.Join(filesPath(run), filepath.ToSlash(below)), from)
		return err
	})
}
