package tracker

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestATokenOpensUntilItIsRevokedOrExpires(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 30, 0, 0, time.UTC)
	s := newStore(t, Options{Clock: func() time.Time { return now }})
	secret, made, err := s.CreateToken(t.Context(), "wall", RoleRead, now.Add(48*time.Hour))
	if err != nil || !regexp.MustCompile(`^inkstone_[a-z2-7]{52}$`).MatchString(secret) {
		t.Fatalf("got %q, %v", secret, err)
	}
	if _, _, err := s.CreateToken(t.Context(), "ci", RoleWrite, time.Time{}); err != nil {
		t.Fatal(err)
	}
	found, err := s.FindToken(t.Context(), TokenDigest(secret))
	if diff := cmp.Diff(made, found, cmp.AllowUnexported(Token{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	list, err := s.Tokens(t.Context())
	want := []Token{{Name: "ci", Role: RoleWrite, Created: now}, {Name: "wall", Role: RoleRead, Created: now, Expires: now.Add(48 * time.Hour), Used: now.Truncate(time.Hour)}}
	if diff := cmp.Diff(want, list, cmpopts.IgnoreUnexported(Token{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := s.FindToken(t.Context(), TokenDigest(secret+"x")); !errors.Is(err, ErrNotFound) {
		t.Errorf("a wrong token: %v", err)
	}
	now = now.Add(48 * time.Hour)
	if _, err := s.FindToken(t.Context(), TokenDigest(secret)); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "expired on 2026-07-03") {
		t.Errorf("an expired token: %v", err)
	}
	if err := s.RevokeToken(t.Context(), "ci"); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(t.Context(), "ci"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second revocation: %v", err)
	}
}

func TestTokensThatCannotBe(t *testing.T) {
	s := newStore(t, Options{})
	if _, _, err := s.CreateToken(t.Context(), "taken", RoleRead, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		name    string
		role    Role
		expires time.Time
		want    error
		says    string
	}{
		"no name":     {" ", RoleRead, time.Time{}, ErrInvalid, "1 to 64 characters"},
		"long name":   {strings.Repeat("n", 65), RoleRead, time.Time{}, ErrInvalid, "1 to 64 characters"},
		"two lines":   {"a\nb", RoleRead, time.Time{}, ErrInvalid, "on one line"},
		"role":        {"a", "admin", time.Time{}, ErrInvalid, "there are read and write"},
		"in the past": {"a", RoleRead, time.Now().Add(-time.Hour), ErrInvalid, "expired already"},
		"taken":       {"taken", RoleWrite, time.Time{}, ErrConflict, "revoke it"},
	} {
		t.Run(name, func(t *testing.T) {
			secret, _, err := s.CreateToken(t.Context(), c.name, c.role, c.expires)
			if secret != "" || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, %v", secret, err)
			}
		})
	}
}

// TestNoFileHoldsAToken looks for a token in every byte of its store and of a backup.
func TestNoFileHoldsAToken(t *testing.T) {
	s := newStore(t, Options{})
	secret, _, err := s.CreateToken(t.Context(), "ci", RoleWrite, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.FindToken(t.Context(), TokenDigest(secret)); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if _, err := s.Copy(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	core := []byte(strings.TrimPrefix(secret, tokenPrefix))
	for _, dir := range []string{s.dir, copied} {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, core) {
				t.Errorf("%s holds the token", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SQL(t.Context(), SQLQuery{Text: "SELECT digest FROM tokens"}); err == nil {
		t.Error("a user's SQL may read the tokens")
	}
}

// TestAStoreOfSchema2GetsTokens brings a store with data up to date that has no table of tokens yet.
func TestAStoreOfSchema2GetsTokens(t *testing.T) {
	dir, samples, _ := oldStore(t)
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	second, err := migrations.ReadFile("migrations/0002.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"PRAGMA foreign_keys = 0", string(second), "PRAGMA user_version = 2"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.CreateToken(t.Context(), "ci", RoleWrite, time.Time{}); err != nil {
		t.Error(err)
	}
	if runs, err := s.Runs(t.Context(), RunFilter{}); err != nil || len(runs) != len(samples) {
		t.Errorf("got %d runs, %v", len(runs), err)
	}
}
