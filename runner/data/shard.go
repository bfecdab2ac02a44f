package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A shard is a file of little-endian uint16 or uint32 token ids, without a header: the prepared corpus says which.

// shardWriter appends ids to a new file.
type shardWriter struct {
	file   *os.File
	out    *bufio.Writer
	width  int
	tokens int64
}

func newShardWriter(path string, width int) (*shardWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &shardWriter{file: f, out: bufio.NewWriterSize(f, 1<<20), width: width}, nil
}

func (w *shardWriter) append(ids ...int32) error {
	var b [4]byte
	for _, id := range ids {
		binary.LittleEndian.PutUint32(b[:], uint32(id))
		if _, err := w.out.Write(b[:w.width]); err != nil {
			return err
		}
	}
	w.tokens += int64(len(ids))
	return nil
}

// close writes the file through to the disk.
func (w *shardWriter) close() error {
	err := w.out.Flush()
	if err == nil {
		err = w.file.Sync()
	}
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	return err
}

// shard is a mapped file of ids.
type shard struct {
	bytes []byte
	width int
}

func openShard(path string, width int, tokens int64) (*shard, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != tokens*int64(width) {
		return nil, fmt.Errorf("%s has %d bytes, want %d: it was damaged; delete its folder and run again", path, info.Size(), tokens*int64(width))
	}
	if tokens == 0 {
		return &shard{width: width}, nil
	}
	bytes, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return &shard{bytes, width}, nil
}

func (s *shard) tokens() int64 { return int64(len(s.bytes) / s.width) }

// read copies n ids from an offset.
func (s *shard) read(offset int64, n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		at := (int(offset) + i) * s.width
		if s.width == 2 {
			ids[i] = int32(binary.LittleEndian.Uint16(s.bytes[at:]))
		} else {
			ids[i] = int32(binary.LittleEndian.Uint32(s.bytes[at:]))
		}
	}
	return ids
}

func (s *shard) close() error {
	if s == nil || s.bytes == nil {
		return nil
	}
	bytes := s.bytes
	s.bytes = nil
	return unix.Munmap(bytes)
}
