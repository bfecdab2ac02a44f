package model

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// What tests reach beside what is exported.

// Turn turns heads [B,N,T,D] by the positions of the inputs.
func Turn(m experiments.Model, in Inputs, head_BNTD *Node) *Node {
	return newRotary(m, in, dtypes.Float32).turn(head_BNTD)
}

// Drop drops a share of the values at one of the sites of the inputs' keys.
func Drop(in Inputs, x *Node, share float64, site int) *Node {
	return (&pass{in: in}).drop(x, share, site)
}
