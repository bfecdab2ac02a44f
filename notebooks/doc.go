// Package notebooks turns stored runs into what a paper shows. The ablation table is here.
//
// The way of a table: Table asks the store for the experiment's newest plan (declared variants, seeds, and the newest run
// of each trial), reads the last point of the metric of each finished run, and refuses where the runs measured different
// quantities (their comparability keys differ). Each variant is summed up, then compared with the baseline, paired by
// seed, by the tests of tracker/stats; the p-values are corrected over the variants that the plan declares. The result,
// AblationTable, is plain data: WriteText prints it for people, json.Marshal for programs. Nothing but the store is read,
// so the same store gives the same table on any machine.
package notebooks
