package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Machine is where the figures were measured. What the system does not tell is empty.
type Machine struct {
	CPU        string  `json:"cpu"`
	Cores      int     `json:"cores"`
	Memory     int64   `json:"memory_bytes"`
	Kernel     string  `json:"kernel"`
	OS         string  `json:"os"`
	Arch       string  `json:"arch"`
	FileSystem string  `json:"filesystem"`
	LoadBefore float64 `json:"load_before"`
	LoadAfter  float64 `json:"load_after"`
}

// Sync is how long the disk takes to have appended bytes for good.
type Sync struct {
	Bytes  int     `json:"bytes"`
	N      int     `json:"n"`
	Median float64 `json:"median_us"`
	P99    float64 `json:"p99_us"`
}

// lookAround describes the machine and measures the disk under a folder.
func lookAround(dir string) (Machine, Sync, error) {
	m := Machine{CPU: field("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		FileSystem: fileSystem(dir), LoadBefore: load()}
	_, _ = fmt.Sscan(field("/proc/meminfo", "MemTotal"), &m.Memory)
	m.Memory <<= 10
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.Kernel = strings.TrimSpace(string(kernel))
	s, err := measureSync(dir, 500)
	return m, s, err
}

// measureSync appends pages to a file, each with its fsync.
func measureSync(dir string, n int) (Sync, error) {
	page := make([]byte, 4096)
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return Sync{}, fmt.Errorf("measure fsync: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	took := make([]float64, n)
	for i := range took {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return Sync{}, fmt.Errorf("measure fsync: %w", err)
		}
		if err := f.Sync(); err != nil {
			return Sync{}, fmt.Errorf("measure fsync: %w", err)
		}
		took[i] = float64(time.Since(began)) / float64(time.Microsecond)
	}
	slices.Sort(took)
	return Sync{len(page), n, took[(n-1)/2], took[(n-1)*99/100]}, nil
}

// field is the first value of a name in a file of lines "name: value".
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// fileSystem is the kind of the one that a folder lies on: that of the longest mount point above it.
func fileSystem(dir string) (kind string) {
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer mounts.Close()
	longest := 0
	for lines := bufio.NewScanner(mounts); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		place, what := strings.Fields(before), strings.Fields(after)
		if !ok || len(place) < 5 || len(what) == 0 {
			continue
		}
		point := strings.TrimSuffix(place[4], "/") + "/"
		if strings.HasPrefix(dir+"/", point) && len(point) >= longest {
			longest, kind = len(point), what[0]
		}
	}
	return kind
}

// load is how many processes wanted to run, as a mean over the last minute.
func load() (mean float64) {
	text, _ := os.ReadFile("/proc/loadavg")
	_, _ = fmt.Sscan(string(text), &mean)
	return mean
}

func goVersion() string { return runtime.Version() }

// commit is that of the working tree, "" outside of one.
func commit(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*").Output()
	return strings.TrimSpace(string(out))
}
