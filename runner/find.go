package runner

import (
	"fmt"
	"strings"
)

// CheckpointPath is the file of a run's checkpoint at a step; of its newest intact one where step is negative.
func CheckpointPath(dir string, step int64) (string, error) {
	if step < 0 {
		newest, err := LatestCheckpoint(dir)
		if err != nil {
			return "", err
		}
		if newest == nil {
			return "", fmt.Errorf("the run has no intact checkpoint in %s; train it with `inkstone run`", dir)
		}
		return newest.Path, nil
	}
	paths, err := checkpointPaths(dir)
	if err != nil {
		return "", fmt.Errorf("look for checkpoints: %w", err)
	}
	var steps []string
	for _, path := range paths {
		at, ok := stepOf(path)
		if ok && at == step {
			return path, nil
		}
		steps = append(steps, fmt.Sprint(at))
	}
	if len(steps) == 0 {
		return "", fmt.Errorf("the run has no checkpoint in %s; train it with `inkstone run`", dir)
	}
	return "", fmt.Errorf("the run has no checkpoint at step %d; there are those at %s (train.checkpoint keeps more)", step, strings.Join(steps, ", "))
}
