package runner

import (
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
)

// dropoutKeys are the last input of a graph that trains: the keys of what an update drops from a micro-batch. There are none
// where nothing is dropped.
func (n *network) dropoutKeys(step, part int) []any {
	if !model.Drops(n.spec.Model) {
		return nil
	}
	keys, sites := model.DropoutKeys(n.spec.Model, n.seed, step, part)
	return []any{tensors.FromFlatDataAndDimensions(keys, sites, len(keys)/sites)}
}
