package tracker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSQLReads(t *testing.T) {
	s := newStore(t, Options{})
	run := fullRun(t, s, 1)
	for name, c := range map[string]struct {
		query string
		args  []any
		want  [][]any
	}{
		"a table":        {"SELECT status, seed FROM runs", nil, [][]any{{"finished", int64(1)}}},
		"arguments":      {"SELECT seed FROM runs WHERE id = ?", []any{run}, [][]any{{int64(1)}}},
		"points":         {"SELECT count(*), max(value ->> 2), min(value ->> 0) FROM json_each(points('" + run + "', 'loss'))", nil, [][]any{{int64(101), int64(99), int64(0)}}},
		"a prefix":       {"SELECT json_array_length(points('" + run[:12] + "', 'loss'))", nil, [][]any{{int64(101)}}},
		"recursion":      {"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n", nil, [][]any{{int64(6)}}},
		"a plan":         {"EXPLAIN SELECT 1", nil, nil},
		"in parentheses": {"  \n(SELECT 1)", nil, nil},
		"a join": {"SELECT m.name, x.last FROM results x JOIN metrics m ON m.id = x.metric JOIN runs r ON r.number = x.run ORDER BY 1", nil,
			[][]any{{"loss", 1.0}, {"lr", .1}}},
	} {
		got, err := s.SQL(t.Context(), SQLQuery{Text: c.query, Args: c.args})
		if name == "in parentheses" {
			if err == nil {
				t.Errorf("%s: SQLite takes it now", name)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got.Rows); err != nil || c.want != nil && diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, table := range UserTables() {
		if _, err := s.SQL(t.Context(), SQLQuery{Text: "SELECT * FROM " + table[0]}); err != nil {
			t.Errorf("%s: %v", table[0], err)
		}
	}
}

func TestSQLLimits(t *testing.T) {
	s := newStore(t, Options{})
	const endless = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT "
	if got, err := s.SQL(t.Context(), SQLQuery{Text: endless + "i FROM n", Rows: 5}); err != nil || len(got.Rows) != 5 || !got.Cut {
		t.Errorf("rows: got %d, cut %v, %v", len(got.Rows), got.Cut, err)
	}
	if _, err := s.SQL(t.Context(), SQLQuery{Text: endless + "sum(i) FROM n", Within: 50 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "longer than 50ms") {
		t.Errorf("time: got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	time.AfterFunc(20*time.Millisecond, func() { cancel(stopped) })
	if _, err := s.SQL(ctx, SQLQuery{Text: endless + "sum(i) FROM n"}); !errors.Is(err, stopped) {
		t.Errorf("cancelled: got %v", err)
	}
}

// TestSQLRefusesEverythingElse tries what broke weaker guards: each attempt must fail, and nothing may have changed.
func TestSQLRefusesEverythingElse(t *testing.T) {
	s := newStore(t, Options{})
	run := fullRun(t, s, 1)
	out := filepath.Join(t.TempDir(), "out")
	before, err := os.ReadFile(filepath.Join(s.dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, s)
	for _, text := range []string{
		"", ";", "DELETE FROM runs", "UPDATE runs SET seed = 2", "INSERT INTO tags VALUES (1, 'x', 'y')", "REPLACE INTO tags VALUES (1, 'x', 'y')",
		"DROP TABLE runs", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "CREATE TEMP VIEW x AS SELECT 1", "ALTER TABLE runs RENAME TO gone",
		"ATTACH '" + out + "' AS o", "DETACH main", "VACUUM", "VACUUM INTO '" + out + "'", "REINDEX", "ANALYZE",
		"PRAGMA journal_mode = DELETE", "PRAGMA user_version = 9", "PRAGMA writable_schema = 1", "PRAGMA wal_checkpoint", "PRAGMA query_only = 0",
		"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT x", "RELEASE x",
		"SELECT 1; DELETE FROM runs", "SELECT 1; ATTACH '" + out + "' AS o", "SELECT 1; PRAGMA query_only = 0; DELETE FROM runs",
		"WITH x AS (SELECT 1) DELETE FROM runs", "WITH x AS (SELECT 1) INSERT INTO tags VALUES (1, 'a', 'b')", "EXPLAIN DELETE FROM runs",
		"SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "SELECT writefile('" + out + "', 'x')", "SELECT fts3_tokenizer('x')",
		"SELECT sqlite_compileoption_get(1)", "SELECT randomblob(1000000000)", "SELECT zeroblob(1000000000)", "SELECT * FROM pragma_table_info('runs')",
		"SELECT * FROM pragma_database_list", "SELECT payload FROM journal", "SELECT data FROM chunks", "SELECT * FROM sqlite_sequence", "SELECT * FROM dbstat",
		"SELECT points()", "SELECT points('nobody', 'loss')", "SELECT points('" + run + "', 'loss', '', '')", "SELECT nothing FROM runs", "SELEC 1",
		"SELECT * FROM runs INDEXED BY nothing", "VALUES (1), (SELECT 2 FROM nowhere)", "/* SELECT */ DELETE FROM runs", "-- SELECT\nDELETE FROM runs",
	} {
		if got, err := s.SQL(t.Context(), SQLQuery{Text: text}); err == nil {
			t.Errorf("%q was run: %v", text, got)
		}
	}
	after, err := os.ReadFile(filepath.Join(s.dir, databaseName))
	if err != nil || string(before) != string(after) {
		t.Errorf("the database's file has changed (%v)", err)
	}
	if diff := cmp.Diff(rows, rowsOf(t, s)); diff != "" {
		t.Errorf("rows have changed: %s", diff)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
}

func FuzzSQL(f *testing.F) {
	for _, text := range []string{"SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a", "PRAGMA user_version = 3", "SELECT points('a', 'b')"} {
		f.Add(text)
	}
	s := newStore(f, Options{})
	addRun(f, s, "e", "baseline", 1, "d")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = s.SQL(t.Context(), SQLQuery{Text: text, Rows: 10, Within: 100 * time.Millisecond})
		var version, runs int
		err := s.read.QueryRow("SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM runs)").Scan(&version, &runs)
		if err != nil || version != latestSchema() || runs != 1 {
			t.Fatalf("%q changed the store: version %d, %d runs, %v", text, version, runs, err)
		}
	})
}
