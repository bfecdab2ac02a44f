//go:build cgo && linux && (amd64 || arm64)

package backend

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

// xlaMissing says why this build has no XLA; it is empty where it has.
const xlaMissing = ""

// oneDevice has the CPU show itself as one device. It shows four by default, and its pool of threads is never smaller
// than that: NPROC would decide nothing below four, neither speed nor bits.
var oneDevice = pjrt.NamedValuesMap{"cpu_device_count": int64(1)}

// openXLA loads a plugin that passed its checks into this process.
func openXLA(plugin string) (compute.Backend, error) {
	if kindOf(plugin) == XLACPU {
		return orError(xla.NewWithOptions(plugin, oneDevice))
	}
	if err := cudaEnvironment(plugin); err != nil {
		return nil, err
	}
	return orError(xla.NewWithOptions(plugin, nil))
}

// orError keeps a nil backend from becoming an interface that is not nil.
func orError(b *xla.Backend, err error) (compute.Backend, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

// pluginVersion loads a plugin and reads the version of its API.
func pluginVersion(plugin string) (major, minor int, err error) {
	p, err := pjrt.GetPlugin(plugin)
	if err != nil {
		return 0, 0, err
	}
	major, minor = p.Version()
	return major, minor, nil
}

// cudaEnvironment points XLA to the NVIDIA libraries that pip lays beside the plugin: DIR/nvidia for
// DIR/jax_plugins/xla_cuda13/xla_cuda_plugin.so. go-xla looks for its own layout alone.
func cudaEnvironment(plugin string) error {
	site := filepath.Dir(filepath.Dir(filepath.Dir(plugin)))
	for _, tools := range []string{"cu13", "cuda_nvcc"} {
		dir := filepath.Join(site, "nvidia", tools)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		if err := os.Setenv("GOPJRT_CUDA_CHECKS", "0"); err != nil {
			return err
		}
		flags := os.Getenv("XLA_FLAGS")
		if strings.Contains(flags, "--xla_gpu_cuda_data_dir=") {
			return nil
		}
		return os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" --xla_gpu_cuda_data_dir="+dir))
	}
	return nil
}
