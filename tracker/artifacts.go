package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// Artifact is a file of a run, kept by its content.
type Artifact struct {
	ID  int64  `json:"id"`
	Run string `json:"run"`
	// Name is a path below the run: "samples/step-100.png". Version counts the contents that had this name, from 1.
	Name    string `json:"name"`
	Version int    `json:"version"`
	// Digest is the content's SHA-256 in hex.
	Digest string `json:"digest"`
	Size   int64  `json:"size"` // bytes
	// Media is the media type, "image/png"; "" where nobody said.
	Media   string    `json:"media,omitempty"`
	Created time.Time `json:"created"`
}

// PutArtifact streams a file into the store. It is there, whole and on disk, when PutArtifact has returned, and invisible
// before. The same content under the same name is the same version.
func (s *Store) PutArtifact(ctx context.Context, run, name, media string, content io.Reader) (Artifact, error) {
	a, err := s.putArtifact(ctx, Artifact{Run: run, Name: name, Media: media}, content)
	if err != nil {
		return a, fmt.Errorf("store artifact %q of run %s: %w", name, run, err)
	}
	return a, nil
}

func (s *Store) putArtifact(ctx context.Context, a Artifact, content io.Reader) (Artifact, error) {
	if err := checkArtifactName(a.Name); err != nil {
		return a, err
	}
	if s.write == nil {
		return a, errReadOnly
	}
	p, err := s.receive(ctx, content)
	if err != nil {
		return a, err
	}
	defer p.close()
	a.Digest, a.Size = p.digest, p.size
	release, err := s.lockBlobs(ctx)
	if err != nil {
		return a, err
	}
	defer release()
	if err := s.place(p); err != nil {
		return a, err
	}
	return a, s.transact(ctx, func(tx *sql.Tx) error { return a.insert(ctx, tx, s.clock()) })
}

// insert adds the artifact's row, unless its newest version is the same.
func (a *Artifact) insert(ctx context.Context, tx *sql.Tx, now time.Time) error {
	experiment, err := runExperiment(ctx, tx, a.Run)
	if err != nil {
		return err
	}
	var newest Artifact
	var created int64
	err = tx.QueryRowContext(ctx, "SELECT id, version, digest, media, created FROM artifacts WHERE run = ? AND name = ? ORDER BY version DESC LIMIT 1", a.Run, a.Name).
		Scan(&newest.ID, &newest.Version, &newest.Digest, &newest.Media, &created)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if newest.Digest == a.Digest && newest.Media == a.Media {
		a.ID, a.Version, a.Created = newest.ID, newest.Version, fromMicros(created)
		return nil
	}
	a.Version, a.Created = newest.Version+1, fromMicros(micros(now))
	row, err := tx.ExecContext(ctx, "INSERT INTO artifacts (run, name, version, digest, size, media, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		a.Run, a.Name, a.Version, a.Digest, a.Size, a.Media, micros(a.Created))
	if err != nil {
		return err
	}
	if a.ID, err = row.LastInsertId(); err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{Kind: "artifact", Experiment: experiment, Run: a.Run})
}

// checkArtifactName refuses what is no clean path below the run.
func checkArtifactName(name string) error {
	if name == "" || len(name) > maxName || path.Clean(name) != name || path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") ||
		!utf8.ValidString(name) || strings.ContainsAny(name, "\x00\\") {
		return fmt.Errorf("%w: the name must be a clean relative path such as \"samples/step-100.png\", of at most %d bytes", ErrInvalid, maxName)
	}
	return nil
}

const artifactColumns = "SELECT a.id, a.run, a.name, a.version, a.digest, a.size, a.media, a.created FROM artifacts a "

// Artifacts lists a run's artifacts by name, the newest version of each first.
func (s *Store) Artifacts(ctx context.Context, run string) ([]Artifact, error) {
	list, err := collect(ctx, s.read, scanArtifact, artifactColumns+"WHERE a.run = ? ORDER BY a.name, a.version DESC", run)
	if err != nil {
		return nil, fmt.Errorf("list the artifacts of run %s: %w", run, err)
	}
	return list, nil
}

func scanArtifact(rows *sql.Rows) (a Artifact, err error) {
	var created int64
	err = rows.Scan(&a.ID, &a.Run, &a.Name, &a.Version, &a.Digest, &a.Size, &a.Media, &created)
	a.Created = fromMicros(created)
	return a, err
}

// Artifact finds an artifact of a run; version 0 means the newest.
func (s *Store) Artifact(ctx context.Context, run, name string, version int) (Artifact, error) {
	found, err := collect(ctx, s.read, scanArtifact, artifactColumns+"WHERE a.run = ?1 AND a.name = ?2 AND (a.version = ?3 OR ?3 = 0) ORDER BY a.version DESC LIMIT 1",
		run, name, version)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: it has no such artifact", ErrNotFound)
	}
	if err != nil {
		return Artifact{}, fmt.Errorf("find artifact %q of run %s: %w", name, run, err)
	}
	return found[0], nil
}

// OpenArtifact opens an artifact's content, at any place of which one may read. Close it.
func (s *Store) OpenArtifact(a Artifact) (*os.File, error) {
	f, err := s.openBlob(a.Digest)
	if err != nil {
		return nil, fmt.Errorf("open artifact %q of run %s: %w", a.Name, a.Run, err)
	}
	return f, nil
}

// UseArtifact notes that a run read an artifact of another, or of its own.
func (s *Store) UseArtifact(ctx context.Context, run string, artifact int64) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		experiment, err := runExperiment(ctx, tx, run)
		if err != nil {
			return err
		}
		row, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO artifact_uses (run, artifact) SELECT ?, id FROM artifacts WHERE id = ?", run, artifact)
		if err != nil {
			return err
		}
		if n, err := row.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: there is no artifact %d", ErrNotFound, artifact))
		}
		return addEvent(ctx, tx, Event{Kind: "artifact", Experiment: experiment, Run: run})
	})
	if err != nil {
		return fmt.Errorf("note that run %s uses artifact %d: %w", run, artifact, err)
	}
	return nil
}

// ArtifactsUsed lists the artifacts that a run read.
func (s *Store) ArtifactsUsed(ctx context.Context, run string) ([]Artifact, error) {
	list, err := collect(ctx, s.read, scanArtifact, artifactColumns+"JOIN artifact_uses u ON u.artifact = a.id WHERE u.run = ? ORDER BY a.run, a.name, a.version", run)
	if err != nil {
		return nil, fmt.Errorf("list what run %s uses: %w", run, err)
	}
	return list, nil
}

// ArtifactUsers lists the runs that read an artifact.
func (s *Store) ArtifactUsers(ctx context.Context, artifact int64) ([]string, error) {
	ids, err := collect(ctx, s.read, scanText, "SELECT run FROM artifact_uses WHERE artifact = ? ORDER BY run", artifact)
	if err != nil {
		return nil, fmt.Errorf("list who uses artifact %d: %w", artifact, err)
	}
	return ids, nil
}
