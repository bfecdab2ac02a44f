package backend

import "os"

// tunables have the C library keep what a process gives back, and take it in large pages. XLA takes the memory of a step from it
// anew for each step; by default that memory goes back to the system, which fills it with zeros, page by page, for the next. At
// the sizes of the library's specs that is a fifth to a third of a step on a CPU.
const tunables = "GLIBC_TUNABLES"

const keepMemory = tunables + "=glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=8000000000:glibc.malloc.top_pad=100000000"

// Environment is what to add to the environment of a process that computes; it must be there when the process starts. What the
// user has set is left alone.
func Environment() []string {
	if _, set := os.LookupEnv(tunables); set {
		return nil
	}
	return []string{keepMemory}
}
