package tracker

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Role is what a token allows.
type Role string

// The roles: to see everything, or to record and change as well.
const (
	RoleRead  Role = "read"
	RoleWrite Role = "write"
)

// Token is what the store knows of a token: never the token itself, only its digest.
type Token struct {
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
	Used    time.Time `json:"used,omitzero"`    // to an hour; zero: never
	digest  string
}

// Digest is the SHA-256 of the token, in hex.
func (t Token) Digest() string { return t.digest }

// Expired tells whether a token's time is over.
func (t Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

const (
	// tokenPrefix tells tokens from other secrets, for people and for programs that look for leaked ones.
	tokenPrefix = "inkstone_"
	tokenBytes  = 32
	// usedEvery is how exactly the last use is kept, so that reading seldom writes.
	usedEvery     = time.Hour
	longTokenName = 64
)

var tokenText = base32.StdEncoding.WithPadding(base32.NoPadding)

// CreateToken makes a token of 256 random bits. Only the answer holds it: the store keeps its digest. A zero expires means
// never. A name that is taken is ErrConflict, a role or time that cannot be is ErrInvalid.
func (s *Store) CreateToken(ctx context.Context, name string, role Role, expires time.Time) (secret string, t Token, err error) {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails
	secret = tokenPrefix + strings.ToLower(tokenText.EncodeToString(random))
	t = Token{Name: name, Role: role, Created: s.clock().UTC().Truncate(time.Microsecond), Expires: expires, digest: TokenDigest(secret)}
	if err := t.validate(); err != nil {
		return "", Token{}, fmt.Errorf("create a token: %w", err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "INSERT INTO tokens (name, digest, role, created, expires, used) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (name) DO NOTHING",
			t.Name, t.digest, t.Role, micros(t.Created), micros(t.Expires))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: there is a token %q already; revoke it, or choose another name", ErrConflict, name))
		}
		return nil
	})
	if err != nil {
		return "", Token{}, fmt.Errorf("create a token: %w", err)
	}
	return secret, t, nil
}

func (t Token) validate() error {
	switch {
	case strings.TrimSpace(t.Name) == "" || len([]rune(t.Name)) > longTokenName || strings.ContainsFunc(t.Name, unicode.IsControl):
		return fmt.Errorf("%w: name %q; want 1 to %d characters on one line", ErrInvalid, t.Name, longTokenName)
	case t.Role != RoleRead && t.Role != RoleWrite:
		return fmt.Errorf("%w: role %q; there are %s and %s", ErrInvalid, t.Role, RoleRead, RoleWrite)
	case t.Expired(t.Created):
		return fmt.Errorf("%w: it would have expired already, %s", ErrInvalid, t.Expires.Format(time.RFC3339))
	}
	return nil
}

// InvalidToken says why a token opens nothing. It is ErrNotFound.
type InvalidToken struct{ Why string }

// Error says why.
func (e InvalidToken) Error() string { return e.Why }

// Unwrap makes it ErrNotFound.
func (e InvalidToken) Unwrap() error { return ErrNotFound }

// TokenDigest is what the store keeps of a token.
func TokenDigest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Tokens lists the tokens that were not revoked, the expired ones among them, by name.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	list, err := collect(ctx, s.read, scanToken, "SELECT name, digest, role, created, expires, used FROM tokens ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list the tokens: %w", err)
	}
	return list, nil
}

func scanToken(r *sql.Rows) (t Token, err error) {
	var created, expires, used int64
	err = r.Scan(&t.Name, &t.digest, &t.Role, &created, &expires, &used)
	t.Created, t.Expires, t.Used = fromMicros(created), fromMicros(expires), fromMicros(used)
	return t, err
}

// FindToken finds a valid token by its digest: what is compared is never the secret, so that the time that it takes tells
// nothing of it. One that is unknown, revoked or expired is an InvalidToken.
func (s *Store) FindToken(ctx context.Context, digest string) (Token, error) {
	found, err := collect(ctx, s.read, scanToken, "SELECT name, digest, role, created, expires, used FROM tokens WHERE digest = ?", digest)
	if err != nil {
		return Token{}, fmt.Errorf("look a token up: %w", err)
	}
	if len(found) == 0 || subtle.ConstantTimeCompare([]byte(found[0].digest), []byte(digest)) != 1 {
		return Token{}, InvalidToken{"This token is not valid here: it was mistyped, or revoked."}
	}
	t, now := found[0], s.clock()
	if t.Expired(now) {
		return Token{}, InvalidToken{fmt.Sprintf("The token %q expired on %s.", t.Name, t.Expires.Format(time.DateOnly))}
	}
	if s.write != nil && now.Sub(t.Used) >= usedEvery {
		// That it was used is told, not promised: a full disk locks nobody out.
		_ = s.transact(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE tokens SET used = ? WHERE digest = ?", micros(now.Truncate(usedEvery)), digest)
			return err
		})
	}
	return t, nil
}

// RevokeToken ends a token, and with it what it opened.
func (s *Store) RevokeToken(ctx context.Context, name string) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE name = ?", name)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: there is no token %q; `inkstone token list` shows them", ErrNotFound, name))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
