package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// stream is one side of a prepared corpus, mapped.
type stream struct {
	shards    [][]byte
	starts    []byte
	width     int
	perShard  int64
	tokens    int64
	documents int64
}

// openStream maps the files of a side, whose sizes follow from what the manifest says.
func openStream(path string, width int, perShard int64, count counts) (*stream, error) {
	s := &stream{width: width, perShard: perShard, tokens: count.Tokens, documents: count.Documents}
	if perShard < 1 || width != 2 && width != 4 {
		return nil, fmt.Errorf("%s: shards of %d ids of %d bytes; delete its folder and run again", path, perShard, width)
	}
	var err error
	for i := int64(0); i*perShard < s.tokens && err == nil; i++ {
		var shard []byte
		shard, err = mapFile(shardName(path, i), min(perShard, s.tokens-i*perShard)*int64(width))
		s.shards = append(s.shards, shard)
	}
	if err == nil {
		s.starts, err = mapFile(startsName(path), 8*(s.documents+1))
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// mapFile maps a file of a known size.
func mapFile(path string, size int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != size {
		return nil, fmt.Errorf("%s has %d bytes, want %d: it was damaged; delete its folder and run again", path, info.Size(), size)
	}
	bytes, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return bytes, nil
}

// read copies n ids from an offset, over as many shards as they lie in.
func (s *stream) read(offset int64, n int) []int32 {
	ids := make([]int32, 0, n)
	for len(ids) < n {
		at := offset + int64(len(ids))
		shard, within := s.shards[at/s.perShard], at%s.perShard
		ids = appendIDs(ids, shard[within*int64(s.width):], s.width, n-len(ids))
	}
	return ids
}

// appendIDs takes at most n ids from bytes.
func appendIDs(ids []int32, bytes []byte, width, n int) []int32 {
	for ; n > 0 && len(bytes) > 0; n, bytes = n-1, bytes[width:] {
		if width == 2 {
			ids = append(ids, int32(binary.LittleEndian.Uint16(bytes)))
		} else {
			ids = append(ids, int32(binary.LittleEndian.Uint32(bytes)))
		}
	}
	return ids
}

// start is the token at which a document begins; the number of documents gives the end of the last one.
func (s *stream) start(document int64) int64 {
	return int64(binary.LittleEndian.Uint64(s.starts[8*document:]))
}

func (s *stream) close() error {
	if s == nil {
		return nil
	}
	var err error
	for _, bytes := range append(s.shards, s.starts) {
		if bytes != nil {
			err = errors.Join(err, unix.Munmap(bytes))
		}
	}
	s.shards, s.starts = nil, nil
	return err
}
