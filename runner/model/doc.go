// Package model builds one decoder of the GLM family as GoMLX graph functions over experiments.Model.
//
// Weights lists every parameter with its shape and how it starts; from that one list come the count, the initial
// values (a host generator keyed by seed and name, the same on every backend), the checkpoint and the optimizer's groups.
// Logits is the forward pass: embedding, pre-norm blocks of grouped-query attention and an MLP, a final norm, the head.
// Where asked, it also hands out the attention probabilities.
//
// Names and layouts follow the native "glm" checkpoints of transformers: linear weights are [out, in].
package model
