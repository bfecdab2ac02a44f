// Package launch starts an attempt's process on this machine and keeps the line between it and its parent.
//
// Two pipes join the two processes. The child holds the read end of the first: when the parent ends, however it ends,
// the pipe closes, and the child stops, so that a killed parent leaves no orphan. On the second the child sends its
// progress as JSON lines, at least one a second, so that the parent sees a process that hangs. Standard output and
// standard error go straight to the attempt's log file: what a backend prints while it aborts is kept.
package launch
