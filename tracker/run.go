package tracker

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Status is how a run stands.
type Status string

// The statuses. Lost is derived: recorded as running, and no process holds the run.
const (
	Planned  Status = "planned"
	Running  Status = "running"
	Finished Status = "finished"
	Failed   Status = "failed"
	Stopped  Status = "stopped"
	Lost     Status = "lost"
)

// Final tells whether an attempt can end so.
func (s Status) Final() bool { return s == Finished || s == Failed || s == Stopped }

// Run is one execution of a trial.
type Run struct {
	ID string `json:"id"`
	// Experiment and Variant are those in which the run was created.
	Experiment      string          `json:"experiment"`
	Variant         string          `json:"variant"`
	Seed            int64           `json:"seed"`
	Digest          string          `json:"digest"`
	RecordDigest    string          `json:"record_digest"`
	DataDigest      string          `json:"data_digest,omitempty"`
	TokenizerDigest string          `json:"tokenizer_digest,omitempty"`
	Status          Status          `json:"status"`
	Error           string          `json:"error,omitempty"`
	Spec            json.RawMessage `json:"spec,omitempty"`
	Parameters      int64           `json:"parameters"`
	Created         time.Time       `json:"created"`
	Started         time.Time       `json:"started,omitzero"`
	Finished        time.Time       `json:"finished,omitzero"`
	// Parent is the run that this one goes on from, "" for none.
	Parent string `json:"parent,omitempty"`
	// Deleted is when the run was deleted; it is hidden since, and gone once it is collected.
	Deleted time.Time `json:"deleted,omitzero"`
	// Superseded: the current plan of no experiment has a trial of this run's digest.
	Superseded bool      `json:"superseded"`
	Attempts   []Attempt `json:"attempts,omitempty"`
	// Metrics are the last values.
	Metrics map[string]Value `json:"metrics"`
	// Tags have a value, or "" where they are simply there.
	Tags map[string]string `json:"tags"`
}

// Attempt is one uninterrupted stretch of a run.
type Attempt struct {
	Number  int         `json:"number"`
	Status  Status      `json:"status"`
	Started time.Time   `json:"started"`
	Ended   time.Time   `json:"ended,omitzero"`
	Error   string      `json:"error,omitempty"`
	Info    AttemptInfo `json:"info"`
}

// AttemptInfo is where and with what an attempt ran: what decides its numbers.
type AttemptInfo struct {
	Host         string            `json:"host"`
	Backend      string            `json:"backend"`
	Plugin       string            `json:"plugin,omitempty"`
	PluginDigest string            `json:"plugin_digest,omitempty"`
	Threads      int               `json:"threads"`
	Devices      int               `json:"devices"`
	ISA          string            `json:"isa"`
	GoVersion    string            `json:"go_version"`
	Modules      map[string]string `json:"modules,omitempty"`
	// Version is the program's own.
	Version string `json:"version,omitempty"`
	// GitCommit is that of the folder where the run was started; GitDirty: there were changes beside it.
	GitCommit string `json:"git_commit,omitempty"`
	GitDirty  bool   `json:"git_dirty,omitempty"`
	PID       int    `json:"pid"`
	// CPUs are the cores that the attempt was bound to.
	CPUs    string  `json:"cpus,omitempty"`
	Machine Machine `json:"machine,omitzero"`
}

// Machine is the computer of an attempt.
type Machine struct {
	OS          string   `json:"os,omitempty"` // and architecture: "linux/amd64"
	Kernel      string   `json:"kernel,omitempty"`
	CPU         string   `json:"cpu,omitempty"`
	Cores       int      `json:"cores,omitempty"`
	MemoryBytes int64    `json:"memory_bytes,omitempty"`
	GPUs        []string `json:"gpus,omitempty"`
	Driver      string   `json:"driver,omitempty"`
}

// NewRun is what CreateRun needs.
type NewRun struct {
	Experiment, Variant         string
	Seed                        int64
	Digest, RecordDigest        string
	DataDigest, TokenizerDigest string
	Spec                        json.RawMessage
	Parameters                  int64
	// Parent is the id of the run that this one goes on from, "" for none.
	Parent string
}

