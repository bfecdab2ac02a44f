// Package backend finds and opens what computes: XLA on CUDA, XLA on the CPU, or Go.
//
// XLA comes as a plugin, a shared library that is loaded into the process and can take it down: a truncated file raises a
// bus error, another API a segmentation fault. So a plugin goes through stages, each of which ends in a sentence for the
// user and none of which loads the file into this process:
//
//	search (search.go)  the user's setting, Inkstone's own folder, the folders of GoMLX's installer, an active virtual environment
//	check (check.go)    a regular file; whole; ELF for this machine; exports GetPjrtApi; size and digest where Inkstone pinned it
//	probe (probe.go)    a child process loads it, reads its API version, and multiplies two matrices and differentiates
//	Open (backend.go)   loads it here, by absolute path
//
// What passed is remembered by path, size, time and driver (cache.go). Nothing is searched by name and nothing is fetched
// unasked: InstallCPU (install.go) fetches the one pinned wheel with pip when the user says so.
package backend
