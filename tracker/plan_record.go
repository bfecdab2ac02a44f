package tracker

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// PlanRecord is an experiment as it is stored: its plan without the runs, its notes and what is desired.
type PlanRecord struct {
	Name     string          `json:"name"`
	Question Verbatim        `json:"question,omitempty"`
	Source   Verbatim        `json:"source"`
	Spec     RawJSON         `json:"spec"`
	Seeds    RawJSON         `json:"seeds"`
	Compare  RawJSON         `json:"compare"`
	Updated  int64           `json:"updated_us"` // Unix microseconds
	Desired  string          `json:"desired,omitempty"`
	Notes    []NoteRecord    `json:"notes,omitempty"`
	Variants []VariantRecord `json:"variants,omitempty"`
	Trials   []TrialRecord   `json:"trials,omitempty"`
}

// VariantRecord is a variant of a plan.
type VariantRecord struct {
	Name       string   `json:"name"`
	Changes    Verbatim `json:"changes"`
	Parameters int64    `json:"parameters"`
	Spec       RawJSON  `json:"spec"`
}

// TrialRecord is a trial of a plan; runs belong to it by its digest.
type TrialRecord struct {
	Variant      string `json:"variant"`
	Seed         int64  `json:"seed"`
	Digest       string `json:"digest"`
	RecordDigest string `json:"record_digest"`
}

// PlanRecords reads all experiments, by name.
func (s *Store) PlanRecords(ctx context.Context) ([]PlanRecord, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read the plans: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	plans, err := planRecords(ctx, tx, "1 = 1")
	if err != nil {
		return nil, fmt.Errorf("read the plans: %w", err)
	}
	return plans, nil
}

func planRecords(ctx context.Context, q queryer, where string, args ...any) ([]PlanRecord, error) {
	plans, err := collect(ctx, q, func(rows *sql.Rows) (p PlanRecord, err error) {
		return p, rows.Scan(&p.Name, &p.Question, &p.Source, &p.Spec, &p.Seeds, &p.Compare, &p.Updated, &p.Desired)
	}, `SELECT name, question, source, spec, seeds, compare, updated, coalesce((SELECT state FROM desired WHERE experiment = e.name AND run = ''), '')
		FROM experiments e WHERE `+where+" ORDER BY name", args...)
	for i := range plans {
		if err == nil {
			err = plans[i].read(ctx, q)
		}
	}
	return plans, err
}

func (p *PlanRecord) read(ctx context.Context, q queryer) (err error) {
	if p.Notes, err = noteRecords(ctx, q, Scope{Experiment: p.Name}); err != nil {
		return err
	}
	p.Variants, err = collect(ctx, q, func(rows *sql.Rows) (v VariantRecord, err error) {
		return v, rows.Scan(&v.Name, &v.Changes, &v.Parameters, &v.Spec)
	}, "SELECT name, changes, parameters, spec FROM variants WHERE experiment = ? ORDER BY position", p.Name)
	if err != nil {
		return err
	}
	p.Trials, err = collect(ctx, q, func(rows *sql.Rows) (t TrialRecord, err error) {
		return t, rows.Scan(&t.Variant, &t.Seed, &t.Digest, &t.RecordDigest)
	}, "SELECT variant, seed, digest, record_digest FROM trials WHERE experiment = ? ORDER BY position", p.Name)
	return err
}

// Validate refuses what cannot be a plan.
func (p PlanRecord) Validate() error {
	var seeds []int64
	var compare Compare
	switch {
	case p.Name == "":
		return fmt.Errorf("%w: an experiment without a name", ErrInvalid)
	case json.Unmarshal([]byte(p.Seeds), &seeds) != nil, json.Unmarshal([]byte(p.Compare), &compare) != nil:
		return fmt.Errorf("%w: experiment %.80q has the seeds %.80q and compares %.80q", ErrInvalid, p.Name, string(p.Seeds), string(p.Compare))
	case p.Desired != "" && p.Desired != "run" && p.Desired != "stop":
		return fmt.Errorf("%w: experiment %.80q has the desired state %q, want run or stop", ErrInvalid, p.Name, p.Desired)
	}
	variants, trials := map[string]bool{}, map[string]bool{}
	for _, v := range p.Variants {
		if variants[v.Name] {
			return fmt.Errorf("%w: experiment %.80q has the variant %.80q twice", ErrInvalid, p.Name, v.Name)
		}
		variants[v.Name] = true
	}
	for _, t := range p.Trials {
		key := fmt.Sprint(t.Seed, " ", t.Variant)
		if trials[key] {
			return fmt.Errorf("%w: experiment %.80q has variant %.80q with seed %d twice", ErrInvalid, p.Name, t.Variant, t.Seed)
		}
		trials[key] = true
	}
	return nil
}

// HasPlan tells whether the store has an experiment already. Where it has another one of that name, the error is ErrConflict.
func (im *Importer) HasPlan(ctx context.Context, p PlanRecord) (bool, error) {
	there, err := planRecords(ctx, im.store.read, "name = ?", p.Name)
	if err == nil && len(there) > 0 {
		err = p.same(there[0])
	}
	if err != nil {
		return false, fmt.Errorf("look for experiment %.80q: %w", p.Name, err)
	}
	return len(there) > 0, nil
}

// Plan brings an experiment, which is not there yet, into the store.
func (im *Importer) Plan(ctx context.Context, p PlanRecord) error {
	err := p.Validate()
	if err == nil {
		err = im.store.transact(ctx, func(tx *sql.Tx) error { return p.insert(ctx, tx) })
	}
	if err != nil {
		return fmt.Errorf("import experiment %.80q: %w", p.Name, err)
	}
	return nil
}

// same refuses another experiment.
func (p PlanRecord) same(o PlanRecord) error {
	a, errA := encodeJSON(p)
	b, errB := encodeJSON(o)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%w: the store has another experiment of that name", ErrConflict)
	}
	return nil
}

// insert writes the plan with the time at which it was saved first.
func (p PlanRecord) insert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO experiments (name, question, source, spec, seeds, compare, updated) VALUES (?, ?, ?, ?, ?, ?, ?)",
		p.Name, p.Question, p.Source, p.Spec, p.Seeds, p.Compare, p.Updated)
	if err != nil {
		return err
	}
	for i, v := range p.Variants {
		if _, err := tx.ExecContext(ctx, "INSERT INTO variants (experiment, position, name, changes, parameters, spec) VALUES (?, ?, ?, ?, ?, ?)",
			p.Name, i, v.Name, v.Changes, v.Parameters, v.Spec); err != nil {
			return err
		}
	}
	for i, t := range p.Trials {
		if _, err := tx.ExecContext(ctx, "INSERT INTO trials (experiment, position, variant, seed, digest, record_digest) VALUES (?, ?, ?, ?, ?, ?)",
			p.Name, i, t.Variant, t.Seed, t.Digest, t.RecordDigest); err != nil {
			return err
		}
	}
	if err := remember(ctx, tx, Scope{Experiment: p.Name}, p.Notes, p.Desired); err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{Kind: "plan", Experiment: p.Name})
}
