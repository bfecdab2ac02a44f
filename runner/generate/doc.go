// Package generate decodes text with a trained model.
//
//	Request (ids of a prompt, Sampling, stop rules)
//	  -> prefill: one forward pass over all prompts, right-aligned, which fills the cache of keys and values
//	  -> step: one token a row and call; or, greedy on XLA, a loop of several steps in one call
//	  -> Sampling on the host: bans, penalties, temperature, top-k, top-p, min-p, a draw keyed by (seed, row, step)
//	  -> Event per token, with text in whole characters -> Result (ids, text, the reason of its end, log probabilities)
//
// Generator.Beam searches instead of sampling. Continue and Fill bring a text into this form; weights come from package pretrained.
//
// The cache has a static shape, from few lengths, so that few graphs are compiled; its columns are the same for all rows of
// a batch, and what lies left of a short prompt is masked. Cached decoding gives what the full forward pass gives, token by
// token (arXiv 1911.02150 names the scheme; model.Cache holds the graph's side).
package generate
