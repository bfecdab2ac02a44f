// Package oracle holds runner/model against an implementation of its own: tests alone, no code that runs in the product.
//
// Every type of block of the family is written a second time in gorgonia, another automatic differentiation, from the
// formulas of the papers and of the published modelling files, with matrices of two dimensions throughout. The loss and
// its gradients by all parameters are compared in float64, where a real difference stands far above the rounding (about
// 1e-15). Gorgonia's own gradients are held against central differences.
//
// Under -race, gorgonia's tensors need -gcflags=all=-d=checkptr=0.
package oracle
