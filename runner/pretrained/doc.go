// Package pretrained opens models of the GLM family as they are published, and writes Inkstone's models in the same forms: a
// folder with a config.json and safetensors files, in one of the family's dialects.
//
//	Open:  config.json -> dialect, experiments.Model, warnings (config*.go) -> names (names.go) -> each tensor when it is asked for
//	Write: experiments.Model, tensors by Inkstone's names -> names, fused where the dialect fuses -> config.json, safetensors
//
// Inkstone's own names are those of transformers' glm. What a dialect fuses is split, what it computes and stores beside is
// dropped and listed, and what contradicts itself is a warning for the reader, never a guess.
package pretrained
