package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// checksumKey is the metadata that holds the sha256 of the header without it and of the data. Other readers ignore it.
const checksumKey = "inkstone.sha256"

// Lazy is a tensor that is made when it is written, so that a model can be written that never is in memory as a whole.
type Lazy struct {
	DType DType
	Shape []int
	// Make returns the tensor, of this type and shape.
	Make func() (Tensor, error)
}

// Now is the tensor itself, as a Lazy one.
func (t Tensor) Now() Lazy {
	return Lazy{t.DType, t.Shape, func() (Tensor, error) { return t, nil }}
}

// size is the bytes of the data.
func (l Lazy) size() (uint64, error) {
	shape := make([]uint64, len(l.Shape))
	for i, d := range l.Shape {
		if d < 0 {
			return 0, fmt.Errorf("negative dimension in shape %v", l.Shape)
		}
		shape[i] = uint64(d)
	}
	return byteSize(l.DType, shape)
}

// Write writes a file with its checksum, which it returns. The file appears under its name whole or not at all, and is on
// disk when Write returns. The same content gives the same bytes.
func Write(path string, tensors map[string]Tensor, metadata map[string]string) (checksum string, err error) {
	lazy := make(map[string]Lazy, len(tensors))
	for name, t := range tensors {
		lazy[name] = t.Now()
	}
	return WriteLazy(path, lazy, metadata)
}

// WriteLazy writes as Write does, and makes one tensor at a time, in the order of their names.
func WriteLazy(path string, tensors map[string]Lazy, metadata map[string]string) (checksum string, err error) {
	h, err := arrange(tensors, metadata)
	if err == nil {
		err = replace(path, func(f *os.File) error {
			checksum, err = h.write(f, tensors)
			return err
		})
	}
	if err != nil {
		return "", fmt.Errorf("write weights %s: %w", path, err)
	}
	return checksum, nil
}

// arrange lays the tensors out by name.
func arrange(tensors map[string]Lazy, metadata map[string]string) (header, error) {
	h := header{entries: make(map[string]entry, len(tensors))}
	var at uint64
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if name == metadataName || !utf8.ValidString(name) {
			return h, fmt.Errorf("tensor %q: a tensor cannot have this name", name)
		}
		size, err := t.size()
		if err != nil {
			return h, fmt.Errorf("tensor %q: %w", name, err)
		}
		e := entry{dtype: t.DType, begin: at, end: at + size}
		for _, d := range t.Shape {
			e.shape = append(e.shape, uint64(d))
		}
		h.entries[name], at = e, e.end
	}
	for k, v := range metadata {
		if k == checksumKey || !utf8.ValidString(k) || !utf8.ValidString(v) {
			return h, fmt.Errorf("metadata %q: reserved, or not UTF-8", k)
		}
	}
	if len(metadata) > 0 {
		h.metadata = maps.Clone(metadata)
	}
	return h, nil
}

// sink is a file: the header is written again once the checksum is known.
type sink interface {
	io.Writer
	io.WriterAt
}

// write writes length, header padded with spaces to a multiple of 8 bytes, and data, and then the header with the checksum.
func (h header) write(w sink, tensors map[string]Lazy) (checksum string, err error) {
	sum := sha256.New()
	sum.Write(h.encode())
	head, err := h.signed(strings.Repeat("0", 2*sha256.Size)).frame()
	if err != nil {
		return "", err
	}
	if _, err := w.Write(head); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		if err := writeTensor(w, sum, tensors[name]); err != nil {
			return "", fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	checksum = hex.EncodeToString(sum.Sum(nil))
	if head, err = h.signed(checksum).frame(); err == nil {
		_, err = w.WriteAt(head, 0)
	}
	return checksum, err
}

// writeTensor makes a tensor, adds it to the checksum and writes it.
func writeTensor(w io.Writer, sum hash.Hash, lazy Lazy) error {
	t, err := lazy.Make()
	if err != nil {
		return err
	}
	if t.DType != lazy.DType || !slices.Equal(t.Shape, lazy.Shape) {
		return fmt.Errorf("it was made as %s %v, and announced as %s %v", t.DType, t.Shape, lazy.DType, lazy.Shape)
	}
	if err := t.check(); err != nil {
		return err
	}
	if err := guard(func() { sum.Write(t.Data) }); err != nil {
		return err
	}
	_, err = w.Write(t.Data)
	return err
}

// signed is the header with a checksum in its metadata.
func (h header) signed(checksum string) header {
	h.metadata = maps.Clone(h.metadata)
	if h.metadata == nil {
		h.metadata = map[string]string{}
	}
	h.metadata[checksumKey] = checksum
	return h
}

// frame is the length and the header as they stand in a file.
func (h header) frame() ([]byte, error) {
	text := h.encode()
	text = append(text, bytes.Repeat([]byte{' '}, -len(text)&7)...)
	if len(text) > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes, more than %d", len(text), maxHeader)
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

// checksum is the sum over a header without one and all of its data.
func (h header) checksum(data []byte) string {
	sum := sha256.New()
	sum.Write(h.encode())
	sum.Write(data)
	return hex.EncodeToString(sum.Sum(nil))
}

// replace writes a file beside its place, brings it to disk, renames it there, and brings the folder to disk. What a kill
// leaves is overwritten by the next attempt at the same file. Two writers of one file at once are not meant.
func replace(path string, write func(*os.File) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.Create(filepath.Join(dir, "."+filepath.Base(path)+".tmp"))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
