package archive

import (
	"context"
	"fmt"
	"io"
	"os"

	"inkstone/tracker"
)

// Archive is an archive that was read and found to be sound.
type Archive struct {
	Manifest Manifest

	root  *os.Root
	files map[string]File
	plans []tracker.PlanRecord
}

// Open reads an archive, every byte of it, and holds it against its manifest and its digests; what does not fit is ErrInvalid.
// progress, if not nil, is told of each file. Close it.
func Open(ctx context.Context, folder string, progress func(path string, done, total int)) (*Archive, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open archive %q: %w: %w", folder, tracker.ErrNotFound, err)
	}
	a := &Archive{root: root}
	if err := a.check(ctx, progress); err != nil {
		root.Close()
		return nil, fmt.Errorf("open archive %q: %w", folder, stopped(ctx, err))
	}
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error { return a.root.Close() }

func (a *Archive) check(ctx context.Context, progress func(path string, done, total int)) (err error) {
	if a.Manifest, a.files, err = readManifest(a.root); err != nil {
		return err
	}
	for i, f := range a.Manifest.Files {
		if progress != nil {
			progress(f.Path, i, len(a.Manifest.Files))
		}
		if err := f.verify(ctx, a.root); err != nil {
			return err
		}
	}
	counts := Counts{}
	if err := a.checkRuns(ctx, &counts); err != nil {
		return err
	}
	if err := a.readPlans(); err != nil {
		return err
	}
	if counts.Experiments = len(a.plans); counts != a.Manifest.Counts {
		return fmt.Errorf("%w: there is %+v, and its manifest says %+v", tracker.ErrInvalid, counts, a.Manifest.Counts)
	}
	return nil
}

// checkRuns reads the content of every run.
func (a *Archive) checkRuns(ctx context.Context, counts *Counts) error {
	artifacts := map[string]bool{}
	err := a.eachRun(func(e entry) error {
		counts.Runs++
		counter := &counter{counts: counts}
		digest, err := tracker.Transfer(ctx, e.RunRecord, content{a, e.ID}, counter)
		if err != nil {
			return err
		}
		if digest != e.Content {
			return fmt.Errorf("%w: the content of run %s has the digest %.12s…, and not %.12s…", tracker.ErrInvalid, e.ID, digest, e.Content)
		}
		for _, x := range e.Artifacts {
			artifacts[x.Digest] = true
			if f, ok := a.files[artifactPath(x.Digest)]; !ok || f.Size != x.Size || f.SHA256 != x.Digest {
				return fmt.Errorf("%w: the content of artifact %q of run %s is missing, or another", tracker.ErrInvalid, x.Name, e.ID)
			}
		}
		return nil
	})
	counts.Artifacts = len(artifacts)
	return err
}

// counter is a receiver that counts.
type counter struct {
	counts *Counts
	last   *tracker.CaptureRecord
}

// Points implements tracker.Receiver.
func (c *counter) Points(_ context.Context, s tracker.Stretch) error {
	c.counts.Points += int64(len(s.Steps))
	return nil
}

// Head implements tracker.Receiver.
func (c *counter) Head(_ context.Context, x *tracker.CaptureRecord, _ tracker.HeadRecord) error {
	if c.last != x {
		c.last = x
		c.counts.Captures++
	}
	return nil
}

// Text implements tracker.Receiver.
func (c *counter) Text(context.Context, tracker.TextRecord) error {
	c.counts.Texts++
	return nil
}

// eachRun visits the runs in the order of their creation.
func (a *Archive) eachRun(visit func(e entry) error) error {
	file, err := a.open(runsName)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := readRuns(file, visit); err != nil {
		return fmt.Errorf("%s: %w", runsName, err)
	}
	return nil
}

func (a *Archive) readPlans() error {
	if !a.Manifest.Whole {
		return nil
	}
	file, err := a.open(experimentsName)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := strictly(file, &a.plans); err != nil {
		return fmt.Errorf("%s: %w", experimentsName, err)
	}
	seen := map[string]bool{}
	for _, p := range a.plans {
		if err := p.Validate(); err != nil {
			return fmt.Errorf("%s: %w", experimentsName, err)
		}
		if seen[p.Name] {
			return fmt.Errorf("%s: %w: experiment %.80q stands there twice", experimentsName, tracker.ErrInvalid, p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

// open opens a file of the manifest.
func (a *Archive) open(path string) (*os.File, error) {
	if _, ok := a.files[path]; !ok {
		return nil, fmt.Errorf("%w: %s is missing", tracker.ErrInvalid, path)
	}
	return a.root.Open(path)
}

// content is that of a run that lies in an archive.
type content struct {
	archive *Archive
	run     string
}

// Send implements tracker.Content.
func (c content) Send(ctx context.Context, to tracker.Receiver) error {
	if err := c.points(ctx, to); err != nil {
		return fmt.Errorf("%s: %w", pointsPath(c.run), err)
	}
	if err := c.captures(ctx, to); err != nil {
		return fmt.Errorf("%s: %w", capturesPath(c.run), err)
	}
	err := c.read(textsPath(c.run), func(file *os.File, _ int64) error {
		return readTexts(file, func(t tracker.TextRecord) error { return to.Text(ctx, t) })
	})
	if err != nil {
		return fmt.Errorf("%s: %w", textsPath(c.run), err)
	}
	return nil
}

func (c content) points(ctx context.Context, to tracker.Receiver) error {
	return c.read(pointsPath(c.run), func(file *os.File, size int64) error {
		return readPoints(ctx, file, size, func(s tracker.Stretch) error { return to.Points(ctx, s) })
	})
}

func (c content) captures(ctx context.Context, to tracker.Receiver) error {
	return c.read(capturesPath(c.run), func(file *os.File, size int64) error {
		lines, err := c.archive.open(captureInfoPath(c.run))
		if err != nil {
			return err
		}
		defer lines.Close()
		return readCaptures(ctx, file, size, lines, func(x *tracker.CaptureRecord, h tracker.HeadRecord) error { return to.Head(ctx, x, h) })
	})
}

// read opens a file if there is one.
func (c content) read(path string, use func(file *os.File, size int64) error) error {
	f, ok := c.archive.files[path]
	if !ok {
		return nil
	}
	file, err := c.archive.open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return use(file, f.Size)
}

// Artifact implements tracker.Files.
func (c content) Artifact(digest string) (io.ReadCloser, error) {
	return c.archive.open(artifactPath(digest))
}