// CreateRun creates a planned run and its folder.
func (s *Store) CreateRun(ctx context.Context, n NewRun) (Run, error) {
	now := s.clock()
	id, err := s.nextID(ctx, now)
	if err != nil {
		return Run{}, fmt.Errorf("create run: %w", err)
	}
	r := Run{
		ID: id, Experiment: n.Experiment, Variant: n.Variant, Seed: n.Seed, Digest: n.Digest, RecordDigest: n.RecordDigest,
		DataDigest: n.DataDigest, TokenizerDigest: n.TokenizerDigest, Status: Planned, Spec: n.Spec, Parameters: n.Parameters, Parent: n.Parent,
		Created: fromMicros(micros(now)), Metrics: map[string]Value{}, Tags: map[string]string{},
	}
	if err := makeFolder(s.CheckpointDir(r.ID)); err != nil {
		return r, fmt.Errorf("create run: %w", err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if err := checkParent(ctx, tx, r.Parent); err != nil {
			return err
		}
		row, err := tx.ExecContext(ctx, `INSERT INTO runs (id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest,
			status, error, parent, spec, parameters, created, started, finished, deleted, collecting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'planned', '', ?, ?, ?, ?, 0, 0, 0, 0)`,
			r.ID, r.Experiment, r.Variant, r.Seed, r.Digest, r.RecordDigest, r.DataDigest, r.TokenizerDigest, r.Parent, string(r.Spec), r.Parameters, micros(now))
		if err != nil {
			return err
		}
		number, err := row.LastInsertId()
		if err != nil {
			return err
		}
		if err := postParams(ctx, tx, number, r.Spec); err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "run", Experiment: r.Experiment, Run: r.ID})
	})
	if err != nil {
		return r, fmt.Errorf("create run: %w", err)
	}
	return r, nil
}

func checkParent(ctx context.Context, tx *sql.Tx, parent string) error {
	if parent == "" {
		return nil
	}
	_, err := runExperiment(ctx, tx, parent)
	return err
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// nextID sorts behind all runs, also where the clock was set back since the newest of them.
func (s *Store) nextID(ctx context.Context, now time.Time) (string, error) {
	var newest string
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(id), '') FROM runs").Scan(&newest); err != nil {
		return "", err
	}
	id := newID(now)
	if id > newest {
		return id, nil
	}
	text, err := idAlphabet.DecodeString(newest)
	if err != nil || len(text) < 8 {
		return id, nil // an id of another form, which says nothing of time
	}
	return newID(time.UnixMilli(int64(binary.BigEndian.Uint64(text)>>16) + 1)), nil
}

// newID sorts by time (milliseconds) and ends in 32 random bits.
func newID(now time.Time) string {
	var b [10]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(b[6:])
	return idAlphabet.EncodeToString(b[:])
}

// RunFilter selects runs; nil and empty fields select all. Experiment selects runs that are trials of its current plan,
// in whatever experiment they were created, and those that were created in it.
// Deleted runs are left out, unless they are asked for: then they alone are listed.
type RunFilter struct {
	Experiment, Variant *string
	Status              []Status
	// Parent selects the runs that go on from another.
	Parent  *string
	Deleted bool
}

// Runs lists runs with their attempts and last values, oldest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	where, args := "(r.deleted <> 0) = ?", []any{f.Deleted}
	if f.Parent != nil {
		where += " AND r.parent = ?"
		args = append(args, *f.Parent)
	}
	if f.Experiment != nil {
		where += " AND (r.experiment = ? OR r.digest IN (SELECT digest FROM trials WHERE experiment = ?))"
		args = append(args, *f.Experiment, *f.Experiment)
	}
	if f.Variant != nil {
		where += " AND r.variant = ?"
		args = append(args, *f.Variant)
	}
	runs, err := s.selectRuns(ctx, where, args...)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	if len(f.Status) == 0 {
		return runs, nil
	}
	var kept []Run
	for _, r := range runs {
		for _, status := range f.Status {
			if r.Status == status {
				kept = append(kept, r)
			}
		}
	}
	return kept, nil
}

const runColumns = `r.id, r.experiment, r.variant, r.seed, r.digest, r.record_digest, r.data_digest, r.tokenizer_digest, r.status, r.error,
	r.spec, r.parameters, r.created, r.started, r.finished, r.parent, r.deleted, NOT EXISTS (SELECT 1 FROM trials t WHERE t.digest = r.digest)`

