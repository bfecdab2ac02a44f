package backend

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadPlugin gives plugins that would take the process down; each must end in a sentence with the file and a remedy.
func TestBadPlugin(t *testing.T) {
	if xlaMissing != "" {
		t.Skip(xlaMissing)
	}
	library := systemLibrary(t)
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		want []string
	}{
		"missing":   {func(*testing.T, string) {}, []string{"there is no such file", "INKSTONE_XLA_PLUGIN"}},
		"folder":    {func(t *testing.T, p string) { must(t, os.Mkdir(p, 0o755)) }, []string{"not a file", "names the plugin's file"}},
		"empty":     {content(nil), []string{"the file is empty", remedy}},
		"garbage":   {content(bytes.Repeat([]byte("garbage\n"), 1000)), []string{"not a whole shared library", remedy}},
		"header":    {content(library[:32]), []string{"not a whole shared library", remedy}},
		"truncated": {content(library[:len(library)/2]), []string{remedy}},
		"machine":   {content(otherMachine(library)), []string{"not a shared library for this machine", remedy}},
		"no symbol": {content(library), []string{"exports no GetPjrtApi", remedy}},
		"null API":  {compiled("void *GetPjrtApi(void) { return 0; }"), []string{"when it was tried", remedy}},
		"other API": {compiled("void *GetPjrtApi(void) { return (void *)8; }"), []string{"it crashed when it was tried", "SIG", remedy}},
		"abort":     {compiled("extern void abort(void); void *GetPjrtApi(void) { abort(); }"), []string{"it crashed when it was tried", "SIGABRT", remedy}},
		"exit":      {compiled("extern void exit(int); void *GetPjrtApi(void) { exit(0); }"), []string{"it gave no answer", remedy}},
	} {
		t.Run(name, func(t *testing.T) {
			o := clean(t)
			path := filepath.Join(t.TempDir(), "cpu_plugin.so")
			c.make(t, path)
			t.Setenv("INKSTONE_XLA_PLUGIN", path)
			got, err := Choose(t.Context(), "xla-cpu", o)
			if err == nil || got.Available {
				t.Fatalf("Choose accepted it: %+v", got)
			}
			for _, want := range append(c.want, path, "run.backend asks for xla-cpu") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

// TestAwkwardPath refuses what go-xla would misread.
func TestAwkwardPath(t *testing.T) {
	if xlaMissing != "" {
		t.Skip(xlaMissing)
	}
	for file, want := range map[string]string{
		"a,b/cpu.so": "comma",
		"plugin.so":  "must contain cpu or cuda",
	} {
		o := clean(t)
		dir := filepath.Join("/", "dev", "shm")
		if _, err := os.Stat(dir); err != nil {
			t.Skip(err)
		}
		dir, err := os.MkdirTemp(dir, "inkstone-")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
		path := filepath.Join(dir, file)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte("x"), 0o644))
		t.Setenv("INKSTONE_XLA_PLUGIN", path)
		if c := find(t.Context(), XLACPU, o); c.Available || !strings.Contains(c.Reason, want) {
			t.Errorf("%s: got %+v, want a reason with %q", file, c, want)
		}
	}
}

// TestInstalledButWrong points to the command that repairs Inkstone's own copy, without looking at its content.
func TestInstalledButWrong(t *testing.T) {
	if xlaMissing != "" {
		t.Skip(xlaMissing)
	}
	o := clean(t)
	path := installedPath(o.Folder)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte("half"), 0o644))
	c := find(t.Context(), XLACPU, o)
	if c.Available || !strings.Contains(c.Reason, "4 bytes, want") || !strings.Contains(c.Reason, "`inkstone backends install cpu` replaces it") {
		t.Errorf("got %+v", c)
	}
}

// TestHangingPlugin ends the child with the context.
func TestHangingPlugin(t *testing.T) {
	if xlaMissing != "" {
		t.Skip(xlaMissing)
	}
	dir := t.TempDir()
	path, started := filepath.Join(dir, "cpu.so"), filepath.Join(dir, "started")
	compiled(`#include <fcntl.h>
		#include <unistd.h>
		void *GetPjrtApi(void) { close(open("`+started+`", O_CREAT|O_WRONLY, 0644)); for (;;) pause(); }`)(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(started); err == nil {
				cancel()
			}
		}
	}()
	if _, err := probe(ctx, path); err == nil || err != ctx.Err() {
		t.Errorf("got %v, want %v", err, ctx.Err())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(b []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) { must(t, os.WriteFile(path, b, 0o644)) }
}

// compiled makes a shared library of a line of C.
func compiled(source string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		cc, err := exec.LookPath("cc")
		if err != nil {
			t.Skip("no C compiler: ", err)
		}
		file := filepath.Join(t.TempDir(), "plugin.c")
		must(t, os.WriteFile(file, []byte(source), 0o644))
		if out, err := exec.CommandContext(t.Context(), cc, "-w", "-shared", "-fPIC", "-o", path, file).CombinedOutput(); err != nil {
			t.Fatalf("cc: %v\n%s", err, out)
		}
	}
}

// systemLibrary is a whole shared library: one that this test is linked to.
func systemLibrary(t *testing.T) []byte {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	must(t, err)
	for line := range strings.Lines(string(maps)) {
		if i := strings.Index(line, "/"); i >= 0 && strings.Contains(line, "libc.so") {
			b, err := os.ReadFile(strings.TrimSpace(line[i:]))
			must(t, err)
			return b
		}
	}
	t.Skip("this test is linked to no C library")
	return nil
}

// otherMachine changes the machine in an ELF header to MIPS.
func otherMachine(library []byte) []byte {
	b := bytes.Clone(library)
	b[18], b[19] = 8, 0
	return b
}
