package tracker

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oldStore makes the folder of a store of schema 1 with the data of testdata/schema-1.sql, and returns what it holds: the
// samples of each run, and the last values as that version kept them.
func oldStore(t *testing.T) (dir string, samples map[string][]Sample, last map[string]map[string]float64) {
	t.Helper()
	dir = t.TempDir()
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	schema, err := migrations.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/schema-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(schema), string(data), "PRAGMA user_version = 1"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	samples, last = map[string][]Sample{}, map[string]map[string]float64{}
	rows, err := db.Query("SELECT run, payload FROM journal ORDER BY run, attempt, sequence")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var run string
		var payload []byte
		if err := rows.Scan(&run, &payload); err != nil {
			t.Fatal(err)
		}
		batch, err := DecodeSamples(payload)
		if err != nil {
			t.Fatal(err)
		}
		samples[run] = append(samples[run], batch...)
	}
	if rows, err = db.Query("SELECT run, metric, value FROM last_values"); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var run, metric string
		var value float64
		if err := rows.Scan(&run, &metric, &value); err != nil {
			t.Fatal(err)
		}
		if last[run] == nil {
			last[run] = map[string]float64{}
		}
		last[run][metric] = value
	}
	return dir, samples, last
}

func TestAStoreOfSchema1Opens(t *testing.T) {
	dir, samples, last := oldStore(t)
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	check := func() {
		t.Helper()
		runs, err := s.Runs(t.Context(), RunFilter{})
		if err != nil || len(runs) != 2 || len(samples) != 2 {
			t.Fatalf("got %d runs, %v", len(runs), err)
		}
		for _, r := range runs {
			got := map[string]float64{}
			for metric, v := range r.Metrics {
				got[metric] = float64(v)
			}
			if diff := cmp.Diff(last[r.ID], got); diff != "" {
				t.Errorf("last values of %s (-old +new):\n%s", r.ID, diff)
			}
			for metric := range last[r.ID] {
				var want []Point
				for _, x := range samples[r.ID] {
					if x.Metric == metric {
						want = append(want, Point{x.Step, x.Time, Value(x.Value)})
					}
				}
				points, err := s.Points(t.Context(), r.ID, Series{Metric: metric})
				if diff := cmp.Diff(want, points); diff != "" || err != nil {
					t.Errorf("%s of %s: %v (-old +new)\n%s", metric, r.ID, err, diff)
				}
			}
			if captures, err := s.Captures(t.Context(), r.ID); err != nil || len(captures) == 0 {
				t.Errorf("run %s has %d captures, %v", r.ID, len(captures), err)
			}
		}
	}
	check()
	foldAll(t, s)
	check()
	if plan, err := s.Plan(t.Context(), "tiny"); err != nil || plan.Trials[0].Run == nil {
		t.Errorf("the plan: %+v, %v", plan, err)
	}
	a := begin(t, s, "06h0vjzqsycx8wf9", nil) // a run of then goes on now
	put(t, s, a, 1, at("train/loss", 1, 1))
}
