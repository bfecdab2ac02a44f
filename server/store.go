package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"inkstone/server/access"
	"inkstone/tracker"
)

// storeData is everything that the page of the store shows.
type storeData struct {
	Dir     string           `json:"dir"`
	Program string           `json:"program"`
	Made    tracker.Versions `json:"versions"`
	Owner   *ownerData       `json:"owner"` // nil: nobody looks after the store
	// Usage is what it takes, as measured last; nil while that goes on for the first time.
	Usage      *tracker.Usage       `json:"usage"`
	Measured   time.Time            `json:"measured,omitzero"`
	Unmeasured string               `json:"unmeasured,omitempty"` // why it could not be
	Check      *tracker.CheckRecord `json:"check"`                // the last one; nil where none is known
	Task       *taskData            `json:"task"`                 // that is under way, or was the last
	Backups    []tracker.Backup     `json:"backups"`
	// BackupFolder is where the page makes backups, NextBackup the name that it suggests.
	BackupFolder string          `json:"backup_folder"`
	NextBackup   string          `json:"next_backup"`
	Deleted      []tracker.Run   `json:"deleted"` // the newest of those that wait for their collection
	DeletedTotal int             `json:"deleted_total"`
	Tokens       []tracker.Token `json:"tokens"`
	TokensAsked  bool            `json:"tokens_asked"` // whoever comes needs one
	Visitor      visitorData     `json:"visitor"`
	Now          time.Time       `json:"-"`
}

type ownerData struct {
	Process int `json:"process"`
	// Here: it is this server.
	Here bool `json:"here"`
}

type visitorData struct {
	Token string `json:"token,omitempty"`
	// May tells whether the visitor may change what is stored.
	May bool `json:"may_write"`
	// Session: the visitor logged in, and can log out.
	Session bool `json:"session"`
}

// Busy tells whether a check or a backup is under way.
func (d storeData) Busy() bool { return d.Task != nil && d.Task.Running() }

// Health is the last check in a word.
func (d storeData) Health() string {
	switch {
	case d.Check == nil:
		return "unknown"
	case d.Check.Sound():
		return "sound"
	}
	return "damaged"
}

// shownDeleted bounds the list of deleted runs.
const shownDeleted = 50

func (s *Server) storePage(r *http.Request) (view, error) {
	d := storeData{
		Dir: s.Store.Dir(), Program: s.Version, Made: s.Store.Versions(), Task: s.upkeep.task(), TokensAsked: s.RequireToken,
		BackupFolder: s.Backups, Now: time.Now(), NextBackup: time.Now().Format("2006-01-02-1504"),
	}
	if pid, ok := s.Store.Owner(); ok {
		d.Owner = &ownerData{pid, pid == os.Getpid()}
	}
	m := s.meter.read(r.Context())
	if d.Usage, d.Measured = m.usage, m.at; m.err != nil {
		d.Unmeasured = m.err.Error()
	}
	if c, ok := s.Store.LastCheck(); ok {
		d.Check = &c
	}
	v := access.Of(r)
	d.Visitor = visitorData{v.Token, v.May(), v.Session}
	return view{"store", "Store", d}, d.lists(r.Context(), s.Store)
}

// lists reads what there may be several of.
func (d *storeData) lists(ctx context.Context, store *tracker.Store) error {
	backups, err := store.Backups()
	if err != nil {
		return fmt.Errorf("list the backups: %w", err)
	}
	tokens, err := store.Tokens(ctx)
	if err != nil {
		return err
	}
	q, err := store.ParseQuery(ctx, "deleted > 2000-01-01", "deleted desc")
	if err != nil {
		return err
	}
	q.Limit = shownDeleted
	page, err := store.Query(ctx, q)
	if err != nil {
		return err
	}
	d.Backups, d.Tokens, d.Deleted, d.DeletedTotal = append([]tracker.Backup{}, backups...), append([]tracker.Token{}, tokens...), []tracker.Run{}, page.Total
	for _, run := range page.Runs {
		run.Spec, run.Attempts = nil, nil
		d.Deleted = append(d.Deleted, run)
	}
	return nil
}

// beginCheck answers POST /store/check.
func (s *Server) beginCheck(*http.Request) (string, error) {
	return "/store#upkeep", s.upkeep.begin("check", "", func(ctx context.Context, progress func(done, total int)) error {
		began := time.Now()
		report, err := s.Store.Check(ctx, func(_ string, done, total int) { progress(done, total) })
		if err != nil {
			return err
		}
		return s.Store.KeepCheck(report, time.Since(began))
	})
}

// backupNames are those of folders that a page may make: no way leads out of the folder of backups.
var backupNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// beginBackup answers POST /store/backup, whose form has a name.
func (s *Server) beginBackup(r *http.Request) (string, error) {
	name := r.PostFormValue("name")
	if !backupNames.MatchString(name) {
		return "", fmt.Errorf("%w: a backup named %q; want letters, digits, dots, dashes and underscores, and a letter or digit first", tracker.ErrInvalid, name)
	}
	folder := filepath.Join(s.Backups, name)
	if _, err := os.Lstat(folder); err == nil {
		return "", fmt.Errorf("%w: %s is there already; choose another name", tracker.ErrConflict, folder)
	}
	return "/store#upkeep", s.upkeep.begin("backup", folder, func(ctx context.Context, _ func(done, total int)) error {
		_, err := s.Store.Copy(ctx, folder)
		return err
	})
}

// stopUpkeep answers POST /store/stop.
func (s *Server) stopUpkeep(*http.Request) (string, error) {
	s.upkeep.end()
	return "/store#upkeep", nil
}

// undelete answers POST /store/undelete, whose form has runs.
func (s *Server) undelete(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	runs := r.PostForm["run"]
	if len(runs) == 0 {
		return "", fmt.Errorf("%w: no run was chosen", tracker.ErrInvalid)
	}
	s.meter.stale()
	return "/store#deleted", s.Store.UndeleteRuns(r.Context(), runs)
}

// revokeToken answers POST /store/revoke, whose form has a token's name.
func (s *Server) revokeToken(r *http.Request) (string, error) {
	return "/store#tokens", s.Store.RevokeToken(r.Context(), r.PostFormValue("name"))
}
