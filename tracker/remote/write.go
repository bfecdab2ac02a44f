package remote

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"inkstone/tracker"
)

// writer appends frames to the journal's last segment, and brings them to the disk together.
type writer struct {
	folder  folder
	within  time.Duration // how long a frame may wait for others to share its fsync
	largest int           // bytes at which the next segment begins
	create  func(path string) (file, error)
	synced  func(frames, bytes int) // tells what is on the disk now

	mu      sync.Mutex
	file    file // nil: the next frame begins a segment
	torn    bool // bytes behind end are to be cut before anything is written
	end     place
	last    place // the end of what is on the disk
	retired []file
	waiting []*written
	latest  *written
	closed  bool

	wake   chan struct{}
	stop   chan struct{}
	worker sync.WaitGroup
}

// file is what the writer needs of an *os.File.
type file interface {
	Write(p []byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// written is a frame on its way to the disk.
type written struct {
	size int
	end  place
	undo func() // the frame is not there
	err  error
	done chan struct{}
}

func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
}

func (w *writer) start(end place) {
	w.end, w.last = end, end
	w.wake, w.stop = make(chan struct{}, 1), make(chan struct{})
	w.worker.Go(w.work)
}

// append writes a frame, for a caller that holds mu. It is on the disk when done is closed without an error; else undo was
// called before, with mu held.
func (w *writer) append(frame []byte, undo func()) (*written, error) {
	if err := w.open(); err != nil {
		return nil, err
	}
	if err := w.prepare(); err != nil {
		return nil, explain(err)
	}
	if _, err := w.file.Write(frame); err != nil {
		w.torn = true
		_ = w.cut()
		return nil, explain(err)
	}
	w.end.Offset += len(frame)
	w.latest = &written{size: len(frame), end: w.end, undo: undo, done: make(chan struct{})}
	w.waiting = append(w.waiting, w.latest)
	signal(w.wake)
	return w.latest, nil
}

func (w *writer) open() error {
	if w.closed {
		return errClosed
	}
	return nil
}

// onDisk is the end of what will be there after a power cut, too.
func (w *writer) onDisk() place {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

var errClosed = fmt.Errorf("%w: the journal is closed", tracker.ErrInvalid)

// explain names a full disk in words.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: the journal's disk has no room left (%w); free some, and append the same batch again", tracker.ErrStoreFull, err)
	}
	return err
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// prepare has a segment ready that ends with its last whole frame.
func (w *writer) prepare() error {
	if err := w.cut(); err != nil {
		return err
	}
	if w.file != nil && w.end.Offset >= w.largest {
		w.retired = append(w.retired, w.file)
		w.file = nil
	}
	if w.file != nil {
		return nil
	}
	path := w.folder.segment(w.end.Segment + 1)
	f, err := w.create(path)
	if err != nil {
		return err
	}
	if err := syncFolder(string(w.folder)); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	w.file, w.end = f, place{w.end.Segment + 1, 0}
	return nil
}

// cut takes away what a failed write left behind the last frame.
func (w *writer) cut() error {
	if !w.torn {
		return nil
	}
	if err := w.file.Truncate(int64(w.end.Offset)); err != nil {
		return fmt.Errorf("cut the torn end of the journal: %w", err)
	}
	w.torn = false
	return nil
}

func (w *writer) work() {
	for {
		select {
		case <-w.stop:
			w.sync()
			return
		case <-w.wake:
		}
		if w.within > 0 && w.busy() {
			select {
			case <-time.After(w.within):
			case <-w.stop:
			}
		}
		w.sync()
	}
}

func (w *writer) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting) > 0
}

// sync brings what was written to the disk.
func (w *writer) sync() {
	w.mu.Lock()
	group, retired, file, end := w.waiting, w.retired, w.file, w.end
	w.waiting, w.retired = nil, nil
	w.mu.Unlock()
	if len(group) == 0 {
		return
	}
	var err error
	for _, f := range retired {
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if file != nil {
		err = errors.Join(err, file.Sync())
	}
	if err != nil {
		w.fail(group, explain(err))
		return
	}
	w.mu.Lock()
	w.last = end
	w.mu.Unlock()
	bytes := 0
	for _, x := range group {
		bytes += x.size
	}
	w.synced(len(group), bytes)
	for _, x := range group {
		close(x.done)
	}
}

// fail takes back what a failed fsync may not have brought to the disk, and what was written behind it meanwhile.
func (w *writer) fail(group []*written, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	group = append(group, w.waiting...)
	w.waiting = nil
	w.end.Offset = 0
	if w.last.Segment == w.end.Segment {
		w.end = w.last
	}
	w.torn = w.file != nil
	for _, x := range slices.Backward(group) {
		x.undo()
		x.err = err
		close(x.done)
	}
}

// close brings everything to the disk and takes no more.
func (w *writer) close() error {
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.mu.Unlock()
	if closed {
		return nil
	}
	close(w.stop)
	w.worker.Wait()
	if w.file == nil {
		return nil
	}
	return errors.Join(w.cut(), w.file.Close())
}
