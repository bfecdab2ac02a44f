package tracker

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// naive is the schema that one would write first, a row for each point, with the settings of the store: what the store is
// compared with.
type naive struct {
	b  *testing.B
	db *sql.DB
}

func newNaive(b *testing.B) naive {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "naive.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE points (run TEXT, metric TEXT, step INTEGER, time INTEGER, value REAL, PRIMARY KEY (run, metric, step)) WITHOUT ROWID"); err != nil {
		b.Fatal(err)
	}
	return naive{b, db}
}

// write writes a batch in one transaction, its steps moved on by offset.
func (n naive) write(batch []Sample, offset int64) {
	tx, err := n.db.Begin()
	if err != nil {
		n.b.Fatal(err)
	}
	stmt, err := tx.Prepare("INSERT INTO points VALUES ('run', ?, ?, ?, ?)")
	if err != nil {
		n.b.Fatal(err)
	}
	for _, x := range batch {
		if _, err := stmt.Exec(x.Metric, x.Step+offset, micros(x.Time), x.Value); err != nil {
			n.b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		n.b.Fatal(err)
	}
}

// read reads a metric's points.
func (n naive) read(metric string) (points []Point) {
	rows, err := n.db.Query("SELECT step, time, value FROM points WHERE run = 'run' AND metric = ? ORDER BY step", metric)
	if err != nil {
		n.b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Point
		var us int64
		if err := rows.Scan(&p.Step, &us, (*float64)(&p.Value)); err != nil {
			n.b.Fatal(err)
		}
		p.Time = fromMicros(us)
		points = append(points, p)
	}
	return points
}
