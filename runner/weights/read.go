package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
)

// maxHeader bounds the header as the Python library does.
const maxHeader = 100_000_000

// File is the content of a safetensors file.
type File struct {
	Tensors  map[string]Tensor
	Metadata map[string]string // without the checksum; nil where the file has none
	Checksum string            // sha256 in hex over header and data, verified; empty in files of others
}

// Read reads a whole file and verifies its checksum, if it has one. A malformed file is an error that says what and where.
func Read(path string) (File, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return File{}, fmt.Errorf("read weights %s: %w", path, err)
	}
	defer f.Close()
	file, err := decode(f, size)
	if err != nil {
		return File{}, fmt.Errorf("read weights %s: %w", path, err)
	}
	return file, nil
}

// ReadVerified reads a file that must have a checksum, as those that Write made.
func ReadVerified(path string) (File, error) {
	file, err := Read(path)
	if err == nil && file.Checksum == "" {
		return File{}, fmt.Errorf("read weights %s: it has no checksum, so Inkstone did not write it", path)
	}
	return file, err
}

// decode reads size bytes. It allocates no more than the file is long.
func decode(r io.Reader, size int64) (File, error) {
	h, text, err := readHeader(r, size)
	if err != nil {
		return File{}, err
	}
	dataSize := uint64(size) - 8 - uint64(len(text))
	if err := h.checkLayout(dataSize); err != nil {
		return File{}, err
	}
	data := make([]byte, dataSize)
	if _, err := io.ReadFull(r, data); err != nil {
		return File{}, fmt.Errorf("read %d bytes of data: %w", dataSize, err)
	}
	file := File{Tensors: make(map[string]Tensor, len(h.entries))}
	for name, e := range h.entries {
		file.Tensors[name] = e.of(data)
	}
	if file.Checksum, err = h.verify(text, data); err != nil {
		return File{}, err
	}
	file.Metadata = h.metadata
	return file, nil
}

// readHeader reads the length and the header; text is the header's bytes.
func readHeader(r io.Reader, size int64) (h header, text []byte, err error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return h, nil, fmt.Errorf("%d bytes, too short for a safetensors file", size)
	}
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return h, nil, err
	}
	rest, length := uint64(size)-8, binary.LittleEndian.Uint64(prefix[:])
	switch {
	case length > rest && guess(prefix) != "":
		return h, nil, errors.New(guess(prefix))
	case length > maxHeader:
		return h, nil, fmt.Errorf("a header of %d bytes, more than %d; this is no safetensors file", length, maxHeader)
	case length > rest:
		return h, nil, fmt.Errorf("a header of %d bytes in a file of %d; the file is truncated", length, size)
	}
	text = make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, nil, err
	}
	h, err = decodeHeader(text)
	return h, text, err
}

// guess says what a file is whose first bytes are no length; it is empty where they tell nothing.
func guess(prefix [8]byte) string {
	for magic, what := range map[string]string{
		"PK\x03\x04": "a zip file, perhaps " + torchRemedy,
		"\x80\x02":   "a pickle, perhaps " + torchRemedy,
		"version ":   "a pointer of Git LFS: fetch the file itself with git lfs pull",
	} {
		if bytes.HasPrefix(prefix[:], []byte(magic)) {
			return "this is " + what
		}
	}
	return ""
}

// verify takes the checksum out of the metadata and compares it; it is empty where there is none.
func (h *header) verify(text, data []byte) (string, error) {
	want, ok := h.metadata[checksumKey]
	if !ok {
		return "", nil
	}
	sameText := bytes.Equal(h.encode(), bytes.TrimRight(text, " ")) // other spellings of the same header are damage too
	h.metadata = maps.Clone(h.metadata)
	delete(h.metadata, checksumKey)
	if len(h.metadata) == 0 {
		h.metadata = nil
	}
	if !sameText || h.checksum(data) != want {
		return "", errors.New("the checksum does not match; the file is damaged")
	}
	return want, nil
}
