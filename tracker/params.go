package tracker

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Param is a field of a run's spec that holds a value: Name is its dotted path, "train.learning_rate".
type Param struct {
	Name string
	Kind ParamKind
	// Text is a string as it is, and anything else as JSON.
	Text string
	// Number is the value of a number.
	Number float64
}

// ParamKind is a param's type.
type ParamKind string

// The types of params. A list is one value.
const (
	ParamNumber ParamKind = "number"
	ParamString ParamKind = "string"
	ParamBool   ParamKind = "bool"
	ParamNull   ParamKind = "null"
	ParamList   ParamKind = "list"
)

// Params lists the fields of a spec that hold values, by name.
func Params(spec json.RawMessage) ([]Param, error) {
	if len(spec) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(spec))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("%w: the spec is no JSON object: %w", ErrInvalid, err)
	}
	var list []Param
	addParams(&list, "", root)
	return list, nil
}

func addParams(list *[]Param, prefix string, fields map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		p := Param{Name: prefix + key, Kind: ParamList}
		switch v := fields[key].(type) {
		case map[string]any:
			addParams(list, p.Name+".", v)
			continue
		case string:
			p.Kind, p.Text = ParamString, v
		case bool:
			p.Kind, p.Text = ParamBool, strconv.FormatBool(v)
		case nil:
			p.Kind, p.Text = ParamNull, "null"
		case json.Number:
			p.Kind, p.Text = ParamNumber, v.String()
			p.Number, _ = v.Float64() // beyond the range it is infinite, as it should be
		default:
			p.Text = mustJSON(v)
		}
		*list = append(*list, p)
	}
}

// postParams makes the run findable by the fields of its spec.
func postParams(ctx context.Context, tx *sql.Tx, run int64, spec json.RawMessage) error {
	params, err := Params(spec)
	if err != nil {
		return err
	}
	for _, p := range params {
		term, err := p.term(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO postings (term, run) VALUES (?, ?)", term, run); err != nil {
			return err
		}
	}
	return nil
}

// term finds the number of a value, and gives it one if it is new.
func (p Param) term(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	find := func() error {
		return tx.QueryRowContext(ctx, "SELECT id FROM terms WHERE name = ? AND kind = ? AND text = ?", p.Name, p.Kind, p.Text).Scan(&id)
	}
	if err = find(); err != sql.ErrNoRows {
		return id, err
	}
	row, err := tx.ExecContext(ctx, "INSERT INTO terms (name, kind, text, number) VALUES (?, ?, ?, ?)", p.Name, p.Kind, p.Text,
		sql.NullFloat64{Float64: p.Number, Valid: p.Kind == ParamNumber})
	if err != nil {
		return 0, err
	}
	return row.LastInsertId()
}

// withdrawParams takes the run out of the lists that postParams put it in.
func withdrawParams(ctx context.Context, tx *sql.Tx, run string) error {
	var number int64
	var spec string
	if err := tx.QueryRowContext(ctx, "SELECT number, spec FROM runs WHERE id = ?", run).Scan(&number, &spec); err != nil {
		return err
	}
	params, err := Params(json.RawMessage(spec))
	if err != nil {
		return err
	}
	for _, p := range params {
		if _, err := tx.ExecContext(ctx, "DELETE FROM postings WHERE run = ? AND term = (SELECT id FROM terms WHERE name = ? AND kind = ? AND text = ?)",
			number, p.Name, p.Kind, p.Text); err != nil {
			return err
		}
	}
	return nil
}
