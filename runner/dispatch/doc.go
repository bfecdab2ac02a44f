// Package dispatch drives a plan's trials through a bounded number of slots.
//
// Each slot takes the next task, starts its attempt's process on the slot's share of the cores, follows its beats, and
// at its end reads from the store how the run stands: what counts is what was recorded, not how the process ended. A
// process that died without saying so, or that made no progress within its limit, is marked as failed with the reason;
// the other slots go on. Stopping is a desired state: the caller's context ends all, an entry in the store one run.
package dispatch
