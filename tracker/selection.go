package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/bits-and-blooms/bitset"

	"inkstone/tracker/filter"
)

// A filter is evaluated as sets of run numbers: each comparison is one look into an index, which SQLite answers with a text of
// numbers in a few milliseconds for a hundred thousand runs; the logic between them is that of bits.

// selection evaluates filters in one transaction.
type selection struct {
	ctx   context.Context
	q     queryer
	store *Store
	all   *bitset.BitSet // loaded when it is asked for
}

// runs are those that a filter selects. Deleted ones are among them only where the filter asks about them.
func (s *selection) runs(where filter.Expr) (*bitset.BitSet, error) {
	var set *bitset.BitSet
	var err error
	if where == nil {
		set, err = s.every()
		set = set.Clone()
	} else {
		set, err = s.eval(where)
	}
	if err != nil || mentionsDeleted(where) {
		return set, err
	}
	deleted, err := s.numbers("SELECT group_concat(number) FROM runs WHERE deleted <> 0")
	if err != nil {
		return nil, err
	}
	set.InPlaceDifference(deleted)
	return set, nil
}

func mentionsDeleted(e filter.Expr) bool {
	found := false
	filter.Operands(e, func(o filter.Operand) { found = found || o.Kind == filter.Attribute && o.Name == "deleted" })
	return found
}

// every is the set of all runs.
func (s *selection) every() (*bitset.BitSet, error) {
	var err error
	if s.all == nil {
		s.all, err = s.numbers("SELECT group_concat(number) FROM runs INDEXED BY runs_by_status")
	}
	return s.all, err
}

// numbers runs a query that answers with numbers and commas.
func (s *selection) numbers(query string, args ...any) (*bitset.BitSet, error) {
	set := &bitset.BitSet{}
	rows, err := s.q.QueryContext(s.ctx, query, args...)
	if err != nil {
		return set, err
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.RawBytes
		if err := rows.Scan(&text); err != nil {
			return set, err
		}
		eachNumber(text, func(n int64) { set.Set(uint(n)) })
	}
	return set, rows.Err()
}

// eachNumber visits the numbers of a text that SQLite made.
func eachNumber(text []byte, visit func(int64)) {
	n, any := int64(0), false
	for _, c := range text {
		if c == ',' {
			visit(n)
			n = 0
			continue
		}
		n, any = 10*n+int64(c-'0'), true
	}
	if any {
		visit(n)
	}
}

func (s *selection) eval(e filter.Expr) (*bitset.BitSet, error) {
	switch e := e.(type) {
	case *filter.And:
		return s.and(e.Terms)
	case *filter.Or:
		return s.fold(e.Terms, (*bitset.BitSet).InPlaceUnion)
	case *filter.Not:
		return s.others(s.eval(e.Term))
	case *filter.Compare:
		if e.Op == filter.NotEqual {
			return s.without(e.Operand, s.with(e.Operand, accepts{op: "=", values: []filter.Value{e.Value}}))
		}
		return s.with(e.Operand, accepts{op: string(e.Op), values: []filter.Value{e.Value}})()
	case *filter.In:
		return s.either(e.Operand, e.Not, accepts{op: "IN", values: e.Values})
	case *filter.Like:
		return s.either(e.Operand, e.Not, accepts{text: e.Matches})
	case *filter.Regexp:
		return s.either(e.Operand, e.Not, accepts{text: e.Compiled.MatchString})
	case *filter.Null:
		if e.Not {
			return s.there(e.Operand, true)
		}
		return s.others(s.there(e.Operand, true))
	case *filter.NaN:
		if e.Not {
			return s.there(e.Operand, false)
		}
		return s.union(e.Operand, func(x source) (string, []any, error) { return x.nan, nil, nil })
	case *filter.Has:
		if e.Operand.Kind == filter.Tag {
			return s.there(e.Operand, true)
		}
		return s.with(e.Operand, accepts{op: "=", values: []filter.Value{{Type: filter.TypeBool, Bool: true}}})()
	}
	return nil, fmt.Errorf("%w: a filter with a %T", ErrInvalid, e)
}

// and takes what is negated out of what the other terms select: so nobody needs the set of all runs.
func (s *selection) and(terms []filter.Expr) (*bitset.BitSet, error) {
	var plain, taken []filter.Expr
	for _, t := range terms {
		if not, ok := t.(*filter.Not); ok {
			taken = append(taken, not.Term)
		} else {
			plain = append(plain, t)
		}
	}
	if len(plain) == 0 {
		return s.fold(terms, (*bitset.BitSet).InPlaceIntersection)
	}
	set, err := s.fold(plain, (*bitset.BitSet).InPlaceIntersection)
	for _, t := range taken {
		var without *bitset.BitSet
		if err == nil {
			without, err = s.eval(t)
		}
		if err != nil {
			return nil, err
		}
		set.InPlaceDifference(without)
	}
	return set, err
}

