package powerloss

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// sector is what a disk writes at once.
const sector = 512

type kind int

// The kinds of operations, as in shim.h.
const (
	create kind = iota
	write
	truncate
	syncs
	remove
)

type operation struct {
	kind   kind
	file   int
	folder bool  // of a sync or a removal: it covers the folder, too
	offset int64 // of a write
	// size is the length of a write, what is truncated to, or how many operations came before a sync began.
	size int64
	data []byte
}

// Log is what happened to the files of a folder, in order. A file that is deleted and made again counts as another.
type Log struct {
	operations []operation
	names      []string // by file
}

// Len is the number of operations.
func (l Log) Len() int { return len(l.operations) }

// Syncs is how many syncs of files of that name there were.
func (l Log) Syncs(name string) (n int) {
	for _, op := range l.operations {
		if op.kind == syncs && l.names[op.file] == name {
			n++
		}
	}
	return n
}

// Image writes to a folder what a power loss after so many operations could leave. Of what was not durable, random says what
// reached the disk: each write and truncation by itself, a write perhaps only in some of its sectors, with noise in others;
// creations and deletions up to any of them, in their order.
func (l Log) Image(folder string, at int, random *rand.Rand) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	lost := []float64{0, .1, .5, .9, 1}[random.IntN(5)] // the extremes are cases of their own
	for _, name := range l.names {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for file, there := range l.entries(at, lost, random) {
		if !there {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, l.names[file]), l.content(file, at, lost, random), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// entries tells which files the folder lists. Its changes reach the disk in order.
func (l Log) entries(at int, lost float64, random *rand.Rand) []bool {
	durable := 0
	for i, op := range l.operations[:at] {
		switch {
		case op.kind == syncs && op.folder:
			durable = max(durable, int(op.size))
		case op.kind == remove && op.folder:
			durable = i + 1
		}
	}
	there := make([]bool, len(l.names))
	for i, op := range l.operations[:at] {
		if op.kind != create && op.kind != remove {
			continue
		}
		if i >= durable && random.Float64() < lost {
			break
		}
		there[op.file] = op.kind == create
	}
	return there
}

// content is what a file holds.
func (l Log) content(file, at int, lost float64, random *rand.Rand) []byte {
	durable := 0
	for _, op := range l.operations[:at] {
		if op.kind == syncs && op.file == file {
			durable = max(durable, int(op.size))
		}
	}
	var c content
	for i, op := range l.operations[:at] {
		if op.file != file {
			continue
		}
		switch pending := i >= durable; {
		case op.kind != write && op.kind != truncate:
		case pending && random.Float64() < lost:
		case op.kind == truncate:
			c.resize(op.size)
		case pending && random.IntN(3) == 0:
			c.tear(op.offset, op.data, random)
		default:
			c.write(op.offset, op.data)
		}
	}
	return c
}

// content is a file's bytes.
type content []byte

func (c *content) resize(size int64) {
	if more := size - int64(len(*c)); more > 0 {
		*c = append(*c, make([]byte, more)...)
	}
	*c = (*c)[:size]
}

func (c *content) write(at int64, data []byte) {
	c.resize(max(int64(len(*c)), at+int64(len(data))))
	copy((*c)[at:], data)
}

// tear writes some sectors, leaves some as they were, and some as noise. Bytes beside the written ones never change.
func (c *content) tear(at int64, data []byte, random *rand.Rand) {
	for len(data) > 0 {
		n := min(sector-at%sector, int64(len(data)))
		switch random.IntN(5) {
		case 0, 1:
			c.write(at, data[:n])
		case 2:
			noise := make([]byte, n)
			for i := range noise {
				noise[i] = byte(random.Uint32())
			}
			c.write(at, noise)
		}
		at, data = at+n, data[n:]
	}
}
