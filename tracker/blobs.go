package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A blob is a file named by its SHA-256: blobs/ab/cdef…. It is written under a temporary name, brought to disk, and renamed,
// so that whatever stands under a digest is whole. Equal contents are one blob.

// partialBlob begins the names of blobs that are being written. Their writer holds a lock on them: what is not locked was left
// behind by a process that died.
const partialBlob = ".partial-"

func (s *Store) blobDir() string { return filepath.Join(s.dir, "blobs") }

func (s *Store) blobPath(digest string) string {
	return filepath.Join(s.blobDir(), digest[:2], digest[2:])
}

// validDigest tells whether a text can be the name of a blob.
func validDigest(digest string) bool {
	return len(digest) == 2*sha256.Size && strings.Trim(digest, "0123456789abcdef") == ""
}

// partial is a blob on its way.
type partial struct {
	file   *os.File
	digest string
	size   int64
}

// receive streams a content to disk under a temporary name. Close it.
func (s *Store) receive(ctx context.Context, from io.Reader) (*partial, error) {
	if err := makeFolder(s.blobDir()); err != nil {
		return nil, err
	}
	f, err := createLocked(s.blobDir(), partialBlob)
	if err != nil {
		return nil, explain(err)
	}
	p := &partial{file: f}
	sum := sha256.New()
	if p.size, err = io.Copy(io.MultiWriter(f, sum), contextReader{ctx, from}); err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err != nil {
		return nil, errors.Join(explain(err), p.close())
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}

// createLocked creates a file and locks it. A collection that comes between the two takes the file for one that a dead process
// left, and removes it: then another is made.
func createLocked(folder, prefix string) (*os.File, error) {
	for {
		f, err := os.CreateTemp(folder, prefix)
		if err != nil {
			return nil, err
		}
		ok, err := tryLock(f)
		if err == nil && ok {
			if _, err = os.Stat(f.Name()); err == nil {
				return f, nil
			}
		}
		if f.Close(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// close removes what was not put in place.
func (p *partial) close() error {
	err := os.Remove(p.file.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, p.file.Close())
}

// place gives a blob its name, and brings that to disk. The caller holds the blobs' lock until the blob is referred to.
func (s *Store) place(p *partial) error {
	path := s.blobPath(p.digest)
	if _, err := os.Stat(path); err == nil {
		return nil // somebody has brought the same content
	}
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return explain(err)
	}
	if err := os.Rename(p.file.Name(), path); err != nil {
		return explain(err)
	}
	return errors.Join(syncFile(folder), syncFile(s.blobDir()))
}

// openBlob opens a blob for reading at any place.
func (s *Store) openBlob(digest string) (*os.File, error) {
	if !validDigest(digest) {
		return nil, fmt.Errorf("%w: %.80q is no digest", ErrInvalid, digest)
	}
	f, err := os.Open(s.blobPath(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: blob %.12s is missing", ErrNotFound, digest)
	}
	return f, err
}

// verifyBlob reads a blob and holds it against its name.
func (s *Store) verifyBlob(ctx context.Context, digest string, size int64) error {
	f, err := s.openBlob(digest)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, contextReader{ctx, f})
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != digest || n != size {
		return fmt.Errorf("%w: its %d bytes have the digest %.12s…, kept as %d bytes with %.12s…", ErrInvalid, n, got, size, digest)
	}
	return nil
}

// contextReader ends with its context.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.from.Read(p)
}
