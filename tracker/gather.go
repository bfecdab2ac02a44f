package tracker

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"github.com/bits-and-blooms/bitset"

	"inkstone/tracker/filter"
)

// Gathered is runs that have the same values of some keys, and their numbers.
type Gathered struct {
	// Key has a value for each key; the Type of one is "" where the runs have none.
	Key []filter.Value
	// Count is how many runs there are; Excluded of them give no numbers.
	Count, Excluded int
	// Numbers has the finite values of each column, in no order; a run without one is left out.
	Numbers [][]float64
}

// MostGathered bounds the groups that are made: more would be a list of runs again.
const MostGathered = 1000

// Gather puts the runs that a filter selects in groups by keys, which are checked operands of other kinds than metrics and
// times, and reads the numbers of columns, which are metrics, params, and attributes that are numbers or durations (in seconds).
// Groups stand in the order of their keys' values: numbers, texts, and what has none at last.
func (s *Store) Gather(ctx context.Context, where filter.Expr, keys, columns []filter.Operand) ([]Gathered, error) {
	groups, err := s.gatherRuns(ctx, where, keys, columns)
	if err != nil {
		return nil, fmt.Errorf("group runs: %w", err)
	}
	return groups, nil
}

func (s *Store) gatherRuns(ctx context.Context, where filter.Expr, keys, columns []filter.Operand) ([]Gathered, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	g := &gathering{selection: selection{ctx: ctx, q: tx, store: s}}
	if g.set, err = g.runs(where); err != nil {
		return nil, err
	}
	g.of = make([]int32, g.set.Len())
	g.groups = []Gathered{{}}
	for _, key := range keys {
		if err := g.split(key); err != nil {
			return nil, err
		}
	}
	excluded, err := g.there(filter.Operand{Kind: filter.Tag, Name: ExcludedTag}, false)
	if err != nil {
		return nil, err
	}
	g.count(excluded)
	g.set.InPlaceDifference(excluded)
	for i, column := range columns {
		if err := g.read(i, column); err != nil {
			return nil, err
		}
	}
	return g.sorted(), nil
}

// gathering splits a set of runs into groups, key by key.
type gathering struct {
	selection
	set    *bitset.BitSet
	of     []int32 // the group of each run, by its number
	groups []Gathered
}

// split splits every group by the values of a key.
func (g *gathering) split(key filter.Operand) error {
	values, err := g.valuesOf(key)
	if err != nil {
		return err
	}
	old := g.groups
	g.groups = nil
	fresh := map[[2]int32]int32{}
	place := func(n uint, value int32, v filter.Value) error {
		at := [2]int32{g.of[n], value}
		group, known := fresh[at]
		if !known {
			if group = int32(len(g.groups)); group == MostGathered {
				return fmt.Errorf("%w: %s makes more than %d groups; group by something that takes fewer values, or filter first", ErrInvalid, key, MostGathered)
			}
			fresh[at] = group
			g.groups = append(g.groups, Gathered{Key: append(slices.Clone(old[at[0]].Key), v)})
		}
		g.of[n] = group
		return nil
	}
	rest := g.set.Clone()
	for i, value := range values {
		value.runs.InPlaceIntersection(rest)
		rest.InPlaceDifference(value.runs)
		for n := range value.runs.EachSet() {
			if err := place(n, int32(i), value.Value); err != nil {
				return err
			}
		}
	}
	for n := range rest.EachSet() {
		if err := place(n, -1, filter.Value{}); err != nil {
			return err
		}
	}
	return nil
}

// valued is a value with the runs that have it.
type valued struct {
	filter.Value
	runs *bitset.BitSet
}

