// Package heads says in numbers what an attention head does. It is pure: weights and tokens in, values out; it imports nothing
// else of this module.
//
// A Sequence is what a model read: its tokens, which keys each query may see, and which positions belong together. A Scorer,
// made once for a sequence, reads the weights of a head on it, [queries, keys], and gives its Values: for every Measure a
// mean over the queries to which the measure applies. Chance is what uniform attention over the visible keys would have, by
// the same means, exactly.
//
// The measures that name a role (previous token, first token, induction, same token, block-diagonal) are all made alike: each
// has for a query a set of target keys, and its value is the weight on them. A query without a visible target is left out, and
// so is one that sees nothing besides its targets, which would score 1 whatever the head did.
//
// Rollout follows attention through the layers. Names (names.go) are those under which values are recorded.
//
// Rows are scaled to sum to 1, since stored weights are rounded. A row that has no such sum (all zero, or not finite) makes
// the values of the head NaN.
package heads
