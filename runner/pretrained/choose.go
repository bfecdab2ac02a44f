package pretrained

import (
	"errors"
	"fmt"
	"strings"

	"inkstone/runner/weights"
)

// Parse finds a dialect by its name.
func Parse(name string) (Dialect, error) {
	for _, d := range Dialects {
		if string(d) == name {
			return d, nil
		}
	}
	return "", unknownDialect(name)
}

func unknownDialect(name string) error {
	var all []string
	for _, d := range Dialects {
		all = append(all, string(d))
	}
	return fmt.Errorf("there is no form %q; there are %s", name, strings.Join(all, ", "))
}

// Suits is the first dialect that has words for the model: transformers' own, where one has. Where none has, the error tells what the
// nearest one lacks.
func (c *Checkpoint) Suits() (Dialect, error) {
	var nearest misfit
	var last error
	for _, d := range Dialects {
		config := c.Config
		config.Dialect = d
		var m misfit
		switch _, last = config.Encode(); {
		case last == nil:
			return d, nil
		case errors.As(last, &m) && (d == BERT) == (c.Config.Model.Family == "bert") && (nearest.lost == nil || len(m.lost) < len(nearest.lost)):
			nearest = m
		}
	}
	if nearest.lost != nil {
		last = nearest
	}
	return "", fmt.Errorf("no published form has words for this model; the nearest: %w", last)
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
