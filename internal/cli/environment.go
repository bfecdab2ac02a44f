package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"inkstone/runner/backend"
	"inkstone/tracker"
)

// attemptInfo says where and with what an attempt runs.
func attemptInfo(ctx context.Context, b *backend.Backend) tracker.AttemptInfo {
	host, _ := os.Hostname()
	info := tracker.AttemptInfo{
		Host: host, Backend: string(b.Name), Plugin: b.Plugin, PluginDigest: b.PluginDigest, Threads: b.Threads,
		Devices: b.Devices, ISA: b.ISA, GoVersion: runtime.Version(), PID: os.Getpid(), CPUs: os.Getenv("INKSTONE_CPUS"),
		Version: buildVersion(), Modules: map[string]string{},
	}
	info.GitCommit, info.GitDirty = workingTree(ctx)
	info.Machine = machine(ctx)
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, m := range build.Deps {
			info.Modules[m.Path] = m.Version
		}
	}
	return info
}

// machine describes the computer, as far as it tells.
func machine(ctx context.Context) tracker.Machine {
	m := tracker.Machine{OS: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), CPU: fileField("/proc/cpuinfo", "model name")}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	if kilobytes, err := strconv.ParseInt(strings.TrimSuffix(fileField("/proc/meminfo", "MemTotal"), " kB"), 10, 64); err == nil {
		m.MemoryBytes = kilobytes << 10
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader").Output()
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(out)) {
		name, driver, _ := strings.Cut(strings.TrimSpace(line), ", ")
		m.GPUs, m.Driver = append(m.GPUs, name), driver
	}
	return m
}

// fileField is the first value of a name in a file of "name: value" lines.
func fileField(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// git runs git in the current folder, and gives up after a while.
func git(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks"}, args...)...).Output()
}

// workingTree asks git for the commit of the current folder, and whether there are changes beside it. It is empty where
// there is no git, no repository or no answer in time.
func workingTree(ctx context.Context) (commit string, dirty bool) {
	out, err := git(ctx, "rev-parse", "--verify", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := git(ctx, "status", "--porcelain")
	return strings.TrimSpace(string(out)), err == nil && len(changes) > 0
}

// What of the working tree is kept with a run: files that git does not know, as long as they are few and small.
const (
	mostDiff      = 16 << 20
	mostUntracked = 1 << 20 // bytes of a file
	mostFiles     = 200
)

// keepWorkingTree stores what the commit does not have: the changes, and the files that git does not know, with a list of those
// that are too large. Equal files of other runs are stored once.
func keepWorkingTree(ctx context.Context, store *tracker.Store, attempt *tracker.Attempting) error {
	prefix := fmt.Sprintf("environment/attempt-%d/", attempt.Number())
	keep := func(name, media string, from io.Reader) error {
		_, err := store.PutArtifact(ctx, attempt.Run(), prefix+name, media, from)
		return err
	}
	root, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil // no repository
	}
	diff, err := git(ctx, "diff", "HEAD", "--binary")
	if err == nil && len(diff) > 0 && len(diff) <= mostDiff {
		err = keep("git.diff", "text/x-diff", bytes.NewReader(diff))
	}
	names, listErr := git(ctx, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
	if err = errors.Join(err, listErr); err != nil {
		return err
	}
	var left strings.Builder
	for i, name := range strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		path := filepath.Join(strings.TrimSpace(string(root)), name)
		info, err := os.Lstat(path)
		if name == "" || err != nil {
			continue
		}
		if i >= mostFiles || !info.Mode().IsRegular() || info.Size() > mostUntracked {
			fmt.Fprintf(&left, "%s\t%d bytes\n", name, info.Size())
			continue
		}
		if err := keepFile(path, func(f *os.File) error { return keep("untracked/"+filepath.ToSlash(name), "", f) }); err != nil {
			return err
		}
	}
	if left.Len() > 0 {
		return keep("not-kept.txt", "text/plain", strings.NewReader(left.String()))
	}
	return nil
}

func keepFile(path string, keep func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return keep(f)
}
