package tracker

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
		if err := p.post(ctx, tx, run); err != nil {
			return err
		}
	}
	return nil
}

func (p Param) post(ctx context.Context, tx *sql.Tx, run int64) error {
	param, err := numberOf(ctx, tx, "params (name) VALUES (?)", "params WHERE name = ?", p.Name)
	if err != nil {
		return err
	}
	if p.Kind == ParamNumber {
		_, err := tx.ExecContext(ctx, "INSERT INTO param_numbers (param, number, run) VALUES (?, ?, ?)", param, p.Number, run)
		return err
	}
	term, err := numberOf(ctx, tx, "terms (param, kind, text) VALUES (?, ?, ?)", "terms WHERE param = ? AND kind = ? AND text = ?", param, p.Kind, p.Text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO postings (term, run) VALUES (?, ?)", term, run)
	return err
}

// numberOf finds the id of something that is stored once, and stores it if it is new.
func numberOf(ctx context.Context, tx *sql.Tx, insert, find string, args ...any) (id int64, err error) {
	if err = tx.QueryRowContext(ctx, "SELECT id FROM "+find, args...).Scan(&id); !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	row, err := tx.ExecContext(ctx, "INSERT INTO "+insert, args...)
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
		if _, err := tx.ExecContext(ctx, "DELETE FROM param_numbers WHERE param = (SELECT id FROM params WHERE name = ?) AND number = ? AND run = ?", p.Name, p.Number, number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM postings WHERE run = ? AND term =
			(SELECT t.id FROM terms t JOIN params p ON p.id = t.param WHERE p.name = ? AND t.kind = ? AND t.text = ?)`, number, p.Name, p.Kind, p.Text); err != nil {
			return err
		}
	}
	return nil
}
