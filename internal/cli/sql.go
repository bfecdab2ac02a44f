package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) sql() *cobra.Command {
	var q tracker.SQLQuery
	var format string
	var tables bool
	c := &cobra.Command{
		Use:   "sql STATEMENT",
		Short: "Ask a store in SQL, which can only read",
		Long: `Sql runs a SELECT on the store's tables. Nothing else is allowed, and nothing can be changed. Points are reached through
points(RUN, METRIC [, CONTEXT]), an array of [step, time, value] for json_each. STATEMENT may be - for standard input.`,
		Example: `  inkstone sql "SELECT variant, seed, status FROM runs ORDER BY number DESC"
  inkstone sql "SELECT value ->> 0 AS step, value ->> 2 AS loss FROM json_each(points('demo/baseline/1', 'val/loss'))"
  inkstone sql --tables`,
		Args: func(c *cobra.Command, args []string) error {
			if tables {
				return exactArgs()(c, args)
			}
			return exactArgs("STATEMENT")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			print, ok := map[string]func(tracker.SQLAnswer) error{"table": a.answerTable, "csv": a.answerCSV, "json": a.answerJSON}[format]
			if !ok {
				return usagef("--format %q: want table, csv or json", format)
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			if tables {
				return a.printTables(c, store)
			}
			if q.Text, err = a.statement(args[0]); err != nil {
				return err
			}
			answer, err := store.SQL(c.Context(), q)
			if errors.Is(err, tracker.ErrInvalid) {
				return errUsage{err}
			}
			if err != nil {
				return err
			}
			if answer.Cut {
				fmt.Fprintf(a.stderr, "only the first %s; --rows asks for more\n", plural(len(answer.Rows), "row"))
			}
			return print(answer)
		},
	}
	c.Flags().StringVar(&format, "format", "table", "`table`, csv or json")
	c.Flags().IntVar(&q.Rows, "rows", 1000, "at most so many rows")
	c.Flags().DurationVar(&q.Within, "within", 30*time.Second, "at most so long")
	c.Flags().BoolVar(&tables, "tables", false, "list the tables and their columns")
	return a.withStore(c)
}

func (a *app) statement(text string) (string, error) {
	if text != "-" {
		return text, nil
	}
	read, err := io.ReadAll(a.stdin)
	if err != nil {
		return "", fmt.Errorf("read the statement: %w", err)
	}
	return string(read), nil
}

func (a *app) printTables(c *cobra.Command, store *tracker.Store) error {
	for _, table := range tracker.UserTables() {
		answer, err := store.SQL(c.Context(), tracker.SQLQuery{Text: "SELECT * FROM " + table[0], Rows: 1})
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s: %s\n    %s\n", table[0], table[1], strings.Join(answer.Columns, ", "))
	}
	return nil
}

func (a *app) answerTable(answer tracker.SQLAnswer) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(answer.Columns, "\t")))
	for _, row := range answer.Rows {
		fmt.Fprintln(w, strings.Join(cellsOf(row, "–"), "\t"))
	}
	return w.Flush()
}

func (a *app) answerCSV(answer tracker.SQLAnswer) error {
	w := csv.NewWriter(a.stdout)
	_ = w.Write(answer.Columns)
	for _, row := range answer.Rows {
		_ = w.Write(cellsOf(row, ""))
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func (a *app) answerJSON(answer tracker.SQLAnswer) error {
	list := make([]map[string]any, len(answer.Rows))
	for i, row := range answer.Rows {
		list[i] = map[string]any{}
		for j, name := range answer.Columns {
			if f, ok := row[j].(float64); ok {
				row[j] = tracker.Value(f) // infinities are words
			}
			list[i][name] = row[j]
		}
	}
	return writeJSON(a.stdout, list)
}

// cellsOf writes values as text, on one line each.
func cellsOf(row []any, null string) []string {
	cells := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			cells[i] = null
		case float64:
			cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
		case []byte:
			cells[i] = fmt.Sprintf("%d bytes", len(v))
		default:
			cells[i] = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\x1b", `\e`).Replace(fmt.Sprint(v))
		}
	}
	return cells
}
