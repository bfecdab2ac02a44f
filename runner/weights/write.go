package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// checksumKey is the metadata that holds the sha256 of the header without it and of the data. Other readers ignore it.
const checksumKey = "inkstone.sha256"

// Write writes a file with its checksum, which it returns. The file appears under its name whole or not at all, and is on
// disk when Write returns. The same content gives the same bytes.
func Write(path string, tensors map[string]Tensor, metadata map[string]string) (checksum string, err error) {
	h, err := arrange(tensors, metadata)
	if err != nil {
		return "", fmt.Errorf("write weights %s: %w", path, err)
	}
	checksum = h.sign(tensors)
	if err := replace(path, func(w io.Writer) error { return h.write(w, tensors) }); err != nil {
		return "", fmt.Errorf("write weights %s: %w", path, err)
	}
	return checksum, nil
}

// arrange lays the tensors out by name.
func arrange(tensors map[string]Tensor, metadata map[string]string) (header, error) {
	h := header{entries: make(map[string]entry, len(tensors))}
	var at uint64
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if name == metadataName || !utf8.ValidString(name) {
			return h, fmt.Errorf("tensor %q: a tensor cannot have this name", name)
		}
		if err := t.check(); err != nil {
			return h, fmt.Errorf("tensor %q: %w", name, err)
		}
		e := entry{dtype: t.DType, begin: at, end: at + uint64(len(t.Data))}
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

// sign puts the checksum into the metadata.
func (h *header) sign(tensors map[string]Tensor) string {
	sum := sha256.New()
	sum.Write(h.encode())
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		sum.Write(tensors[name].Data)
	}
	checksum := hex.EncodeToString(sum.Sum(nil))
	if h.metadata == nil {
		h.metadata = map[string]string{}
	}
	h.metadata[checksumKey] = checksum
	return checksum
}

// checksum is what sign would give for a header without one and all of its data.
func (h *header) checksum(data []byte) string {
	sum := sha256.New()
	sum.Write(h.encode())
	sum.Write(data)
	return hex.EncodeToString(sum.Sum(nil))
}

// write writes length, header padded with spaces to a multiple of 8 bytes, and data.
func (h *header) write(w io.Writer, tensors map[string]Tensor) error {
	text := h.encode()
	text = append(text, bytes.Repeat([]byte{' '}, -len(text)&7)...)
	if len(text) > maxHeader {
		return fmt.Errorf("a header of %d bytes, more than %d", len(text), maxHeader)
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		if _, err := w.Write(tensors[name].Data); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file beside its place, brings it to disk, renames it there, and brings the folder to disk. What a kill
// leaves is overwritten by the next attempt at the same file. Two writers of one file at once are not meant.
func replace(path string, write func(io.Writer) error) (err error) {
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
