package tracker

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Backup is a copy of a store that Copy made.
type Backup struct {
	Folder string    `json:"folder"`
	Made   time.Time `json:"made"`
	// Report is what the check of the copy found, when it was made.
	Report Report `json:"report"`
	// Gone: the folder is not where it was made.
	Gone bool `json:"gone"`
}

// Sound tells whether nothing of the copy was lost when it was made.
func (b Backup) Sound() bool { return b.Report.Sound() }

// backupsName is a store's list of its backups, oldest first; so many are remembered.
const (
	backupsName = "backups.json"
	mostBackups = 100
)

// Backups lists the copies that were made of the store, newest first. Those that were moved or removed are marked.
func (s *Store) Backups() ([]Backup, error) {
	list, err := s.readBackups()
	if err != nil {
		return nil, err
	}
	for i := range list {
		_, err := os.Stat(filepath.Join(list[i].Folder, databaseName))
		list[i].Gone = errors.Is(err, fs.ErrNotExist)
	}
	slices.Reverse(list)
	return list, nil
}

func (s *Store) readBackups() (list []Backup, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, backupsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	return list, err
}

// keepBackup remembers a copy. The lock of collections, which a copy holds, keeps others from writing the list meanwhile.
func (s *Store) keepBackup(b Backup) error {
	list, _ := s.readBackups() // one that cannot be read begins anew
	list = append(slices.DeleteFunc(list, func(old Backup) bool { return old.Folder == b.Folder }), b)
	text, err := json.Marshal(list[max(len(list)-mostBackups, 0):])
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(s.dir, backupsName), text)
}
