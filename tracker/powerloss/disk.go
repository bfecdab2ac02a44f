// Package powerloss is for tests: it shows what a power loss would leave of a SQLite database.
//
// A Disk is a file system for SQLite that works on the default one and logs what changes files. Nothing written is durable
// before a sync of its file that began after it. From the log, Image makes the files as they could be found after the power
// was lost at any moment: with all that was durable, and of the rest whatever happened to reach the disk, in pieces.
//
//	disk, err := powerloss.New("lossy")           // open the database with vfs=lossy
//	acknowledged := disk.Position()                // once something has been committed
//	err = disk.Log().Image(folder, acknowledged, rand.New(rand.NewPCG(1, 2)))
package powerloss

// #cgo linux LDFLAGS: -lpthread
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"path/filepath"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // brings SQLite
)

// Disk is a file system of SQLite's that logs. It takes one database, which must be new.
type Disk struct {
	name string
	disk *C.shim_disk
}

// New registers a file system under a name that no other has: the vfs parameter of a database's address.
func New(name string) (*Disk, error) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	d := C.shim_new(text)
	if d == nil {
		return nil, fmt.Errorf("register the file system %q with SQLite: the name is taken, or there is no default one", name)
	}
	return &Disk{name, d}, nil
}

// Name is the name that the disk was registered under.
func (d *Disk) Name() string { return d.name }

// Close forgets the disk. The database must be closed.
func (d *Disk) Close() { C.shim_free(d.disk) }

// Position is the number of operations up to now.
func (d *Disk) Position() int { return int(C.shim_count(d.disk)) }

// Log copies what happened up to now.
func (d *Disk) Log() Log {
	n := d.Position()
	l := Log{operations: make([]operation, n), names: make([]string, C.shim_files(d.disk))}
	for i := range l.names {
		l.names[i] = filepath.Base(C.GoString(C.shim_path(d.disk, C.int(i))))
	}
	for i := range l.operations {
		op := C.shim_get(d.disk, C.int(i))
		l.operations[i] = operation{kind(op.kind), int(op.file), op.folder != 0, int64(op.offset), int64(op.size), nil}
		if op.data != nil {
			l.operations[i].data = C.GoBytes(unsafe.Pointer(op.data), C.int(op.size))
		}
	}
	return l
}
