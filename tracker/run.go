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
	Experiment      string `json:"experiment"`
	Variant         string `json:"variant"`
	Seed            int64  `json:"seed"`
	Digest          string `json:"digest"`
	RecordDigest    string `json:"record_digest"`
	DataDigest      string `json:"data_digest,omitempty"`
	TokenizerDigest string `json:"tokenizer_digest,omitempty"`
	Status          Status `json:"status"`
	// Error is why the run failed or was stopped, or which stop rule finished it early.
	Error      string          `json:"error,omitempty"`
	Spec       json.RawMessage `json:"spec,omitempty"`
	Parameters int64           `json:"parameters"`
	Created    time.Time       `json:"created"`
	Started    time.Time       `json:"started,omitzero"`
	Finished   time.Time       `json:"finished,omitzero"`
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

// runExperiment reads the experiment that a run was created in.
func runExperiment(ctx context.Context, tx *sql.Tx, run string) (experiment string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT experiment FROM runs WHERE id = ?", run).Scan(&experiment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%w: there is no run %q", ErrNotFound, run)
	}
	return experiment, err
}
