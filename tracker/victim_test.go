package tracker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// victim is a kind of process that works on a store until it is killed.
type victim struct {
	name  string
	owner bool // it looks after the store; there is one at a time
	runs  int  // that it writes to
	work  func(s *Store, j *job) error
	// read lists the serials that a run holds, in order; of a victim with runs.
	read func(s *Store, run string) ([]int64, error)
}

// victims are all kinds. A new one is a line here; work says what it has done with j.acknowledge, or j.ready.
var victims = []*victim{
	{name: "writer", runs: 3, work: logUntilKilled, read: readCounts},
	{name: "capturer", runs: 1, work: captureUntilKilled, read: readCaptures},
	{name: "keeper of files", runs: 1, work: keepUntilKilled, read: readFiles},
	{name: "collector", work: collectUntilKilled},
	{name: "owner who folds", owner: true, work: foldUntilKilled},
	{name: "owner who checkpoints", owner: true, work: checkpointUntilKilled},
}

// job is what a process is told. The witness is a file outside of the store, with a line for each acknowledgement.
type job struct {
	Victim, Dir, Witness string
	Runs                 []string

	mu      sync.Mutex
	witness *os.File
	said    sync.Once
}

// acknowledged is a line of the witness: everything up to a serial, which came with a batch.
type acknowledged struct {
	Run      string
	Attempt  int
	Sequence int64
	Serial   int64
}

func workUntilKilled(text string) error {
	j := &job{}
	if err := json.Unmarshal([]byte(text), j); err != nil {
		return err
	}
	var err error
	if j.witness, err = os.OpenFile(j.Witness, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return err
	}
	for _, v := range victims {
		if v.name != j.Victim {
			continue
		}
		s, err := Open(j.Dir, Options{Attempt: !v.owner})
		if err != nil {
			return err
		}
		if v.owner {
			release, ok, err := s.LockOwner()
			if err != nil || !ok {
				return errors.Join(err, errors.New("another owns the store"))
			}
			defer release()
		}
		return v.work(s, j)
	}
	return fmt.Errorf("no victim is called %q", j.Victim)
}

// ready tells the test that the process is at work.
func (j *job) ready() { j.said.Do(func() { fmt.Println("ready") }) }

// acknowledge writes a line, in one piece.
func (j *job) acknowledge(a acknowledged) error {
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.witness.Write(append(line, '\n'))
	j.ready()
	return err
}

// last is what was last acknowledged of a run.
func (j *job) last(run string) (last acknowledged, err error) {
	text, err := os.ReadFile(j.Witness)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return last, err
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	for _, line := range slices.Backward(lines) {
		if !bytes.Contains(line, []byte(run)) {
			continue
		}
		return last, json.Unmarshal(line, &last)
	}
	return last, nil
}

// resume begins an attempt behind what was acknowledged.
func (j *job) resume(s *Store, run string) (*Attempting, acknowledged, error) {
	last, err := j.last(run)
	if err != nil {
		return nil, last, err
	}
	var from *Resume
	if last.Attempt > 0 {
		from = &Resume{last.Attempt, last.Sequence}
	}
	a, err := s.BeginAttempt(context.Background(), run, AttemptInfo{}, from)
	return a, last, err
}

// logUntilKilled logs 1, 2, 3 … to each of its runs at once.
func logUntilKilled(s *Store, j *job) error {
	failed := make(chan error)
	for _, run := range j.Runs {
		go func() { failed <- j.log(s, run) }()
	}
	return <-failed
}

func (j *job) log(s *Store, run string) error {
	a, last, err := j.resume(s, run)
	if err != nil {
		return err
	}
	r := NewRecorder(a.Sink(), run, a.Number(), RecorderOptions{Every: time.Millisecond, Samples: 20})
	for serial := last.Serial + 1; ; serial++ {
		if err := r.Log(serial, map[string]float64{"count": float64(serial), "other": 0}); err != nil {
			return err
		}
		if serial%7 != 0 {
			continue
		}
		sequence, err := r.Flush(context.Background())
		if err != nil {
			return err
		}
		if err := j.acknowledge(acknowledged{run, a.Number(), sequence, serial}); err != nil {
			return err
		}
		time.Sleep(time.Millisecond) // a writer without a pause would leave the others no turn
	}
}

func readCounts(s *Store, run string) (serials []int64, err error) {
	points, err := s.Points(context.Background(), run, Series{Metric: "count"})
	for _, p := range points {
		serials = append(serials, int64(p.Value))
		if p.Step != int64(p.Value) {
			return nil, fmt.Errorf("%v stands at step %d", p.Value, p.Step)
		}
	}
	return serials, err
}

