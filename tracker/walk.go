package tracker

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bits-and-blooms/bitset"

	"inkstone/tracker/filter"
)

// walk goes through selected runs in an order: first those that have a value, read from its index some at a time until the
// page is full, then the others, the newest first.
type walk struct {
	ctx   context.Context
	q     queryer
	set   *bitset.BitSet
	order *filter.Order
	limit int
}

// place is where a run stands in an order: its value, nil if it has none, and its number.
type place struct {
	value  any
	number int64
}

// firstChunk is how many rows of the index are read at first; it grows where few of them are selected.
const firstChunk = 1024

// from returns the next runs behind a place, at most limit of them; "" is the beginning.
func (w *walk) from(cursor string) (numbers []int64, err error) {
	at, err := parsePlace(cursor)
	if err != nil {
		return nil, err
	}
	if w.order == nil {
		return w.newest(w.set, at), nil
	}
	all, err := w.sources()
	if err != nil {
		return nil, err
	}
	if at == nil || at.value != nil {
		if numbers, err = w.merge(all, at); err != nil || len(numbers) >= w.limit {
			return numbers, err
		}
		at = nil
	}
	rest, err := w.withoutValue(all)
	if err != nil {
		return nil, err
	}
	w.limit -= len(numbers)
	return append(numbers, w.newest(rest, at)...), nil
}

// sources are those of the order's operand: of a param numbers if there are any, else words.
func (w *walk) sources() ([]source, error) {
	all, err := sources(w.ctx, w.q, w.order.Operand)
	if err != nil || w.order.Operand.Kind != filter.Param {
		return all, err
	}
	for _, x := range all {
		var there bool
		if err := w.q.QueryRowContext(w.ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s)", x.table), x.args...).Scan(&there); err != nil {
			return nil, err
		}
		if there {
			return []source{x}, nil
		}
	}
	return nil, nil
}

// newest are the highest numbers of a set, below a place.
func (w *walk) newest(set *bitset.BitSet, below *place) (numbers []int64) {
	next, ok := uint(0), set.Len() > 0
	if ok {
		next = set.Len() - 1
	}
	if below != nil {
		ok = ok && below.number > 0
		next = min(next, uint(max(below.number-1, 0)))
	}
	for ok && len(numbers) < w.limit {
		if next, ok = set.PreviousSet(next); ok {
			numbers = append(numbers, int64(next))
			ok = next > 0
			next--
		}
	}
	return numbers
}

// merge walks through the sources' values together. The second of a metric's, of runs that go on, is small.
func (w *walk) merge(all []source, at *place) (numbers []int64, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	var between []place
	for _, x := range all[1:] {
		more, err := w.places(x, at)
		if err != nil {
			return nil, err
		}
		between = append(between, more...)
	}
	for chunk := firstChunk; len(numbers) < w.limit; chunk *= 4 {
		var until *place
		if len(between) > 0 {
			until = &between[0]
		}
		read, last, err := w.chunk(all[0], at, until, chunk)
		if err != nil {
			return nil, err
		}
		numbers = w.keep(numbers, read...)
		switch {
		case len(read) == chunk:
			at = last
		case until != nil:
			numbers, at, between = w.keep(numbers, until.number), until, between[1:]
		default:
			return numbers, nil
		}
	}
	return numbers, nil
}

