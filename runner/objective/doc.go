// Package objective turns windows of tokens into the rows that a model is trained on, and scores what it answers.
//
// Source joins a prepared corpus with a spec's objective: training rows are a pure function of (content, seed, step),
// validation rows of (content, the validation's own seed), so that every run and step is measured on the same windows and
// masks. A window of text or, where data are packed, a row of whole documents becomes a Row, and Rows of one step a Batch, whose
// targets are aligned with its inputs. Ahead builds batches before they are asked for.
//
// "causal" predicts the next token; "mlm" tells masked ones, as BERT; "infill" is GLM's blank infilling, a mixture of three
// tasks: spans of tokens, whole sentences, and the long stretch of a document. Score is the loss as a graph
// function.
package objective
