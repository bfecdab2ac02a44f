package tracker

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

// logIndexes remember where the lines of logs begin.
type logIndexes struct {
	mu     sync.Mutex
	byPath map[string]*logIndex
}

// keptIndexes is how many logs are remembered; the one that was not read the longest is forgotten first.
const keptIndexes = 256

// of finds or makes the index of a log.
func (x *logIndexes) of(path string) *logIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	index := x.byPath[path]
	if index == nil {
		if x.byPath == nil {
			x.byPath = map[string]*logIndex{}
		}
		if len(x.byPath) >= keptIndexes {
			x.forget()
		}
		index = &logIndex{}
		x.byPath[path] = index
	}
	index.used = time.Now()
	return index
}

func (x *logIndexes) forget() {
	oldest := ""
	for path, index := range x.byPath {
		if oldest == "" || index.used.Before(x.byPath[oldest].used) {
			oldest = path
		}
	}
	delete(x.byPath, oldest)
}

// logIndex knows where every so manieth line of one log begins, as far as it was counted: a log grows at its end alone.
type logIndex struct {
	used time.Time // under logIndexes.mu

	mu    sync.Mutex
	file  os.FileInfo // whose lines were counted
	size  int64       // bytes that were counted
	ends  int         // line ends within them
	open  bool        // the last line has no end yet
	marks []int64     // where the lines 1, 1 + logMark, 1 + 2·logMark … begin
}

// logMark is how many lines lie between two marks: 8 bytes of memory for each.
const logMark = 1024

// count counts what was written since the last time, and returns how many lines there are. A file that was replaced, or
// that has shrunk, is counted anew.
func (x *logIndex) count(f *os.File) (lines int, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.file == nil || !os.SameFile(x.file, info) || info.Size() < x.size {
		x.size, x.ends, x.open, x.marks = 0, 0, false, []int64{0}
	}
	x.file = info
	if err := x.read(io.NewSectionReader(f, x.size, info.Size()-x.size)); err != nil {
		return 0, err
	}
	if x.open {
		return x.ends + 1, nil
	}
	return x.ends, nil
}

func (x *logIndex) read(r io.Reader) error {
	block := make([]byte, 256<<10)
	for {
		n, err := r.Read(block)
		x.add(block[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// add counts the next bytes.
func (x *logIndex) add(block []byte) {
	if len(block) == 0 {
		return
	}
	for at := 0; ; {
		end := bytes.IndexByte(block[at:], '\n')
		if end < 0 {
			break
		}
		at += end + 1
		if x.ends++; x.ends%logMark == 0 {
			x.marks = append(x.marks, x.size+int64(at))
		}
	}
	x.size += int64(len(block))
	x.open = block[len(block)-1] != '\n'
}

// before is the last marked line at or before one, and the byte where it begins.
func (x *logIndex) before(line int) (offset int64, number int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	mark := min((line-1)/logMark, len(x.marks)-1)
	return x.marks[mark], 1 + mark*logMark
}
