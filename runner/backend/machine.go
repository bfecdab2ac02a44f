package backend

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"
)

// xlaThreads is the size of XLA's thread pool: NPROC where it is set, else the cores that this process may use.
func xlaThreads() int {
	if n, err := strconv.Atoi(os.Getenv("NPROC")); err == nil && n > 0 {
		return n
	}
	return usableCores()
}

var maxISA = regexp.MustCompile(`--xla_cpu_max_isa=(\w+)`)

// xlaISA is the instruction set that XLA compiles for: what the flag caps it to, else the processor's best.
func xlaISA() string {
	if m := maxISA.FindStringSubmatch(os.Getenv("XLA_FLAGS")); m != nil {
		return strings.ToLower(m[1])
	}
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL:
		return "avx512"
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return "avx2"
	case cpu.ARM64.HasSVE:
		return "sve"
	case cpu.ARM64.HasASIMD:
		return "neon"
	}
	return runtime.GOARCH
}
