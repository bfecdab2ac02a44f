// Package runner executes one attempt of a run: it trains a spec's model with one seed, measures, records and saves it.
//
// Run prepares the network (package model) with initial weights or a checkpoint, then loops (step.go):
//
//	batch, a pure function of (content, seed, step) (package objective) -> tensors of its rows (feed.go)
//	  -> one compiled update, or one graph per micro-batch and one that applies their sum (network.go, accumulate.go)
//	  -> at their steps: metrics, validation, head scores and attention maps (measure.go), which go to a Recorder
//	  -> stop rules (stop.go) -> a checkpoint where one is due (checkpoint.go)
//
// A checkpoint is written only after everything recorded before it is acknowledged, so that a resume continues with the same
// bits; it also holds what stop rules and the best checkpoint remember (history.go). A step that fails, or whose loss is no
// number, is trained again from the last good checkpoint, once (reload.go). What only data and model can tell of a spec,
// CorpusSize, SizeOf and Estimate tell before anything is trained.
package runner
