// Package runner executes one attempt of a run: it trains a spec's model with one seed, measures, records and saves it.
//
// Run prepares the network (package model) with initial weights or a checkpoint, then loops: a batch that is a pure
// function of (content, seed, step), one compiled update, and, at their steps, metrics, validation, head scores and
// attention maps, which go to a Recorder. A checkpoint is written only after everything recorded before it is
// acknowledged, so that a resume continues with the same bits; it also holds what stop rules and the best checkpoint
// remember. A step that fails, or whose loss is no number, is trained again from the last good checkpoint, once. What only data and model can tell of a spec, CorpusSize,
// SizeOf and Estimate tell before anything is trained.
package runner