func (s *selection) fold(terms []filter.Expr, join func(*bitset.BitSet, *bitset.BitSet)) (*bitset.BitSet, error) {
	set, err := s.eval(terms[0])
	for _, t := range terms[1:] {
		var next *bitset.BitSet
		if err == nil {
			next, err = s.eval(t)
		}
		if err != nil {
			return nil, err
		}
		join(set, next)
	}
	return set, err
}

// others are the runs that a set does not have.
func (s *selection) others(set *bitset.BitSet, err error) (*bitset.BitSet, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.every()
	if err != nil {
		return nil, err
	}
	return all.Difference(set), nil
}

// accepts is a condition on values: an operator with values, or a function of texts.
type accepts struct {
	op     string
	values []filter.Value
	text   func(string) bool
}

func (s *selection) either(o filter.Operand, not bool, a accepts) (*bitset.BitSet, error) {
	if not {
		return s.without(o, s.with(o, a))
	}
	return s.with(o, a)()
}

// without are the runs where the operand is there, and that are not in a set.
func (s *selection) without(o filter.Operand, set func() (*bitset.BitSet, error)) (*bitset.BitSet, error) {
	found, err := set()
	if err != nil {
		return nil, err
	}
	there, err := s.there(o, false)
	if err != nil {
		return nil, err
	}
	there.InPlaceDifference(found)
	return there, nil
}

// there are the runs that have the operand.
func (s *selection) there(o filter.Operand, alsoNaN bool) (*bitset.BitSet, error) {
	return s.union(o, func(x source) (string, []any, error) {
		if alsoNaN && x.nan != "" {
			return "1", nil, nil
		}
		return x.value + " IS NOT NULL", nil, nil
	})
}

// with are the runs whose operand is accepted.
func (s *selection) with(o filter.Operand, a accepts) func() (*bitset.BitSet, error) {
	return func() (*bitset.BitSet, error) {
		if o.Kind == filter.Attribute && o.Name == "status" {
			return s.status(a)
		}
		return s.union(o, func(x source) (string, []any, error) { return s.condition(x, a) })
	}
}

// condition is that of the values of the source's type; "" where there are none. A function is asked about each text once.
func (s *selection) condition(x source, a accepts) (string, []any, error) {
	if a.text != nil {
		return s.matching(x, a.text)
	}
	var args []any
	for _, v := range a.values {
		if v.Type == x.typ {
			args = append(args, argument(v))
		}
	}
	if len(args) == 0 {
		return "", nil, nil
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")
	return fmt.Sprintf("%s %s (%s)", x.value, a.op, marks), args, nil
}

func (s *selection) matching(x source, accept func(string) bool) (string, []any, error) {
	if x.typ != filter.TypeString {
		return "", nil, nil
	}
	query := x.texts
	if query == "" {
		query = fmt.Sprintf("SELECT DISTINCT %[1]s FROM %s AND %[1]s IS NOT NULL", x.value, x.table)
	}
	texts, err := collect(s.ctx, s.q, scanText, query, x.args...)
	accepted := []string{}
	for _, text := range texts {
		if accept(text) {
			accepted = append(accepted, text)
		}
	}
	return x.value + " IN (SELECT value FROM json_each(?))", []any{mustJSON(accepted)}, err
}

// union joins what a condition selects in each source of an operand.
func (s *selection) union(o filter.Operand, condition func(source) (where string, args []any, err error)) (*bitset.BitSet, error) {
	all, err := sources(s.ctx, s.q, o)
	if err != nil {
		return nil, err
	}
	set := &bitset.BitSet{}
	for _, x := range all {
		where, args, err := condition(x)
		if err != nil {
			return nil, err
		}
		if where == "" {
			continue
		}
		found, err := s.numbers(fmt.Sprintf("SELECT group_concat(%s) FROM %s AND %s", x.run, x.table, where), append(x.args[:len(x.args):len(x.args)], args...)...)
		if err != nil {
			return nil, err
		}
		set.InPlaceUnion(found)
	}
	return set, nil
}

// status looks at the locks of runs that are recorded as running: without one they are lost.
func (s *selection) status(a accepts) (*bitset.BitSet, error) {
	accepted := map[Status]bool{}
	for _, status := range filter.Statuses() {
		if a.text != nil {
			accepted[Status(status)] = a.text(status)
		}
	}
	for _, v := range a.values {
		accepted[Status(v.Text)] = true
	}
	var stored []string
	for status, yes := range accepted {
		if yes && status != Running && status != Lost {
			stored = append(stored, string(status))
		}
	}
	set, err := s.numbers("SELECT group_concat(number) FROM runs WHERE status IN (SELECT value FROM json_each(?))", mustJSON(stored))
	if err != nil || !accepted[Running] && !accepted[Lost] {
		return set, err
	}
	_, err = collect(s.ctx, s.q, func(r *sql.Rows) (struct{}, error) {
		var number int64
		var id string
		err := r.Scan(&number, &id)
		status := Lost
		if s.store.RunLocked(id) {
			status = Running
		}
		if accepted[status] {
			set.Set(uint(number))
		}
		return struct{}{}, err
	}, "SELECT number, id FROM runs WHERE status = 'running'")
	return set, err
}
