package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Plan is an experiment's current plan: that of the newest run of its spec.
type Plan struct {
	Name, Question string
	// Source is the YAML as it was read; Spec the resolved baseline.
	Source   string
	Spec     json.RawMessage
	Variants []Variant
	Seeds    []int64
	Compare  Compare
	// Trials are in the order of execution.
	Trials  []Trial
	Updated time.Time
}

// Variant is a named setting of an experiment.
type Variant struct {
	Name string
	// Changes says for people what differs from the baseline: "model.positions: none".
	Changes    string
	Parameters int64
	Spec       json.RawMessage
}

// Compare is what an experiment's table is about. Goal is "minimize" or "maximize".
type Compare struct {
	Metric   string   `json:"metric"`
	Goal     string   `json:"goal"`
	Baseline string   `json:"baseline"`
	Also     []string `json:"also"`
}

// Trial is one variant with one seed.
type Trial struct {
	Variant              string
	Seed                 int64
	Digest, RecordDigest string
	// Run is the newest run of that digest, in whatever experiment; a finished one is preferred. Nil if there is none.
	Run *Run
}

// Experiment is a plan in short.
type Experiment struct {
	Name, Question          string
	Updated                 time.Time
	Variants, Seeds, Trials int
	// Counts are the trials by status; those without a run count as planned.
	Counts  map[Status]int
	Compare Compare
}

// SavePlan makes p the current plan of its experiment. Runs that are no longer in it are shown as superseded.
func (s *Store) SavePlan(ctx context.Context, p Plan) error {
	seeds, compare := mustJSON(p.Seeds), mustJSON(p.Compare)
	err := s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM experiments WHERE name = ?", p.Name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO experiments (name, question, source, spec, seeds, compare, updated) VALUES (?, ?, ?, ?, ?, ?, ?)",
			p.Name, p.Question, p.Source, string(p.Spec), seeds, compare, micros(s.clock()))
		if err != nil {
			return err
		}
		for i, v := range p.Variants {
			if _, err := tx.ExecContext(ctx, "INSERT INTO variants (experiment, position, name, changes, parameters, spec) VALUES (?, ?, ?, ?, ?, ?)",
				p.Name, i, v.Name, v.Changes, v.Parameters, string(v.Spec)); err != nil {
				return err
			}
		}
		for i, t := range p.Trials {
			if _, err := tx.ExecContext(ctx, "INSERT INTO trials (experiment, position, variant, seed, digest, record_digest) VALUES (?, ?, ?, ?, ?, ?)",
				p.Name, i, t.Variant, t.Seed, t.Digest, t.RecordDigest); err != nil {
				return err
			}
		}
		return addEvent(ctx, tx, Event{Kind: "plan", Experiment: p.Name})
	})
	if err != nil {
		return fmt.Errorf("save the plan of %q: %w", p.Name, err)
	}
	return nil
}

// Plan reads an experiment's current plan with its trials' runs.
func (s *Store) Plan(ctx context.Context, experiment string) (Plan, error) {
	p, err := s.planHead(ctx, experiment)
	if err != nil {
		return p, fmt.Errorf("read the plan of %q: %w", experiment, err)
	}
	p.Variants, err = collect(ctx, s.read, func(r *sql.Rows) (v Variant, err error) {
		var spec string
		err = r.Scan(&v.Name, &v.Changes, &v.Parameters, &spec)
		v.Spec = json.RawMessage(spec)
		return v, err
	}, "SELECT name, changes, parameters, spec FROM variants WHERE experiment = ? ORDER BY position", experiment)
	if err != nil {
		return p, fmt.Errorf("read the variants of %q: %w", experiment, err)
	}
	if p.Trials, err = s.trials(ctx, experiment); err != nil {
		return p, fmt.Errorf("read the trials of %q: %w", experiment, err)
	}
	return p, nil
}

