package powerloss

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// TestACommitIsDurableWhereItIsSynced writes through the disk, and counts what crashes leave at each commit.
func TestACommitIsDurableWhereItIsSynced(t *testing.T) {
	for synchronous, durable := range map[string]bool{"FULL": true, "NORMAL": false} {
		t.Run(synchronous, func(t *testing.T) {
			log, commits := commit(t, synchronous, 20)
			random := rand.New(rand.NewPCG(1, 2))
			lost := 0
			for rows, at := range commits {
				if got := count(t, log, at, random); got < rows+1 {
					lost++
				}
			}
			if durable != (lost == 0) {
				t.Errorf("after %d of %d commits, rows were lost", lost, len(commits))
			}
		})
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	d, err := New("once")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New("once"); err == nil {
		t.Error("a second disk got the same name")
	}
	d.Close()
	if d, err = New("once"); err != nil {
		t.Fatal(err)
	}
	d.Close()
}

// commit inserts n rows, each in a transaction, and returns the positions after them.
func commit(t *testing.T, synchronous string, n int) (Log, []int) {
	t.Helper()
	disk, err := New("commits")
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "x.db")+"?vfs="+disk.Name()+"&_journal_mode=WAL&_synchronous="+synchronous)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	var commits []int
	for range n {
		if _, err := db.Exec("INSERT INTO t VALUES (1)"); err != nil {
			t.Fatal(err)
		}
		commits = append(commits, disk.Position())
	}
	return disk.Log(), commits
}

// count is how many rows a crash leaves; none where the table is gone, too.
func count(t *testing.T, l Log, at int, random *rand.Rand) (n int) {
	t.Helper()
	folder := t.TempDir()
	if err := l.Image(folder, at, random); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_ = db.QueryRow("SELECT count(*) FROM t").Scan(&n)
	return n
}
