// Package model builds the networks of the GLM family, and BERT's encoder, as GoMLX graph functions over experiments.Model.
// One network serves them all; what tells them apart are switches: norm and its placement, positions, MLP, biases, the
// residual's scale, tied embeddings.
//
// Weights lists every parameter with its shape and how it starts; from that one list come the count, the initial
// values (a host generator keyed by seed and name, the same on every backend), the checkpoint and the optimizer's groups.
// Forward is the pass up to the final norm: embedding, blocks of grouped-query attention and an MLP. Inputs say what rows see:
// causal, prefix and bidirectional rows, padding on either side, packed documents, a learned prefix. Logits is the vocabulary's
// head; others (Classify, ScoreTokens, Spans) read the same hidden states. A Capture hands out attention probabilities and
// hidden states. A Cache keeps keys and values for the next call, and WithPrefix puts learned ones before a batch: both are
// an Inputs.Memory.
//
// Names and layouts follow the native "glm" checkpoints of transformers: linear weights are [out, in]. Package pretrained
// knows those of the other published forms.
package model