func (s *Store) planHead(ctx context.Context, experiment string) (Plan, error) {
	var p Plan
	var spec, seeds, compare string
	var updated int64
	err := s.read.QueryRowContext(ctx, "SELECT name, question, source, spec, seeds, compare, updated FROM experiments WHERE name = ?", experiment).
		Scan(&p.Name, &p.Question, &p.Source, &spec, &seeds, &compare, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("%w: there is no such experiment%s", ErrNotFound, s.knownExperiments(ctx))
	}
	if err != nil {
		return p, err
	}
	p.Spec, p.Updated = json.RawMessage(spec), fromMicros(updated)
	return p, errors.Join(json.Unmarshal([]byte(seeds), &p.Seeds), json.Unmarshal([]byte(compare), &p.Compare))
}

// knownExperiments lists a few names for an error message.
func (s *Store) knownExperiments(ctx context.Context) string {
	names, err := collect(ctx, s.read, scanText, "SELECT name FROM experiments ORDER BY updated DESC LIMIT 5")
	if err != nil || len(names) == 0 {
		return "; the store has none yet"
	}
	return fmt.Sprintf("; the store has %q", names)
}

func scanText(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) }

// trials reads the trials of an experiment, each with its run.
func (s *Store) trials(ctx context.Context, experiment string) ([]Trial, error) {
	trials, err := collect(ctx, s.read, func(r *sql.Rows) (t Trial, err error) {
		return t, r.Scan(&t.Variant, &t.Seed, &t.Digest, &t.RecordDigest)
	}, "SELECT variant, seed, digest, record_digest FROM trials WHERE experiment = ? ORDER BY position", experiment)
	if err != nil {
		return nil, err
	}
	runs, err := s.selectRuns(ctx, "r.deleted = 0 AND r.digest IN (SELECT digest FROM trials WHERE experiment = ?)", experiment)
	if err != nil {
		return nil, err
	}
	byDigest := map[string]*Run{}
	for i := range runs { // oldest first
		r := &runs[i]
		if before := byDigest[r.Digest]; before == nil || before.Status != Finished || r.Status == Finished {
			byDigest[r.Digest] = r
		}
	}
	for i := range trials {
		trials[i].Run = byDigest[trials[i].Digest]
	}
	return trials, nil
}

// Comparisons reads what the current plans of experiments compare, by their names; what has no plan is left out.
func (s *Store) Comparisons(ctx context.Context, experiments []string) (map[string]Compare, error) {
	found := map[string]Compare{}
	_, err := collect(ctx, s.read, func(r *sql.Rows) (struct{}, error) {
		var name, text string
		if err := r.Scan(&name, &text); err != nil {
			return struct{}{}, err
		}
		var c Compare
		err := json.Unmarshal([]byte(text), &c)
		found[name] = c
		return struct{}{}, err
	}, "SELECT name, compare FROM experiments WHERE name IN (SELECT value FROM json_each(?))", mustJSON(experiments))
	if err != nil {
		return nil, fmt.Errorf("read what experiments compare: %w", err)
	}
	return found, nil
}

// ExperimentNames lists the names of the experiments, the newest plan first.
func (s *Store) ExperimentNames(ctx context.Context) ([]string, error) {
	names, err := collect(ctx, s.read, scanText, "SELECT name FROM experiments ORDER BY updated DESC, name")
	if err != nil {
		return nil, fmt.Errorf("list experiments: %w", err)
	}
	return names, nil
}

// Experiments lists the experiments, the newest plan first.
func (s *Store) Experiments(ctx context.Context) ([]Experiment, error) {
	names, err := s.ExperimentNames(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Experiment, 0, len(names))
	for _, name := range names {
		p, err := s.Plan(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := Experiment{
			Name: p.Name, Question: p.Question, Updated: p.Updated, Variants: len(p.Variants), Seeds: len(p.Seeds),
			Trials: len(p.Trials), Counts: map[Status]int{}, Compare: p.Compare,
		}
		for _, t := range p.Trials {
			if t.Run == nil {
				e.Counts[Planned]++
			} else {
				e.Counts[t.Run.Status]++
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// mustJSON encodes values whose types always can be.
func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
