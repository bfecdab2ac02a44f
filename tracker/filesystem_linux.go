package tracker

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// sharedFileSystems are those on which locks or memory maps of SQLite's write-ahead log do not hold.
var sharedFileSystems = map[int64]string{
	unix.NFS_SUPER_MAGIC:   "NFS",
	0x0BD00BD0:             "Lustre",
	unix.FUSE_SUPER_MAGIC:  "FUSE",
	unix.SMB_SUPER_MAGIC:   "SMB",
	unix.CIFS_SUPER_MAGIC:  "CIFS",
	unix.SMB2_SUPER_MAGIC:  "SMB",
	0x47504653:             "GPFS",
	unix.CEPH_SUPER_MAGIC:  "Ceph",
	unix.AFS_SUPER_MAGIC:   "AFS",
	unix.V9FS_MAGIC:        "9P",
	unix.CODA_SUPER_MAGIC:  "Coda",
	unix.OCFS2_SUPER_MAGIC: "OCFS2",
}

// checkFileSystem refuses folders on network file systems.
func checkFileSystem(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("look at its file system: %w", err)
	}
	if name, shared := sharedFileSystems[int64(fs.Type)]; shared { //nolint:unconvert // its type differs by architecture
		return fmt.Errorf("%w: the folder lies on %s, where SQLite's locks cannot be trusted; choose a local disk with --store", ErrInvalid, name)
	}
	return nil
}

// writable says what keeps a file or folder from being written.
func writable(path string) error {
	if err := unix.Access(path, unix.W_OK); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

// freeSpace is how many bytes may still be written to a folder's disk; -1 where that cannot be told.
func freeSpace(dir string) int64 {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return -1
	}
	return int64(fs.Bavail) * int64(fs.Bsize)
}
