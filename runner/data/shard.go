package data

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// A side of the split is a stream of token ids in shards: files of little-endian uint16 or uint32, without a header, all of
// them full but the last. Beside them lies a file of uint64: at which token each document begins, and where the last one ends.

// shardBytes is the size of a full shard.
const shardBytes = 256 << 20

func shardName(side string, i int64) string { return fmt.Sprintf("%s-%05d.tokens", side, i) }

func startsName(side string) string { return side + ".documents" }

// sideWriter writes one side of the split: documents, each followed by the end-of-document token.
type sideWriter struct {
	path      string // of the side's files, without what tells them apart
	width     int
	perShard  int64
	end       int32
	starts    *file
	shard     *file // the open one
	tokens    int64
	documents int64
}

func newSideWriter(path string, width int, perShard int64, end int32) (*sideWriter, error) {
	starts, err := createFile(startsName(path))
	return &sideWriter{path: path, width: width, perShard: perShard, end: end, starts: starts}, err
}

// document appends a document, or what continues the last one.
func (w *sideWriter) document(ids []int32, joined bool) error {
	if w.documents == 0 || !joined {
		if err := w.endDocument(); err != nil {
			return err
		}
		if err := w.start(); err != nil {
			return err
		}
		w.documents++
	}
	return w.append(ids...)
}

func (w *sideWriter) endDocument() error {
	if w.documents == 0 {
		return nil
	}
	return w.append(w.end)
}

func (w *sideWriter) start() error {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(w.tokens))
	_, err := w.starts.Write(b[:])
	return err
}

func (w *sideWriter) append(ids ...int32) error {
	var b [4]byte
	for _, id := range ids {
		if w.tokens%w.perShard == 0 {
			if err := w.next(); err != nil {
				return err
			}
		}
		binary.LittleEndian.PutUint32(b[:], uint32(id))
		if _, err := w.shard.Write(b[:w.width]); err != nil {
			return err
		}
		w.tokens++
	}
	return nil
}

// next ends a full shard and opens another.
func (w *sideWriter) next() error {
	if err := w.shard.close(); err != nil {
		return err
	}
	var err error
	w.shard, err = createFile(shardName(w.path, w.tokens/w.perShard))
	return err
}

// finish ends the last document and writes everything through to the disk.
func (w *sideWriter) finish() error {
	err := errors.Join(w.endDocument(), w.start())
	return errors.Join(err, w.close())
}

func (w *sideWriter) close() error { return errors.Join(w.shard.close(), w.starts.close()) }

// file is a new file with a buffer before it.
type file struct {
	*bufio.Writer
	file *os.File
}

func createFile(path string) (*file, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &file{bufio.NewWriterSize(f, 1<<20), f}, nil
}

// close writes the file through to the disk. A second time, or without a file, it does nothing.
func (f *file) close() error {
	if f == nil || f.file == nil {
		return nil
	}
	err := f.Flush()
	if err == nil {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	f.file = nil
	return err
}