// keep appends what is selected, up to the limit.
func (w *walk) keep(numbers []int64, read ...int64) []int64 {
	for _, n := range read {
		if len(numbers) < w.limit && w.set.Test(uint(n)) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// bounds are conditions for what stands behind one place and before another.
func (w *walk) bounds(x source, after, before *place) (where string, args []any) {
	where, args = x.table+" AND "+x.value+" IS NOT NULL", x.args[:len(x.args):len(x.args)]
	less, greater := "<", ">"
	if w.order.Desc {
		less, greater = greater, less
	}
	for _, b := range []struct {
		at *place
		op string
	}{{after, greater}, {before, less}} {
		if b.at != nil {
			where += fmt.Sprintf(" AND (%s, %s) %s (?, ?)", x.value, x.run, b.op)
			args = append(args, b.at.value, b.at.number)
		}
	}
	return where, args
}

func (w *walk) direction(x source) string {
	if w.order.Desc {
		return fmt.Sprintf("%s DESC, %s DESC", x.value, x.run)
	}
	return fmt.Sprintf("%s, %s", x.value, x.run)
}

// chunk reads numbers of runs in order, with the place of the last.
func (w *walk) chunk(x source, after, before *place, most int) (numbers []int64, last *place, err error) {
	where, args := w.bounds(x, after, before)
	end := "max"
	if w.order.Desc {
		end = "min"
	}
	rows, err := w.q.QueryContext(w.ctx, fmt.Sprintf("SELECT group_concat(run), %s(value) FROM (SELECT %s AS run, %s AS value FROM %s ORDER BY %s LIMIT ?)",
		end, x.run, x.value, where, w.direction(x)), append(args, most)...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.RawBytes
		last = &place{}
		if err := rows.Scan(&text, &last.value); err != nil {
			return nil, nil, err
		}
		eachNumber(text, func(n int64) { numbers = append(numbers, n) })
	}
	if len(numbers) > 0 {
		last.number = numbers[len(numbers)-1]
	}
	return numbers, last, rows.Err()
}

// places reads a small source whole, in order.
func (w *walk) places(x source, after *place) ([]place, error) {
	where, args := w.bounds(x, after, nil)
	return collect(w.ctx, w.q, func(r *sql.Rows) (p place, err error) { return p, r.Scan(&p.value, &p.number) },
		fmt.Sprintf("SELECT %s, %s FROM %s ORDER BY %s", x.value, x.run, where, w.direction(x)), args...)
}

// withoutValue are the selected runs that the sources have no value of.
func (w *walk) withoutValue(all []source) (*bitset.BitSet, error) {
	rest := w.set.Clone()
	for _, x := range all {
		valued, err := (&selection{ctx: w.ctx, q: w.q}).numbers(fmt.Sprintf("SELECT group_concat(%s) FROM %s AND %s IS NOT NULL", x.run, x.table, x.value), x.args...)
		if err != nil {
			return nil, err
		}
		rest.InPlaceDifference(valued)
	}
	return rest, nil
}

// after is the cursor behind a run.
func (w *walk) after(number int64) (string, error) {
	p := place{number: number}
	if w.order != nil {
		all, err := w.sources()
		if err != nil {
			return "", err
		}
		for _, x := range all {
			err := w.q.QueryRowContext(w.ctx, fmt.Sprintf("SELECT %s FROM %s AND %s = ?", x.value, x.table, x.run), append(x.args[:len(x.args):len(x.args)], number)...).Scan(&p.value)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return "", err
			}
			if p.value != nil {
				break
			}
		}
	}
	return p.String(), nil
}

// String is the place as a cursor: the value's kind, itself and the number.
func (p place) String() string {
	text := []string{"", "", strconv.FormatInt(p.number, 10)}
	switch v := p.value.(type) {
	case float64:
		text[0], text[1] = "f", strconv.FormatUint(math.Float64bits(v), 16)
	case int64:
		text[0], text[1] = "i", strconv.FormatInt(v, 10)
	case string:
		text[0], text[1] = "s", v
	case []byte:
		text[0], text[1] = "s", string(v)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(mustJSON(text)))
}

// parsePlace reads a cursor; "" is none.
func parsePlace(cursor string) (*place, error) {
	if cursor == "" {
		return nil, nil
	}
	wrong := fmt.Errorf("%w: %.80q is no page; take the next of the page before", ErrInvalid, cursor)
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	var text [3]string
	if err != nil || json.Unmarshal(data, &text) != nil || strings.Trim(text[2], "0123456789") != "" {
		return nil, wrong
	}
	p := &place{}
	var bits uint64
	var errs [2]error
	p.number, errs[0] = strconv.ParseInt(text[2], 10, 64)
	switch text[0] {
	case "":
	case "f":
		bits, errs[1] = strconv.ParseUint(text[1], 16, 64)
		p.value = math.Float64frombits(bits)
	case "i":
		p.value, errs[1] = strconv.ParseInt(text[1], 10, 64)
	case "s":
		p.value = text[1]
	default:
		return nil, wrong
	}
	if errors.Join(errs[:]...) != nil {
		return nil, wrong
	}
	return p, nil
}
