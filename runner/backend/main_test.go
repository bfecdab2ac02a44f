package backend

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	MaybeProbe()
	os.Exit(m.Run())
}

// xlaCPU opens XLA on the CPU, or skips where it does not work.
func xlaCPU(t testing.TB) *Backend {
	t.Helper()
	t.Setenv("INKSTONE_BACKEND", "")
	c, err := Choose(t.Context(), string(XLACPU), Options{})
	if err != nil {
		t.Skip(err)
	}
	b, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// clean is a machine without plugins: no setting, empty folders.
func clean(t *testing.T) Options {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, v := range []string{"INKSTONE_BACKEND", "INKSTONE_XLA_PLUGIN", "VIRTUAL_ENV", "CONDA_PREFIX", "XDG_CACHE_HOME"} {
		t.Setenv(v, "")
	}
	return Options{Folder: filepath.Join(home, "inkstone")}
}
