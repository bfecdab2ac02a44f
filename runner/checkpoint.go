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
	history  history
}

// Metadata keys of a checkpoint's file.
const (
	keyStep     = "inkstone.step"
	keyAttempt  = "inkstone.attempt"
	keySequence = "inkstone.sequence"
	keyHistory  = "inkstone.history"
)

// save writes a checkpoint once everything recorded so far is acknowledged, and drops old ones. The file appears whole or
// not at all.
func (a *attempt) save(ctx context.Context) error {
	if err := a.write(ctx); err != nil {
		return fmt.Errorf("checkpoint at step %d: %w", a.step, err)
	}
	a.saved = a.step
	return a.dropOld()
}

func (a *attempt) write(ctx context.Context) error {
	sequence, err := a.Recorder.Flush(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	values, err := a.net.values()
	if err != nil {
		return err
	}
	past := a.history
	past.Trained = a.trained()
	text, err := past.encode()
	if err != nil {
		return err
	}
	_, err = weights.Write(a.checkpointPath(a.step), values, map[string]string{
		"format": "pt", keyStep: strconv.Itoa(a.step), keyAttempt: strconv.Itoa(a.Attempt), keySequence: strconv.FormatInt(sequence, 10), keyHistory: text,
	})
	return err
}

func (a *attempt) checkpointPath(step int) string {
	return filepath.Join(a.CheckpointDir, fmt.Sprintf("step-%08d.safetensors", step))
}

// dropOld leaves the newest train.checkpoint.keep checkpoints and the best one.
func (a *attempt) dropOld() error {
	paths, err := checkpointPaths(a.CheckpointDir)
	if err != nil {
		return err
	}
	for _, path := range paths[:max(len(paths)-max(a.Spec.Train.Checkpoint.Keep, 1), 0)] {
		if best := a.history.Best; best != nil && path == a.checkpointPath(best.Step) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("drop an old checkpoint: %w", err)
		}
	}
	return nil
}

// dropBeyond removes the checkpoints behind the step at which an attempt begins: they are damaged, or of a past that a
// restart has given up, and would pass for the newest ones. Files that a killed attempt left half written go, too.
func dropBeyond(dir string, step int) error {
	paths, err := checkpointPaths(dir)
	if err != nil {
		return err
	}
	halves, err := fs.Glob(os.DirFS(dir), ".step-*.safetensors.tmp")
	for i, name := range halves {
		halves[i] = filepath.Join(dir, name)
	}
	for _, path := range paths {
		if at, ok := stepOf(path); ok && at > int64(step) {
			halves = append(halves, path)
		}
	}
	for _, path := range halves {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return fmt.Errorf("drop checkpoints behind step %d: %w", step, err)
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

// stepOf is the step in a checkpoint's name.
func stepOf(path string) (step int64, ok bool) {
	_, err := fmt.Sscanf(filepath.Base(path), "step-%d.safetensors", &step)
	return step, err == nil
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
		if c, err := checkpointOf(path, file.Metadata); err == nil {
			return c, nil
		}
	}
	return nil, nil
}

// checkpointOf reads what a file's metadata say of it.
func checkpointOf(path string, metadata map[string]string) (*Checkpoint, error) {
	step, err1 := strconv.ParseInt(metadata[keyStep], 10, 64)
	number, err2 := strconv.Atoi(metadata[keyAttempt])
	sequence, err3 := strconv.ParseInt(metadata[keySequence], 10, 64)
	past, err4 := decodeHistory(metadata[keyHistory])
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	return &Checkpoint{path, step, number, sequence, past}, nil
}

// scopes are the three tensors of every parameter in a checkpoint; the weight itself has no prefix, so that the file is
// readable as a model.
var scopes = map[string]string{weightScope: "", moment1Scope: "optimizer.moment1.", moment2Scope: "optimizer.moment2."}

// values copies every variable to the host.
func (n *network) values() (map[string]weights.Tensor, error) {
	all := map[string]weights.Tensor{}
	for _, w := range n.weights {
		for scope, prefix := range scopes {
			flat, err := n.floats(scope, w.Name)
			if err != nil {
				return nil, err
			}
			all[prefix+w.Name] = weights.Float32(w.Shape, flat)
		}
	}
	return all, nil
}

// floats copies a variable to the host, row-major.
func (n *network) floats(scope, name string) ([]float32, error) {
	value, err := n.variable(scope, name).Value()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return flat, nil
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