// captureUntilKilled records captures at steps 1, 2, 3 …, each after a batch.
func captureUntilKilled(s *Store, j *job) error {
	ctx := context.Background()
	a, last, err := j.resume(s, j.Runs[0])
	if err != nil {
		return err
	}
	for sequence := int64(1); ; sequence++ {
		serial := last.Serial + sequence
		if err := s.Append(ctx, Batch{a.run, a.number, sequence, []Sample{at("count", serial, float64(serial))}}); err != nil {
			return err
		}
		c := attention(serial, 1, 2, 400) // several transactions
		c.DType = U8
		if err := a.Capture(ctx, c, sequence); err != nil {
			return err
		}
		if err := j.acknowledge(acknowledged{a.run, a.number, sequence, serial}); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// readCaptures lists the steps of captures, after a look at a head of each.
func readCaptures(s *Store, run string) (serials []int64, err error) {
	captures, err := s.Captures(context.Background(), run)
	for _, c := range captures {
		serials = append(serials, c.Step)
		if _, _, err := s.CaptureHead(context.Background(), c.ID, 0, 1); err != nil {
			return nil, err
		}
	}
	return serials, err
}

// keepUntilKilled keeps files 1, 2, 3 …, in every second one the same content.
func keepUntilKilled(s *Store, j *job) error {
	run := j.Runs[0]
	last, err := j.last(run)
	for serial := last.Serial + 1; err == nil; serial++ {
		content := strings.Repeat(fmt.Sprint(serial*(serial%2)), 5000)
		if _, err = s.PutArtifact(context.Background(), run, fmt.Sprintf("%09d", serial), "", strings.NewReader(content)); err == nil {
			err = j.acknowledge(acknowledged{Run: run, Serial: serial})
		}
		time.Sleep(time.Millisecond)
	}
	return err
}

// readFiles lists the files of a run, after a look into each.
func readFiles(s *Store, run string) (serials []int64, err error) {
	list, err := s.Artifacts(context.Background(), run)
	for _, a := range list {
		serial, parseErr := strconv.ParseInt(a.Name, 10, 64)
		if err := errors.Join(parseErr, s.verifyBlob(context.Background(), a.Digest, a.Size)); err != nil {
			return nil, err
		}
		serials = append(serials, serial)
	}
	return serials, err
}

// collectUntilKilled makes runs with something of everything, deletes and collects them, with what it left at its last death.
func collectUntilKilled(s *Store, j *job) error {
	ctx := context.Background()
	for n := int64(0); ; n++ {
		r, err := s.CreateRun(ctx, NewRun{Experiment: "gone", Variant: "v", Seed: n, Digest: "gone", Spec: []byte(`{"model":{"hidden_size":8,"mlp":"gelu"}}`)})
		if err != nil {
			return err
		}
		a, err := s.BeginAttempt(ctx, r.ID, AttemptInfo{}, nil)
		if err != nil {
			return err
		}
		samples := make([]Sample, 2000)
		for i := range samples {
			samples[i] = at(fmt.Sprint("m", i%20), int64(i), float64(i))
		}
		for sequence := range int64(3) {
			err = errors.Join(err, s.Append(ctx, Batch{r.ID, a.number, sequence + 1, samples}))
		}
		_, putErr := s.PutArtifact(ctx, r.ID, "file", "", strings.NewReader(r.ID))
		err = errors.Join(err, putErr, a.Capture(ctx, attention(1, 1, 2, 100), 1), s.Tag(ctx, []string{r.ID}, Retag{Set: map[string]string{"x": ""}}),
			a.End(ctx, Finished, ""), s.DeleteRuns(ctx, []string{r.ID}))
		if err != nil {
			return err
		}
		if _, err := s.Collect(ctx, nil); err != nil {
			return err
		}
		j.ready()
	}
}

// foldUntilKilled folds everything, at once and again.
func foldUntilKilled(s *Store, j *job) error {
	ctx := context.Background()
	for ; ; j.ready() {
		floor, err := s.Version(ctx)
		if err != nil {
			return err
		}
		runs, err := collect(ctx, s.read, scanText, "SELECT DISTINCT run FROM journal WHERE kind = 'points'")
		if err != nil {
			return err
		}
		for _, run := range runs {
			if err := s.foldRun(ctx, run, floor); err != nil && !errors.Is(err, errMoved) && !transient(err) {
				return err
			}
		}
		if err := s.maintain(ctx, floor); err != nil && !transient(err) {
			return err
		}
	}
}

// checkpointUntilKilled folds the write-ahead log into the database, in every way.
func checkpointUntilKilled(s *Store, j *job) error {
	for ; ; j.ready() {
		for _, mode := range []string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"} {
			var busy, frames, done int
			if err := s.write.QueryRow("PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &done); err != nil && !transient(err) {
				return err
			}
		}
		time.Sleep(time.Millisecond)
	}
}
