// Package runner executes one attempt of a run.
package runner
