package tracker

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

// SQL of a user's own runs on a connection of its own, which may read the tables and call the functions that are listed here,
// and do nothing else. Read-only modes of SQLite are not enough: ATTACH, VACUUM INTO and PRAGMA write all the same.

// SQLQuery is a statement with its limits.
type SQLQuery struct {
	Text string
	Args []any
	// Rows bounds the answer, 1,000 if it is 0; Within bounds the time, 30 s if it is 0.
	Rows   int
	Within time.Duration
}

// SQLAnswer is what a statement returned. Values are nil, int64, float64, string or []byte.
type SQLAnswer struct {
	Columns []string
	Rows    [][]any
	// Cut tells that there are more rows than were asked for.
	Cut bool
}

// SQL runs a statement that reads. Points are reached through points(run, metric [, context]), a JSON array of [step, time,
// value] for json_each. Anything that is not allowed is ErrInvalid.
func (s *Store) SQL(ctx context.Context, q SQLQuery) (SQLAnswer, error) {
	if q.Rows <= 0 {
		q.Rows = 1000
	}
	if q.Within <= 0 {
		q.Within = 30 * time.Second
	}
	limited, cancel := context.WithTimeoutCause(ctx, q.Within, fmt.Errorf("it took longer than %v", q.Within))
	defer cancel()
	answer, err := s.userSQL(limited, q)
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if err != nil {
		return answer, fmt.Errorf("run SQL: %w", err)
	}
	return answer, nil
}

func (s *Store) userSQL(ctx context.Context, q SQLQuery) (answer SQLAnswer, err error) {
	if err := onlyOne(q.Text); err != nil {
		return answer, err
	}
	db := sql.OpenDB(userConnector{s, ctx})
	defer db.Close()
	rows, err := db.QueryContext(ctx, q.Text, q.Args...)
	if err != nil {
		return answer, refusal(err)
	}
	defer rows.Close()
	if answer.Columns, err = rows.Columns(); err != nil {
		return answer, err
	}
	for rows.Next() {
		if len(answer.Rows) == q.Rows {
			answer.Cut = true
			return answer, nil
		}
		row := make([]any, len(answer.Columns))
		targets := make([]any, len(row))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return answer, err
		}
		answer.Rows = append(answer.Rows, row)
	}
	return answer, refusal(rows.Err())
}

// refusal is a user's mistake.
func refusal(err error) error {
	var e sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Code == sqlite3.ErrAuth:
		return fmt.Errorf("%w: only SELECT on the store's tables is allowed here (%v); `inkstone sql --tables` lists them", ErrInvalid, err)
	case errors.As(err, &e) && e.Code == sqlite3.ErrError:
		return fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	return err
}

// onlyOne refuses what is no statement that reads, before SQLite sees it.
func onlyOne(text string) error {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	word = strings.ToUpper(strings.Trim(word, "(\n\t"))
	if first := strings.FieldsFunc(word, func(r rune) bool { return r == '\n' || r == '\t' || r == '(' }); len(first) == 0 ||
		!slices.Contains([]string{"SELECT", "WITH", "VALUES", "EXPLAIN"}, first[0]) {
		return fmt.Errorf("%w: only a SELECT is run here, not %.40q", ErrInvalid, text)
	}
	return nil
}

// userConnector opens connections for users' statements.
type userConnector struct {
	store *Store
	ctx   context.Context // of the statement: what it reads of points ends with it
}

// Driver is SQLite's.
func (c userConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Connect opens a connection, and closes everything that is not allowed.
func (c userConnector) Connect(context.Context) (driver.Conn, error) {
	opened, err := (&sqlite3.SQLiteDriver{}).Open(c.store.dsn("mode=ro&_query_only=1", foreignKeys))
	if err != nil {
		return nil, err
	}
	conn := opened.(*sqlite3.SQLiteConn)
	conn.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	conn.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, 256<<20)
	for name, function := range map[string]any{
		"points": func(run, metric string, rest ...string) (string, error) { return c.points(run, metric, rest) },
	} {
		if err := conn.RegisterFunc(name, function, true); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	conn.RegisterAuthorizer(allow)
	return conn, nil
}

// points is the function of that name.
func (c userConnector) points(run, metric string, rest []string) (string, error) {
	if len(rest) > 1 {
		return "", fmt.Errorf("points takes a run, a metric and a context, not %d arguments", 2+len(rest))
	}
	found, err := c.store.Run(c.ctx, run)
	if err != nil {
		return "", err
	}
	points, err := c.store.Points(c.ctx, found.ID, Series{Metric: metric, Context: strings.Join(rest, "")})
	if err != nil {
		return "", err
	}
	out := make([]byte, 0, 40*len(points)+2)
	out = append(out, '[')
	for i, p := range points {
		if i > 0 {
			out = append(out, ',')
		}
		out = p.appendJSON(out)
	}
	return string(append(out, ']')), nil
}

// sqlRecursive is SQLITE_RECURSIVE, which the driver does not name.
const sqlRecursive = 33

// allow is the authorizer: a list of what may be done, and nothing else may.
func allow(action int, first, second, third string) int {
	ok := false
	switch action {
	case sqlite3.SQLITE_SELECT, sqlRecursive:
		ok = true
	case sqlite3.SQLITE_READ:
		ok = readable()[first]
	case sqlite3.SQLITE_FUNCTION:
		ok = callable[strings.ToLower(second)]
	}
	if ok {
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
}

// UserTables lists the tables that SQL may read, with what they hold.
func UserTables() [][2]string { return slices.Clone(userTables) }

var userTables = [][2]string{
	{"runs", "one execution of a trial; number joins params and results"},
	{"attempts", "the stretches of a run, with the environment as JSON"},
	{"experiments", "specs as they were read, with their current plan"},
	{"variants", "the named settings of an experiment"},
	{"trials", "variant and seed of an experiment's current plan"},
	{"series", "what was recorded of a metric in a run, summarised; its points through points(run, metric)"},
	{"metric_infos", "units and comparability of metrics"},
	{"params", "names of the fields of specs"},
	{"param_numbers", "their numbers, by run"},
	{"terms", "their other values, each once"},
	{"postings", "which run has which of them"},
	{"metrics", "names of metrics, for results"},
	{"results", "summaries of ended runs, by metric"},
	{"tags", "tags of runs"},
	{"notes", "notes with their history; the newest counts"},
	{"texts", "text samples"},
	{"captures", "attention maps, histograms, losses, without their values"},
	{"artifacts", "files by content"},
	{"artifact_uses", "which run read which of them"},
	{"desired", "what is wanted of experiments and runs"},
}

// readable are the tables by name, with SQLite's own that hold no secret and change nothing.
var readable = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{"json_each": true, "json_tree": true, "sqlite_master": true, "sqlite_schema": true, "": true}
	for _, t := range userTables {
		names[t[0]] = true
	}
	return names
})

// callable are SQL's functions but those that load code or tell of the machine.
var callable = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`points abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime dense_rank exp
		first_value floor format glob group_concat hex ifnull iif instr json json_array json_array_length json_each json_error_position
		json_extract json_group_array json_group_object json_insert json_object json_patch json_pretty json_quote json_remove
		json_replace json_set json_tree json_type json_valid julianday lag last_value lead length like likelihood likely ln log log10
		log2 lower ltrim max median min mod nth_value ntile nullif octet_length percent_rank pi pow power printf quote radians
		rank replace round row_number rtrim sign sqrt strftime string_agg substr substring sum time timediff total trim trunc
		typeof unhex unicode unixepoch unlikely upper -> ->>`) {
		names[name] = true
	}
	return names
}()
