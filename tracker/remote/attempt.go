package remote

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"inkstone/tracker"
)

// Attempt is an attempt of a run that a client began.
type Attempt struct {
	client *Client
	key    attemptKey
}

// CreateRun creates a planned run at the server. It asks once: whether a run was created is not known when the answer is lost.
func (c *Client) CreateRun(ctx context.Context, n tracker.NewRun) (Run, error) {
	var r Run
	if err := c.caller.post(ctx, "/api/runs", NewRun(n), &r); err != nil {
		return r, fmt.Errorf("create a run at %s: %w", c.caller.base, err)
	}
	return r, nil
}

// FindRun finds a run at the server: by id, by a unique prefix of one, or as experiment/variant/seed.
func (c *Client) FindRun(ctx context.Context, ref string) (Run, error) {
	var r Run
	if err := c.caller.call(ctx, http.MethodGet, "/api/runs/"+url.PathEscape(ref), asJSON, nil, &r); err != nil {
		return r, fmt.Errorf("find run %q at %s: %w", ref, c.caller.base, err)
	}
	return r, nil
}

// BeginAttempt starts the next attempt of a run, given by its whole id, and asks again while the server does not answer. What
// is pending is sent before, since the resume point may lie in it. Where another writer holds the run, the error is
// tracker.ErrConflict; an attempt that the same journal began before is taken for dead.
func (c *Client) BeginAttempt(ctx context.Context, run string, info tracker.AttemptInfo, resume *tracker.Resume) (*Attempt, error) {
	fail := func(err error) (*Attempt, error) {
		return nil, fmt.Errorf("begin an attempt of run %s at %s: %w", run, c.caller.base, err)
	}
	if err := errors.Join(c.ledger.failure(), c.Flush(ctx)); err != nil {
		return fail(err)
	}
	state, err := c.begin(ctx, run, Begin{Info: info, Resume: (*Resume)(resume), Key: rand.Text()})
	if err != nil {
		return fail(err)
	}
	key := attemptKey{run, state.Attempt}
	c.writer.mu.Lock()
	defer c.writer.mu.Unlock()
	if err := c.writer.open(); err != nil {
		return fail(err)
	}
	c.attempts[key] = progress{last: state.LastSequence}
	return &Attempt{c, key}, nil
}

func (c *Client) begin(ctx context.Context, run string, b Begin) (s State, err error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := c.caller.post(ctx, "/api/runs/"+url.PathEscape(run)+"/attempts", b, &s)
		if err == nil || forever(err) || errors.Is(err, tracker.ErrConflict) {
			return s, err
		}
		if ended := rest(ctx, pause, err); ended != nil {
			return s, errors.Join(err, ended)
		}
	}
}

// Run is the run's id.
func (a *Attempt) Run() string { return a.key.run }

// Number is the attempt's number, from 1.
func (a *Attempt) Number() int { return a.key.number }

// Sink takes the attempt's batches.
func (a *Attempt) Sink() tracker.Sink { return a.client }

// DeclareMetrics says what the run's metrics are. It is acknowledged, and sent in its order, as a batch is.
func (a *Attempt) DeclareMetrics(ctx context.Context, infos []tracker.MetricInfo) error {
	var m Metrics
	for _, info := range infos {
		m.Metrics = append(m.Metrics, Metric(info))
	}
	err := a.client.append(ctx, a.key, func(p progress) (Frame, progress, error) {
		payload, err := json.Marshal(m)
		return Frame{Kind: Declare, Sequence: p.last, Payload: payload}, p, err
	})
	if err != nil {
		return fmt.Errorf("declare the metrics of run %s: %w", a.key.run, err)
	}
	return nil
}

// End ends the attempt and its run. It is acknowledged, and sent behind the last batch, as a batch is.
func (a *Attempt) End(ctx context.Context, status tracker.Status, reason string) error {
	err := a.client.append(ctx, a.key, func(p progress) (Frame, progress, error) {
		if p.ended {
			return Frame{}, p, fmt.Errorf("%w: it has ended", tracker.ErrInvalid)
		}
		if !status.Final() {
			return Frame{}, p, fmt.Errorf("%w: an attempt cannot end as %q", tracker.ErrInvalid, status)
		}
		payload, err := json.Marshal(End{Status: status, Error: reason, Sequence: p.last})
		p.ended = true
		return Frame{Kind: Ended, Sequence: p.last, Payload: payload}, p, err
	})
	if err != nil {
		return fmt.Errorf("end attempt %d of run %s: %w", a.key.number, a.key.run, err)
	}
	return nil
}