// valuesOf lists the values that a key takes, each with its runs.
func (g *gathering) valuesOf(key filter.Operand) ([]valued, error) {
	if key.Kind == filter.Attribute && key.Name == "status" {
		return g.statuses()
	}
	all, err := sources(g.ctx, g.q, key)
	if err != nil {
		return nil, err
	}
	var list []valued
	for _, x := range all {
		found, err := g.distinct(x)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// statuses tells running from lost.
func (g *gathering) statuses() (list []valued, err error) {
	for _, status := range filter.Statuses() {
		v := filter.Value{Type: filter.TypeString, Text: status}
		runs, err := g.status(accepts{op: "=", values: []filter.Value{v}})
		if err != nil {
			return nil, err
		}
		list = append(list, valued{v, runs})
	}
	return list, nil
}

func (g *gathering) distinct(x source) ([]valued, error) {
	rows, err := g.q.QueryContext(g.ctx, fmt.Sprintf("SELECT %[1]s, group_concat(%[2]s) FROM %[3]s AND %[1]s IS NOT NULL GROUP BY 1", x.value, x.run, x.table), x.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []valued
	for rows.Next() {
		v := valued{filter.Value{Type: x.typ}, &bitset.BitSet{}}
		var text sql.RawBytes
		var into any = &v.Text
		if x.typ == filter.TypeNumber {
			into = &v.Number
		}
		if err := rows.Scan(into, &text); err != nil {
			return nil, err
		}
		if x.typ == filter.TypeBool {
			v.Bool = v.Text == "true"
		}
		eachNumber(text, func(n int64) { v.runs.Set(uint(n)) })
		list = append(list, v)
	}
	return list, rows.Err()
}

func (g *gathering) count(excluded *bitset.BitSet) {
	for n := range g.set.EachSet() {
		group := &g.groups[g.of[n]]
		group.Count++
		if excluded.Test(n) {
			group.Excluded++
		}
	}
}

// read gives the groups the numbers of a column. They leave SQLite as one text, as sets do.
func (g *gathering) read(column int, o filter.Operand) error {
	all, err := sources(g.ctx, g.q, o)
	if err != nil {
		return err
	}
	for i := range g.groups {
		g.groups[i].Numbers = append(g.groups[i].Numbers, nil)
	}
	for _, x := range all {
		if x.typ != filter.TypeNumber && x.typ != filter.TypeDuration {
			continue
		}
		var text []byte
		err := g.q.QueryRowContext(g.ctx, fmt.Sprintf("SELECT group_concat(%[2]s || ':' || (%[1]s)) FROM %[3]s AND %[1]s IS NOT NULL",
			x.value, x.run, x.table), x.args...).Scan(&text)
		if err != nil {
			return err
		}
		if err := g.take(column, x.typ, text); err != nil {
			return err
		}
	}
	return nil
}

// take reads "number:value,…". Infinite values have no mean and are left out.
func (g *gathering) take(column int, typ filter.Type, text []byte) error {
	for len(text) > 0 {
		var pair []byte
		pair, text, _ = bytes.Cut(text, []byte(","))
		run, value, _ := bytes.Cut(pair, []byte(":"))
		n, err := strconv.ParseUint(string(run), 10, 64)
		if err != nil {
			return fmt.Errorf("read the number of a run: %w", err)
		}
		if !g.set.Test(uint(n)) || bytes.HasSuffix(value, []byte("Inf")) {
			continue
		}
		v, err := strconv.ParseFloat(string(value), 64)
		if err != nil {
			return fmt.Errorf("read a number of run %d: %w", n, err)
		}
		if typ == filter.TypeDuration {
			v /= 1e6
		}
		numbers := &g.groups[g.of[n]].Numbers[column]
		*numbers = append(*numbers, v)
	}
	return nil
}

// sorted are the groups that have runs, by the values of their keys.
func (g *gathering) sorted() []Gathered {
	groups := slices.DeleteFunc(g.groups, func(x Gathered) bool { return x.Count == 0 })
	slices.SortStableFunc(groups, func(a, b Gathered) int { return compareKeys(a.keys(), b.keys()) })
	return groups
}

func (x Gathered) keys() []groupKey {
	keys := make([]groupKey, len(x.Key))
	for i, v := range x.Key {
		switch v.Type {
		case "":
			keys[i].kind = keyMissing
		case filter.TypeNumber:
			keys[i].number = v.Number
		default:
			keys[i].text, keys[i].kind = v.Text, keyText
		}
	}
	return keys
}
