package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/weights"
)

// Checkpoint is a saved state: weights, AdamW's moments, and the step, from which the data's order follows. It includes
// everything that was recorded up to Sequence of Attempt.
type Checkpoint struct {
	Path     string
	Step     int64
	Attempt  int
	Sequence int64
}

// Metadata keys of a checkpoint's file.
const (
	keyStep     = "inkstone.step"
	keyAttempt  = "inkstone.attempt"
	keySequence = "inkstone.sequence"
)

// save writes a checkpoint once everything recorded so far is acknowledged, and drops the oldest beyond
// train.checkpoint.keep. The file appears whole or not at all.
func (a *attempt) save(ctx context.Context) error {
	sequence, err := a.Recorder.Flush(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("checkpoint at step %d: %w", a.step, err)
	}
	values, err := a.net.values()
	if err != nil {
		return fmt.Errorf("checkpoint at step %d: %w", a.step, err)
	}
	path := filepath.Join(a.CheckpointDir, fmt.Sprintf("step-%08d.safetensors", a.step))
	_, err = weights.Write(path, values, map[string]string{
		"format": "pt", keyStep: strconv.Itoa(a.step), keyAttempt: strconv.Itoa(a.Attempt), keySequence: strconv.FormatInt(sequence, 10),
	})
	if err != nil {
		return fmt.Errorf("checkpoint at step %d: %w", a.step, err)
	}
	return a.dropOld()
}

func (a *attempt) dropOld() error {
	paths, err := checkpointPaths(a.CheckpointDir)
	if err != nil {
		return err
	}
	for len(paths) > max(a.Spec.Train.Checkpoint.Keep, 1) {
		if err := os.Remove(paths[0]); err != nil {
			return fmt.Errorf("drop an old checkpoint: %w", err)
		}
		paths = paths[1:]
	}
	return nil
}

// checkpointPaths lists a run's checkpoints, oldest step first.
func checkpointPaths(dir string) ([]string, error) {
	paths, err := fs.Glob(os.DirFS(dir), "step-*.safetensors") // whatever characters the folder's name has
	slices.Sort(paths)
	for i, name := range paths {
		paths[i] = filepath.Join(dir, name)
	}
	return paths, err
}

// LatestCheckpoint finds the newest checkpoint of a folder whose checksum holds; nil if there is none. Damaged ones are
// passed over: an older one serves.
func LatestCheckpoint(dir string) (*Checkpoint, error) {
	paths, err := checkpointPaths(dir)
	if err != nil {
		return nil, fmt.Errorf("look for checkpoints: %w", err)
	}
	slices.Reverse(paths)
	for _, path := range paths {
		file, err := weights.ReadVerified(path)
		if err != nil {
			continue
		}
		c := Checkpoint{Path: path}
		step, err1 := strconv.ParseInt(file.Metadata[keyStep], 10, 64)
		number, err2 := strconv.Atoi(file.Metadata[keyAttempt])
		sequence, err3 := strconv.ParseInt(file.Metadata[keySequence], 10, 64)
		if errors.Join(err1, err2, err3) == nil {
			c.Step, c.Attempt, c.Sequence = step, number, sequence
			return &c, nil
		}
	}
	return nil, nil
}

// scopes are the three tensors of every parameter in a checkpoint; the weight itself has no prefix, so that the file is
// readable as a model.
var scopes = map[string]string{weightScope: "", moment1Scope: "optimizer.moment1.", moment2Scope: "optimizer.moment2."}

// values copies every variable to the host.
func (n *network) values() (map[string]weights.Tensor, error) {
	all := map[string]weights.Tensor{}
	for _, w := range n.weights {
		for scope, prefix := range scopes {
			value, err := n.variable(scope, w.Name).Value()
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", w.Name, err)
			}
			flat, err := tensors.CopyFlatData[float32](value)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", w.Name, err)
			}
			all[prefix+w.Name] = weights.Float32(w.Shape, flat)
		}
	}
	return all, nil
}

// load sets every variable from a checkpoint.
func (n *network) load(path string) error {
	file, err := weights.ReadVerified(path)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	for _, w := range n.weights {
		for scope, prefix := range scopes {
			stored, ok := file.Tensors[prefix+w.Name]
			if !ok || !slices.Equal(stored.Shape, w.Shape) {
				return fmt.Errorf("resume: %s has no %s%s of shape %v", path, prefix, w.Name, w.Shape)
			}
			flat, err := stored.Float32s()
			if err != nil {
				return fmt.Errorf("resume: %s: %w", path, err)
			}
			if err := n.assign(scope, w.Name, flat, w.Shape); err != nil {
				return fmt.Errorf("resume: %w", err)
			}
		}
	}
	return n.clearSums()
}
