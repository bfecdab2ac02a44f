package model

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// rotary turns query and key heads by their positions: x·cos + (x·swap)·sin. Which dimensions form a pair, and which
// position turns them, lies in the tables alone, so that one function serves every layout of the family; dimensions
// that are not turned have frequency 0.
type rotary struct {
	cos_B1TD, sin_B1TD *Node
	swap_DD            *Node
}

func int32Shape(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }

// newRotary is nil for models without rotary positions. Angles are computed in float32 at least, whatever the stream's type.
func newRotary(m experiments.Model, in Inputs, dtype dtypes.DType) *rotary {
	if m.Positions != "rotary" && m.Positions != "rotary-2d" {
		return nil
	}
	first, second, swap := rotaryTables(m)
	fine := dtypes.Float32
	if dtype == dtypes.Float64 {
		fine = dtype
	}
	cos_BTD, sin_BTD := turnBy(in.Positions, in.Limit, first, fine)
	if m.Positions == "rotary-2d" {
		// No dimension is turned by both: the angle of one of them is 0.
		cos2, sin2 := turnBy(in.Blocks, in.Limit, second, fine)
		cos_BTD, sin_BTD = Mul(cos_BTD, cos2), Add(sin_BTD, sin2)
	}
	across := func(x *Node) *Node { return ConvertDType(InsertAxes(x, 1), dtype) }
	return &rotary{across(cos_BTD), across(sin_BTD), ConstAsDType(in.Tokens.Graph(), dtype, swap)}
}

// turnBy gives cosine and sine of positions [B,T] times frequencies [D]: [B,T,D]. Where positions are known to lie below a limit
// they are read from tables: XLA would compute them again for every layer that uses them.
func turnBy(positions_BT *Node, limit int, frequency_D []float64, dtype dtypes.DType) (cos_BTD, sin_BTD *Node) {
	g := positions_BT.Graph()
	if limit > 0 {
		table := func(f func(float64) float64) *Node {
			rows := make([][]float64, limit)
			for position := range rows {
				for _, frequency := range frequency_D {
					rows[position] = append(rows[position], f(float64(position)*frequency))
				}
			}
			return Gather(ConstAsDType(g, dtype, rows), InsertAxes(positions_BT, -1))
		}
		return table(math.Cos), table(math.Sin)
	}
	p := ConvertDType(positions_BT, dtype)
	angle_BTD := Mul(InsertAxes(p, -1), ExpandLeftToRank(ConstAsDType(g, dtype, frequency_D), 3))
	return Cos(angle_BTD), Sin(angle_BTD)
}

// turn applies the rotation to [B,heads,T,D].
func (r *rotary) turn(x_BNTD *Node) *Node {
	if r == nil {
		return x_BNTD
	}
	swapped := contract(x_BNTD, []int{3}, nil, r.swap_DD, []int{0}, nil)
	return Add(Mul(x_BNTD, r.cos_B1TD), Mul(swapped, r.sin_B1TD))
}

// rotaryTables gives, per dimension of a head, its frequency by the position and by the block position, and the signed
// permutation that swaps the partners of a pair: (a, b) -> (−b, a).
//
// "rotary" turns the first partial_rotary_factor of the head (ChatGLM2, GLM-4). "rotary-2d" cuts the head in two halves,
// turned by position and block position (ChatGLM-6B). Within a turned part, pairs are neighbours (interleaved) or lie half the
// part apart (half).
func rotaryTables(m experiments.Model) (first, second []float64, swap [][]float64) {
	d := HeadDim(m)
	first, second, swap = make([]float64, d), make([]float64, d), make([][]float64, d)
	for i := range swap {
		swap[i] = make([]float64, d)
	}
	// turn fills in the width dimensions from start on.
	turn := func(table []float64, start, width int) {
		for i := range width / 2 {
			a, b := start+2*i, start+2*i+1
			if m.RopePairing == "half" {
				a, b = start+i, start+i+width/2
			}
			f := math.Pow(m.RopeTheta, -2*float64(i)/float64(width))
			table[a], table[b] = f, f
			swap[b][a], swap[a][b] = -1, 1
		}
	}
	if m.Positions == "rotary-2d" {
		turn(first, 0, d/2)
		turn(second, d/2, d/2)
		return first, second, swap
	}
	turn(first, 0, int(float64(d)*m.PartialRotaryFactor))
	return first, second, swap
}
