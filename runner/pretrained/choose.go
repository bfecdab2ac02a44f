package pretrained

import (
	"fmt"

	"inkstone/runner/weights"
)

// Parse finds a dialect by its name.
func Parse(name string) (Dialect, error) {
	for _, d := range Dialects {
		if string(d) == name {
			return d, nil
		}
	}
	return "", fmt.Errorf("there is no dialect %q; there are %v", name, Dialects)
}

// Suits is the first dialect that has words for the model: transformers' own, where one has.
func (c *Checkpoint) Suits() (Dialect, error) {
	var last error
	for _, d := range Dialects {
		config := c.Config
		config.Dialect = d
		if _, last = config.Encode(); last == nil {
			return d, nil
		}
	}
	return "", fmt.Errorf("no dialect has words for this model; of the last: %w", last)
}

// Types counts the parameters' values by the type in which they are stored.
func (c *Checkpoint) Types() map[weights.DType]int64 {
	all := map[weights.DType]int64{}
	for _, w := range c.Parameters {
		if t, err := c.Tensor(w.Name); err == nil {
			all[t.DType] += w.Size()
		}
	}
	return all
}