// selectRuns reads runs by a condition on runs r, oldest first, whole.
func (s *Store) selectRuns(ctx context.Context, where string, args ...any) ([]Run, error) {
	return s.selectRunsIn(ctx, s.read, where, args...)
}

func (s *Store) selectRunsIn(ctx context.Context, q queryer, where string, args ...any) ([]Run, error) {
	runs, err := collect(ctx, q, scanRun, "SELECT "+runColumns+" FROM runs r WHERE "+where+" ORDER BY r.id", args...)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	byID := make(map[string]*Run, len(runs))
	for i := range runs {
		byID[runs[i].ID] = &runs[i]
	}
	if err := addAttempts(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	if err := addMetrics(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	if err := addTags(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	for i := range runs {
		if runs[i].Status == Running && !s.RunLocked(runs[i].ID) {
			runs[i].Status = Lost
		}
	}
	return runs, nil
}

// runsByNumber reads runs in the order of their numbers' list.
func (s *Store) runsByNumber(ctx context.Context, q queryer, numbers []int64) ([]Run, error) {
	order, err := collect(ctx, q, scanText, "SELECT r.id FROM json_each(?) j JOIN runs r ON r.number = j.value ORDER BY j.key", mustJSON(numbers))
	if err != nil {
		return nil, err
	}
	found, err := s.selectRunsIn(ctx, q, "r.number IN (SELECT value FROM json_each(?))", mustJSON(numbers))
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Run, len(found))
	for _, r := range found {
		byID[r.ID] = r
	}
	runs := make([]Run, 0, len(order))
	for _, id := range order {
		runs = append(runs, byID[id])
	}
	return runs, nil
}

func scanRun(rows *sql.Rows) (Run, error) {
	var r Run
	var spec string
	var created, started, finished, deleted int64
	err := rows.Scan(&r.ID, &r.Experiment, &r.Variant, &r.Seed, &r.Digest, &r.RecordDigest, &r.DataDigest, &r.TokenizerDigest, &r.Status,
		&r.Error, &spec, &r.Parameters, &created, &started, &finished, &r.Parent, &deleted, &r.Superseded)
	r.Spec, r.Metrics, r.Tags = json.RawMessage(spec), map[string]Value{}, map[string]string{}
	r.Created, r.Started, r.Finished = fromMicros(created), fromMicros(started), fromMicros(finished)
	r.Deleted = fromMicros(deleted)
	return r, err
}

func addAttempts(ctx context.Context, q queryer, runs map[string]*Run, where string, args []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var id, info string
		var a Attempt
		var started, ended int64
		if err := rows.Scan(&id, &a.Number, &a.Status, &a.Error, &started, &ended, &info); err != nil {
			return struct{}{}, err
		}
		a.Started, a.Ended = fromMicros(started), fromMicros(ended)
		if r := runs[id]; r != nil {
			r.Attempts = append(r.Attempts, a)
			return struct{}{}, json.Unmarshal([]byte(info), &r.Attempts[len(r.Attempts)-1].Info)
		}
		return struct{}{}, nil
	}, `SELECT a.run, a.number, a.status, a.error, a.started, a.ended, a.info FROM attempts a JOIN runs r ON r.id = a.run
		WHERE `+where+" ORDER BY a.run, a.number", args...)
	return err
}

func addMetrics(ctx context.Context, q queryer, runs map[string]*Run, where string, args []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var id, metric, kind string
		var number sql.NullFloat64
		if err := rows.Scan(&id, &metric, &number, &kind); err != nil {
			return struct{}{}, err
		}
		v, err := fromKind(kind, number.Float64)
		if r := runs[id]; r != nil {
			r.Metrics[metric] = v
		}
		return struct{}{}, err
	}, "SELECT s.run, s.name, s.last_value, s.last_kind FROM series s JOIN runs r ON r.id = s.run WHERE s.context = '' AND s.count > 0 AND "+where, args...)
	return err
}

// runExperiment reads the experiment that a run was created in.
func runExperiment(ctx context.Context, tx *sql.Tx, run string) (experiment string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT experiment FROM runs WHERE id = ?", run).Scan(&experiment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%w: there is no run %q", ErrNotFound, run)
	}
	return experiment, err
}
