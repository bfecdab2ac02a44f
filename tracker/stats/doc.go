// Package stats compares small groups of numbers: the results of a few seeds. It is pure: float64 in, values out; it
// imports nothing else of this module.
//
// The pipeline of a comparison: Summarize and MeanInterval describe one group; PairedT compares two groups seed by seed,
// WelchT two groups without common seeds; SignFlip repeats the paired comparison without assuming normality; Holm corrects
// several p-values; CohensD, HedgesG and DZ give effect sizes; Detectable, PairFloor and Caution say what n can support at
// all; Split tells whether one group is really two.
//
// Decisions where textbooks differ, the same everywhere in the package:
//
//   - A quantity that is not defined is NaN, never 0 and never an error: the spread of fewer than two values or of values that
//     overflow, the interval and p of fewer than two pairs, an effect size where nothing varies. A NaN or an infinity among
//     the inputs makes every result NaN: callers take such values out, and say so.
//   - Zero variance: the interval has zero width. A test of constant equal samples is undefined (NaN); of constant samples that
//     differ it gives t = ±Inf and p = 0 as scipy does. A reader should be told rather than shown that p.
//   - Tests are two-sided. Intervals of a difference are of a minus b.
//
// The numbers agree with scipy 1.17 and statsmodels 0.15 to 1e-9 in closed forms and 1e-6 in p-values; testdata holds the
// reference cases.
package stats
