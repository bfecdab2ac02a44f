// Package optim is the optimisation: learning-rate schedules as pure functions of the step, and AdamW with decay groups
// and a clipped global norm as graph functions.
package optim
