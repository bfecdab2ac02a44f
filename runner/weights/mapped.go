package weights

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapped is one safetensors file whose header is read and whose data is a mapping: the system brings in what is touched.
type mapped struct {
	path   string
	header header
	text   []byte // the header's bytes
	data   []byte // those behind the header
	whole  []byte
}

// openMapped reads a file's header and checks it against the file's length.
func openMapped(path string) (_ *mapped, err error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m := &mapped{path: path}
	if m.header, m.text, err = readHeader(f, size); err != nil {
		return nil, err
	}
	at := 8 + len(m.text)
	if err := m.header.checkLayout(uint64(size) - uint64(at)); err != nil {
		return nil, err
	}
	if m.whole, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	m.data = m.whole[at:]
	return m, nil
}

func openRegular(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// tensor is a slice of the mapping.
func (m *mapped) tensor(name string) Tensor {
	return m.header.entries[name].of(m.data)
}

// verify compares the checksum, which the file must have.
func (m *mapped) verify() (checksum string, err error) {
	h := header{m.header.entries, m.header.metadata}
	fault := guard(func() { checksum, err = h.verify(m.text, m.data) })
	if fault != nil {
		err = fault
	}
	return checksum, err
}

func (m *mapped) close() error {
	if m.whole == nil {
		return nil
	}
	whole := m.whole
	m.whole, m.data = nil, nil
	return unix.Munmap(whole)
}
