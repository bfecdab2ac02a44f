package backend

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// fakePip replaces python3 by a script that unpacks content as the wheel's plugin and counts its calls in a log, and pins
// that content.
func fakePip(t *testing.T, pinnedContent, content string) (log string) {
	t.Helper()
	if xlaMissing != "" {
		t.Skip(xlaMissing)
	}
	clean(t)
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	log = filepath.Join(dir, "log")
	script := `#!/bin/sh
case "$*" in *--version*) exit 0;; esac
echo "$@" >> "` + log + `"
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
mkdir -p "$target/` + filepath.Dir(wheelFile) + `"
printf '%s' '` + content + `' > "$target/` + wheelFile + `"
`
	must(t, os.WriteFile(filepath.Join(dir, "python3"), []byte(script), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	before := pinned[runtime.GOARCH]
	t.Cleanup(func() { pinned[runtime.GOARCH] = before })
	sum := sha256.Sum256([]byte(pinnedContent))
	pinned[runtime.GOARCH] = pin{wheel: before.wheel, size: int64(len(pinnedContent)), file: hex.EncodeToString(sum[:])}
	return log
}

func calls(t *testing.T, log string) int {
	t.Helper()
	b, err := os.ReadFile(log)
	must(t, err)
	return bytes.Count(b, []byte("\n"))
}

func TestInstall(t *testing.T) {
	log := fakePip(t, "plugin", "plugin")
	own, err := ownFolder(Options{})
	must(t, err)
	killed := filepath.Join(installedFolder(own)+partSuffix+"1", wheelFile) // by an install that was killed
	must(t, os.MkdirAll(filepath.Dir(killed), 0o755))
	must(t, os.WriteFile(killed, []byte("plu"), 0o644))

	var progress bytes.Buffer
	path, err := InstallCPU(t.Context(), &progress)
	must(t, err)
	if b, err := os.ReadFile(path); err != nil || string(b) != "plugin" {
		t.Errorf("installed %q, %v", b, err)
	}
	if !strings.Contains(progress.String(), "fetching") || !strings.Contains(progress.String(), "installed in") {
		t.Errorf("progress %q", &progress)
	}
	args, err := os.ReadFile(log)
	must(t, err)
	for _, want := range []string{"-m pip install", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r "} {
		if !strings.Contains(string(args), want) {
			t.Errorf("pip was called without %q: %s", want, args)
		}
	}
	progress.Reset()
	if again, err := InstallCPU(t.Context(), &progress); err != nil || again != path || calls(t, log) != 1 {
		t.Errorf("the second time: %s, %v, %d calls of pip", again, err, calls(t, log))
	}
	must(t, os.WriteFile(path, []byte("PLUGIN"), 0o644))
	if _, err := InstallCPU(t.Context(), &progress); err != nil || calls(t, log) != 2 {
		t.Errorf("over a damaged one: %v, %d calls of pip", err, calls(t, log))
	}
	if entries, err := os.ReadDir(own); err != nil || len(entries) != 2 {
		t.Errorf("in the folder: %v, %v, want the plugin's folder and the lock alone", entries, err)
	}
}

func TestInstallAtOnce(t *testing.T) {
	log := fakePip(t, "plugin", "plugin")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := InstallCPU(t.Context(), io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := calls(t, log); n != 1 {
		t.Errorf("%d calls of pip, want 1", n)
	}
}

func TestInstallWrongContent(t *testing.T) {
	fakePip(t, "plugin", "something else")
	_, err := InstallCPU(t.Context(), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "not the expected plugin") || !strings.Contains(err.Error(), "Go backend") {
		t.Errorf("got %v", err)
	}
	own, err := ownFolder(Options{})
	must(t, err)
	if isThere(installedFolder(own)) {
		t.Error("it was installed all the same")
	}
}

func TestInstallWithoutPip(t *testing.T) {
	fakePip(t, "plugin", "plugin")
	t.Setenv("PATH", t.TempDir())
	_, err := InstallCPU(t.Context(), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "there is no pip on this machine") {
		t.Errorf("got %v", err)
	}
}

func TestInstallPipFails(t *testing.T) {
	fakePip(t, "plugin", "plugin")
	dir := t.TempDir()
	script := "#!/bin/sh\ncase \"$*\" in *--version*) exit 0;; esac\necho 'ERROR: no network' >&2\nexit 1\n"
	must(t, os.WriteFile(filepath.Join(dir, "python3"), []byte(script), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, err := InstallCPU(t.Context(), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "ERROR: no network") {
		t.Errorf("got %v", err)
	}
}

func TestInstallCancelled(t *testing.T) {
	fakePip(t, "plugin", "plugin")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := InstallCPU(ctx, io.Discard); err == nil {
		t.Error("a cancelled install succeeded")
	}
}
