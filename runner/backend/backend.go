package backend

import (
	"fmt"
	"runtime"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// Name is a kind of backend, as in a spec's run.backend.
type Name string

// The backends, best first.
const (
	XLACUDA Name = "xla-cuda"
	XLACPU  Name = "xla-cpu"
	Go      Name = "go"
)

// Names lists the backends in the order in which "auto" takes them.
func Names() []Name { return []Name{XLACUDA, XLACPU, Go} }

// goConfig runs one operation after the other, each still on all cores. By default the Go backend also runs operations
// side by side, in a pool of twice GOMAXPROCS workers in which a worker waits for others: with a pool of two, on one core,
// that deadlocks.
const goConfig = "ops_sequential"

// Backend is an opened backend and what decides the bits of its results.
type Backend struct {
	Compute      compute.Backend
	Name         Name
	Plugin       string // absolute path of the XLA plugin; empty for Go
	PluginDigest string // sha256 of the plugin's file in hex; empty for Go
	Threads      int    // that it computes with
	Devices      int    // that it shows
	ISA          string // instruction set: avx512, avx2, …; the architecture alone for Go, whose kernels do not look
}

// Open starts a backend that Choose or List found. NPROC, which sets XLA's threads, and XLA_FLAGS must be in the
// environment before the first call: XLA reads its flags once per process.
func Open(c Candidate) (b *Backend, err error) {
	defer func() {
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("open backend %s: %v", c.Name, r)
		}
	}()
	switch c.Name {
	case Go:
		b = &Backend{Name: Go, Threads: runtime.GOMAXPROCS(0), ISA: runtime.GOARCH}
		b.Compute, err = gobackend.New(goConfig)
	case XLACPU, XLACUDA:
		if !c.Available {
			return nil, fmt.Errorf("open backend %s: %s", c.Name, c.Reason)
		}
		b = &Backend{Name: c.Name, Plugin: c.Plugin, PluginDigest: c.PluginDigest, Threads: xlaThreads(), ISA: xlaISA()}
		b.Compute, err = openXLA(c.Plugin)
	default:
		return nil, fmt.Errorf("open backend %q: there is none of that name; there are %s", c.Name, nameList())
	}
	if err != nil {
		return nil, fmt.Errorf("open backend %s: %w", c.Name, err)
	}
	b.Devices = int(b.Compute.NumDevices())
	return b, nil
}

// IsXLACPU tells whether an opened backend is XLA on the CPU.
func IsXLACPU(c compute.Backend) bool {
	x, ok := c.(interface{ PluginName() string })
	return ok && kindOf(x.PluginName()) == XLACPU
}

// Close gives back what the backend holds. XLA's memory comes back only with the end of the process.
func (b *Backend) Close() {
	if b != nil && b.Compute != nil && !b.Compute.IsFinalized() {
		b.Compute.Finalize()
	}
}
