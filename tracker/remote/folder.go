package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// folder is where a journal lies: numbered segments; journal.json, the server and the writer's name; cursor.json, how far the
// server has acknowledged; and a lock, held by the process that writes or sends.
type folder string

// place is a byte of a segment.
type place struct {
	Segment int `json:"segment"`
	Offset  int `json:"offset"`
}

func (p place) before(q place) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

const (
	segmentEnding = ".journal"
	damagedEnding = ".damaged" // of segments that were delivered but for what is damaged in them
)

func segmentName(segment int) string { return fmt.Sprintf("%08d%s", segment, segmentEnding) }

func (d folder) path(name string) string { return filepath.Join(string(d), name) }

func (d folder) segment(number int) string { return d.path(segmentName(number)) }

// segments lists the segments in order, and tells whether there are damaged ones aside.
func (d folder) segments() (numbers []int, damaged bool, err error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, false, err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == damagedEnding {
			damaged = true
		}
		if name, ok := strings.CutSuffix(e.Name(), segmentEnding); ok {
			if n, err := strconv.Atoi(name); err == nil && segmentName(n) == e.Name() {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	return numbers, damaged, nil
}

// identity is what the folder remembers of whom it records to.
type identity struct {
	// Server is its URL.
	Server string `json:"server"`
	// Writer tells the server that two processes, one after the other, are the same writer: only one can hold the folder.
	Writer string `json:"writer"`
}

const (
	identityName = "journal.json"
	cursorName   = "cursor.json"
	lockName     = "lock"
)

func (d folder) identity() (id identity, err error) {
	text, err := os.ReadFile(d.path(identityName))
	if err != nil {
		return id, err
	}
	return id, json.Unmarshal(text, &id)
}

// cursor is the place up to which the server has acknowledged. A lost or old one only has frames sent again.
func (d folder) cursor() (p place) {
	text, err := os.ReadFile(d.path(cursorName))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return place{}
	}
	return p
}

// replace writes a small file so that it is the old or the new one at any time.
func (d folder) replace(name string, value any, lasting bool) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	next := d.path(name + ".next")
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if lasting {
		err = errors.Join(err, f.Sync())
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, d.path(name)); err != nil || !lasting {
		return err
	}
	return syncFolder(string(d))
}

// syncFolder makes the names of a folder's files last.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// retire removes a segment that was delivered; one with damage is kept aside.
func (d folder) retire(segment int, damaged bool) error {
	path := d.segment(segment)
	var err error
	if damaged {
		err = os.Rename(path, strings.TrimSuffix(path, segmentEnding)+damagedEnding)
	} else {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
