package backend

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListOnABareMachine(t *testing.T) {
	o := clean(t)
	list := List(t.Context(), o)
	var names []Name
	for _, c := range list {
		names = append(names, c.Name)
		if c.Reason == "" {
			t.Errorf("%s has no reason", c.Name)
		}
	}
	if diff := cmp.Diff(Names(), names); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if cpu := list[1]; cpu.Available || xlaMissing == "" && !strings.Contains(cpu.Reason, "inkstone backends install cpu") {
		t.Errorf("xla-cpu: %+v", cpu)
	}
	if !list[2].Available {
		t.Errorf("go: %+v", list[2])
	}
}

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct{ want, env, got, err string }{
		"auto takes what works":   {want: "auto", got: "go"},
		"empty is auto":           {want: "", got: "go"},
		"by name":                 {want: "go", got: "go"},
		"environment wins":        {want: "xla-cpu", env: "go", got: "go"},
		"forced and missing":      {want: "xla-cpu", err: "run.backend asks for xla-cpu, which does not work here: "},
		"forced by environment":   {want: "go", env: "xla-cuda", err: "INKSTONE_BACKEND asks for xla-cuda, which does not work here: "},
		"unknown":                 {want: "xla", err: `run.backend: there is no backend "xla"; there are auto, xla-cuda, xla-cpu, go`},
		"unknown by environment":  {want: "go", env: "GPU", err: `INKSTONE_BACKEND: there is no backend "GPU"; there are auto, xla-cuda, xla-cpu, go`},
		"environment may be auto": {want: "xla-cpu", env: "auto", got: "go"},
	} {
		t.Run(name, func(t *testing.T) {
			o := clean(t)
			t.Setenv("INKSTONE_BACKEND", c.env)
			got, err := Choose(t.Context(), c.want, o)
			if c.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.err) {
					t.Errorf("got error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || string(got.Name) != c.got {
				t.Errorf("got %+v, %v, want %s", got, err, c.got)
			}
		})
	}
}

func TestChooseSaysWhyNothingFaster(t *testing.T) {
	got, err := Choose(t.Context(), "auto", clean(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"xla-cuda: ", "xla-cpu: "} {
		if !strings.Contains(got.Reason, want) {
			t.Errorf("reason %q lacks %q", got.Reason, want)
		}
	}
}

func TestSearchOrder(t *testing.T) {
	o := clean(t)
	home, venv := os.Getenv("HOME"), t.TempDir()
	if kindOf(venv) != "" {
		t.Skip("the temporary folder's name looks like a kind of plugin")
	}
	t.Setenv("VIRTUAL_ENV", venv)
	files := []string{
		installedPath(o.Folder),
		filepath.Join(home, ".local/lib/go-xla/pjrt_c_api_cpu_v0.83.1_plugin.so"),
		filepath.Join(venv, "lib/python3.12/site-packages/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"),
	}
	cuda := filepath.Join(venv, "lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so")
	for _, f := range append(files, cuda) {
		must(t, os.MkdirAll(filepath.Dir(f), 0o755))
		must(t, os.WriteFile(f, nil, 0o644))
	}
	paths := func(n Name) (all []string) {
		for _, p := range search(n, o) {
			if !strings.HasPrefix(p.path, "/usr/local/") { // of this machine
				all = append(all, p.path)
			}
		}
		return all
	}
	if diff := cmp.Diff(files, paths(XLACPU)); diff != "" {
		t.Errorf("xla-cpu (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{cuda}, paths(XLACUDA)); diff != "" {
		t.Errorf("xla-cuda (-want +got):\n%s", diff)
	}
	t.Setenv("INKSTONE_XLA_PLUGIN", cuda)
	if diff := cmp.Diff(files, paths(XLACPU)); diff != "" {
		t.Errorf("xla-cpu beside a named CUDA plugin (-want +got):\n%s", diff)
	}
	t.Setenv("INKSTONE_XLA_PLUGIN", "/opt/cpu.so")
	if diff := cmp.Diff([]string{"/opt/cpu.so"}, paths(XLACPU)); diff != "" {
		t.Errorf("xla-cpu named (-want +got):\n%s", diff)
	}
}

// TestRemembered looks at a plugin once, and again when the file changed.
func TestRemembered(t *testing.T) {
	o := clean(t)
	path := filepath.Join(t.TempDir(), "cpu.so")
	must(t, os.WriteFile(path, []byte("one"), 0o644))
	info, err := os.Stat(path)
	must(t, err)
	key, want := keyOf(path, info), facts{Digest: "d", Version: "0.81"}
	if _, ok := recall(o, key); ok {
		t.Fatal("recalled before anything was remembered")
	}
	remember(o, key, want)
	if got, ok := recall(o, key); !ok || got != want {
		t.Errorf("recalled %+v, %v, want %+v", got, ok, want)
	}
	must(t, os.WriteFile(path, []byte("other"), 0o644))
	info, err = os.Stat(path)
	must(t, err)
	if _, ok := recall(o, keyOf(path, info)); ok {
		t.Error("recalled after the file changed")
	}
}

func TestThreadsFollowNPROC(t *testing.T) {
	t.Setenv("NPROC", "3")
	if got := xlaThreads(); got != 3 {
		t.Errorf("with NPROC=3: %d", got)
	}
	t.Setenv("NPROC", "many")
	if got := xlaThreads(); got != usableCores() || got < 1 || got > runtime.NumCPU() {
		t.Errorf("with a senseless NPROC: %d of %d", got, runtime.NumCPU())
	}
	t.Setenv("XLA_FLAGS", "--a=b --xla_cpu_max_isa=AVX2")
	if got := xlaISA(); got != "avx2" {
		t.Errorf("capped instruction set: %s", got)
	}
}
