package crowd

import (
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// Fill gives the store whose database is a file so many ended runs of so many params and metrics each, at most 20. The params
// train.param_01 to 05 are words, those up to 15 take a few numbers, the others another one in every run; metrics are metric/01
// and so on. Values are drawn from a hash of run and name: two stores hold the same.
func Fill(file string, runs, names int) error {
	db, err := sql.Open("sqlite3", "file:"+file+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert := strings.NewReplacer("RUNS", fmt.Sprint(runs), "NAMES", fmt.Sprint(names), "UNIT", unit, "EACH", "FROM few k, many n")
	for _, text := range statements {
		if _, err := tx.Exec(insert.Replace(text)); err != nil {
			return fmt.Errorf("make up %d runs: %w in %.60s", runs, err, text)
		}
	}
	return tx.Commit()
}

// mixed is a hash of run and name, unit a number from 0 to 1 out of its middle bits.
const (
	mixed = "((n.value * 2654435761 + k.value * 97003) % 2147483648)"
	unit  = "((" + mixed + " * " + mixed + " / 65536 % 1000003) / 1000003.0)"
)

var statements = []string{
	"CREATE TEMP TABLE many AS WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g WHERE value < RUNS) SELECT value FROM g",
	"CREATE TEMP TABLE few AS WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g WHERE value < NAMES) SELECT value FROM g",
	"CREATE TEMP TABLE drawn AS SELECT n.value AS run, 'train.param_' || printf('%02d', k.value) AS name, iif(k.value <= 15, CAST(UNIT * k.value AS INTEGER), UNIT) AS number FROM many n, few k",
	`INSERT INTO runs (number, id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, parent,
		parameters, created, started, finished, deleted, collecting, spec)
		SELECT run, printf('%016d', run), 'sweep-' || (run % 50), 'variant-' || (run % 20), run % 5, 'd' || run, '', '', '',
		CASE run % 40 WHEN 0 THEN 'failed' ELSE 'finished' END, '', '', 1000 * (run % 7), run * 1000000, run * 1000000, (run + run % 100) * 1000000, 0, 0,
		json_object('train', json_group_object(substr(name, 7), iif(name <= 'train.param_05', 'v' || number, number))) FROM drawn GROUP BY run`,
	"INSERT INTO params (name) SELECT DISTINCT name FROM drawn",
	"INSERT INTO param_numbers (param, number, run) SELECT p.id, d.number, d.run FROM drawn d JOIN params p ON p.name = d.name WHERE d.name > 'train.param_05' ORDER BY 1, 2, 3",
	"INSERT INTO terms (param, kind, text) SELECT DISTINCT p.id, 'string', 'v' || number FROM drawn d JOIN params p ON p.name = d.name WHERE d.name <= 'train.param_05'",
	"INSERT INTO postings (term, run) SELECT t.id, d.run FROM drawn d JOIN params p ON p.name = d.name JOIN terms t ON t.param = p.id AND t.kind = 'string' AND t.text = 'v' || d.number WHERE d.name <= 'train.param_05' ORDER BY 1, 2",
	"INSERT INTO metrics (name, context) SELECT 'metric/' || printf('%02d', value), '' FROM few",
	"INSERT INTO results (metric, run, last, last_kind, min, max, mean, count, nan) SELECT k.value, n.value, UNIT, 'number', UNIT, UNIT + 1, UNIT + .5, 1000, 0 EACH",
	`INSERT INTO series (run, name, context, folded_attempt, folded_sequence, count, nan, pos_inf, neg_inf, first_step, first_value, first_kind, last_step, last_value, last_kind, min, min_step, max, max_step, sum)
		SELECT printf('%016d', n.value), 'metric/' || printf('%02d', k.value), '', 1, 1, 1000, 0, 0, 0, 0, UNIT, 'number', 999, UNIT, 'number', UNIT, 0, UNIT + 1, 500, 1000 * (UNIT + .5) EACH`,
	"DROP TABLE drawn", "DROP TABLE many", "DROP TABLE few",
}
