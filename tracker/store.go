package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Options say how a store is opened.
type Options struct {
	// ReadOnly opens an existing store and never writes to it.
	ReadOnly bool
	// Attempt leaves the journal's checkpoints to the store's owner, so that no training step waits for one.
	Attempt bool
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time

	settings string // of tests: parameters of the database's address that go before the store's own
}

// Store is a store's directory, opened. It is safe for concurrent use, and several processes may open the same one.
type Store struct {
	dir      string
	write    *sql.DB // one connection, every transaction immediate
	read     *sql.DB
	clock    func() time.Time
	settings string

	appends appends
	watch   watch
	logs    logIndexes
	turn    *turn
}

const databaseName = "inkstone.db"

// driverAttempt is SQLite without automatic checkpoints of its write-ahead log.
const driverAttempt = "sqlite3-attempt"

func init() {
	sql.Register(driverAttempt, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec("PRAGMA wal_autocheckpoint=0", nil)
		return err
	}})
}

// Open opens a store, and makes it where there is none (unless read-only). It brings an older schema up to date, and
// refuses a newer one and folders on network file systems, whose locks cannot be trusted.
func Open(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := prepareFolder(dir, o); err != nil {
		return nil, fmt.Errorf("open store %q: %w", dir, err)
	}
	s := &Store{dir: dir, clock: o.Clock, settings: o.settings}
	if s.clock == nil {
		s.clock = time.Now
	}
	if err := s.connect(o); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %q: %w", dir, explainOpen(dir, err)), s.Close())
	}
	return s, nil
}

func (s *Store) connect(o Options) error {
	driver := "sqlite3"
	if o.Attempt {
		driver = driverAttempt
	}
	var err error
	if !o.ReadOnly {
		if s.turn, err = openTurn(s.dir); err != nil {
			return err
		}
		if s.write, err = sql.Open(driver, s.dsn("mode=rwc&_txlock=immediate", foreignKeys)); err != nil {
			return err
		}
		s.write.SetMaxOpenConns(1)
		if err := s.migrate(driver); err != nil {
			return err
		}
	}
	if s.read, err = sql.Open(driver, s.dsn("mode=rw&_query_only=1", foreignKeys)); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(8)
	s.read.SetMaxIdleConns(8)
	return checkSchema(s.read)
}

// dsn names the database; what is set here reaches every connection.
func (s *Store) dsn(extra ...string) string {
	path := (&url.URL{Path: filepath.Join(s.dir, databaseName)}).EscapedPath()
	return "file:" + path + "?" + s.settings + "_busy_timeout=10000&_journal_mode=WAL&_synchronous=FULL&_stmt_cache_size=64&" + strings.Join(extra, "&")
}

// foreignKeys has SQLite keep references whole.
const foreignKeys = "_foreign_keys=1"

// Close commits what is on its way, and closes the store.
func (s *Store) Close() error {
	s.appends.close()
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.turn != nil {
		errs = append(errs, s.turn.file.Close())
	}
	return errors.Join(errs...)
}

// Dir is the store's directory, absolute.
func (s *Store) Dir() string { return s.dir }

// CacheDir holds prepared corpora and tokenizers.
func (s *Store) CacheDir() string { return filepath.Join(s.dir, "cache") }

// RunDir holds a run's lock, logs and checkpoints.
func (s *Store) RunDir(id string) string { return filepath.Join(s.dir, "runs", id) }

// CheckpointDir holds a run's checkpoints.
func (s *Store) CheckpointDir(id string) string { return filepath.Join(s.RunDir(id), "checkpoints") }

// LogPath is the file that an attempt's standard output and error go to.
func (s *Store) LogPath(id string, attempt int) string {
	return filepath.Join(s.RunDir(id), fmt.Sprintf("attempt-%d.log", attempt))
}

var errReadOnly = fmt.Errorf("%w: the store is open for reading only", ErrInvalid)

// transact runs f in a transaction that writes. A reader's store refuses it.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.write == nil {
		return errReadOnly
	}
	give, err := s.turn.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return explain(err)
	}
	if err := tx.Commit(); err != nil {
		return explain(err)
	}
	s.watch.wake()
	return nil
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, db queryer, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
