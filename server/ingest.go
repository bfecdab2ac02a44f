package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// api makes a handler that answers with JSON, whatever is asked for.
func (s *Server) api(f func(r *http.Request) (any, error)) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		data, err := f(r)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		return writeJSON(w, http.StatusOK, data)
	})
}

func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: read the request: %w", tracker.ErrInvalid, err)
	}
	return nil
}

// createRun answers POST /api/runs.
func (s *Server) createRun(r *http.Request) (any, error) {
	var n remote.NewRun
	if err := readJSON(r, &n); err != nil {
		return nil, err
	}
	if n.Experiment == "" || n.Variant == "" {
		return nil, fmt.Errorf("%w: a run needs an experiment and a variant", tracker.ErrInvalid)
	}
	if len(n.Spec) == 0 {
		n.Spec = json.RawMessage("{}")
	}
	run, err := s.Store.CreateRun(r.Context(), tracker.NewRun(n))
	return runAnswer(run), err
}

func runAnswer(r tracker.Run) remote.Run {
	return remote.Run{ID: r.ID, Experiment: r.Experiment, Variant: r.Variant, Seed: r.Seed, Status: r.Status, Attempts: len(r.Attempts)}
}

// findRun answers GET /api/runs/{run}.
func (s *Server) findRun(r *http.Request) (any, error) {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	return runAnswer(run), err
}

// beginAttempt answers POST /api/runs/{run}/attempts.
func (s *Server) beginAttempt(r *http.Request) (any, error) {
	var b remote.Begin
	if err := readJSON(r, &b); err != nil {
		return nil, err
	}
	if b.Key == "" {
		return nil, fmt.Errorf("%w: an attempt begins with a key of its own, any text that no other has", tracker.ErrInvalid)
	}
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	if run.ID != r.PathValue("run") {
		return nil, fmt.Errorf("%w: an attempt begins with its run's whole id, %s", tracker.ErrNotFound, run.ID)
	}
	writer, err := writerOf(r)
	if err != nil {
		return nil, err
	}
	number, err := s.holds.begin(r.Context(), run.ID, writer, b.Key, b.Info, (*tracker.Resume)(b.Resume))
	if err != nil {
		return nil, err
	}
	return s.state(r, run.ID, number)
}

func writerOf(r *http.Request) (string, error) {
	writer := r.Header.Get(remote.WriterHeader)
	if writer == "" {
		return "", fmt.Errorf("%w: the header %s is missing; it tells one writer from another, by any text that no other has", tracker.ErrInvalid, remote.WriterHeader)
	}
	return writer, nil
}

func (s *Server) state(r *http.Request, run string, number int) (any, error) {
	state, err := s.Store.AttemptState(r.Context(), run, number)
	return remote.State{Attempt: number, Status: state.Status, LastSequence: state.LastSequence}, err
}

// attemptOf is the attempt that a request is about.
type attemptOf struct {
	run    string
	number int
	hold   *hold // nil where it has ended
}

// attempt makes a handler of a function about an attempt, which is heard of thereby; it answers how far the attempt has come.
func (s *Server) attempt(f func(r *http.Request, of attemptOf) error) http.Handler {
	return s.api(func(r *http.Request) (any, error) {
		of := attemptOf{run: r.PathValue("run")}
		var err error
		if of.number, err = strconv.Atoi(r.PathValue("attempt")); err != nil {
			return nil, fmt.Errorf("%w: attempt %q is no number", tracker.ErrInvalid, r.PathValue("attempt"))
		}
		if r.Method != http.MethodGet {
			writer, err := writerOf(r)
			if err != nil {
				return nil, err
			}
			hold, leave, err := s.holds.enter(r.Context(), of.run, of.number, writer)
			if err != nil {
				return nil, err
			}
			defer leave()
			of.hold = hold
		}
		if err := f(r, of); err != nil {
			return nil, err
		}
		return s.state(r, of.run, of.number)
	})
}

// attemptState answers GET …/{attempt}.
func (s *Server) attemptState(*http.Request, attemptOf) error { return nil }

// takeBatches answers POST …/batches when the store has acknowledged all of them.
func (s *Server) takeBatches(r *http.Request, of attemptOf) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read batches: %w", err)
	}
	batches, err := decodeBatches(body, of)
	if err != nil || len(batches) == 0 {
		return err
	}
	return s.Store.AppendAll(r.Context(), batches)
}

func decodeBatches(body []byte, of attemptOf) (batches []tracker.Batch, err error) {
	for offset := 0; offset < len(body); {
		f, size, err := remote.DecodeFrame(body[offset:])
		if err == nil && (f.Kind != remote.Points || f.Run != of.run || f.Attempt != of.number) {
			err = fmt.Errorf("%w: %v, sent as batches of run %s, attempt %d", tracker.ErrInvalid, f, of.run, of.number)
		}
		b := tracker.Batch{Run: f.Run, Attempt: f.Attempt, Sequence: f.Sequence}
		if err == nil {
			b.Samples, err = tracker.DecodeSamples(f.Payload)
		}
		if err != nil {
			return nil, fmt.Errorf("frame %d, at byte %d: %w", len(batches)+1, offset, err)
		}
		batches, offset = append(batches, b), offset+size
	}
	return batches, nil
}

// declareMetrics answers POST …/metrics.
func (s *Server) declareMetrics(r *http.Request, of attemptOf) error {
	var m remote.Metrics
	if err := readJSON(r, &m); err != nil {
		return err
	}
	infos := make([]tracker.MetricInfo, len(m.Metrics))
	for i := range m.Metrics {
		infos[i] = tracker.MetricInfo(m.Metrics[i])
	}
	return s.Store.DeclareMetrics(r.Context(), of.run, infos)
}

// endAttempt answers POST …/end. An attempt ends once: a second end changes nothing.
func (s *Server) endAttempt(r *http.Request, of attemptOf) error {
	var e remote.End
	if err := readJSON(r, &e); err != nil {
		return err
	}
	if !e.Status.Final() {
		return fmt.Errorf("%w: an attempt cannot end as %q; it is %s, %s or %s", tracker.ErrInvalid, e.Status, tracker.Finished, tracker.Failed, tracker.Stopped)
	}
	state, err := s.Store.AttemptState(r.Context(), of.run, of.number)
	if err != nil || of.hold == nil {
		return err
	}
	if state.LastSequence < e.Sequence {
		return fmt.Errorf("%w: a gap before the end: its last batch is %d, and %d is the last that arrived", tracker.ErrInvalid, e.Sequence, state.LastSequence)
	}
	return s.holds.end(r.Context(), of.run, of.hold, e.Status, e.Error)
}
