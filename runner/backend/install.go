package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// InstallCPU fetches the pinned plugin for the CPU with pip and unpacks it into the user's cache folder; it returns the
// plugin's path. Where it is installed already nothing happens. A kill at any moment leaves nothing half installed, and two
// calls at once wait for each other. progress gets a line for each step.
func InstallCPU(ctx context.Context, progress io.Writer) (path string, err error) {
	p, ok := pinned[runtime.GOARCH]
	if xlaMissing != "" || !ok {
		return "", fmt.Errorf("install the plugin for the CPU: %s", xlaMissing)
	}
	own, err := ownFolder(Options{})
	if err != nil {
		return "", fmt.Errorf("install the plugin for the CPU: %w", err)
	}
	path = installedPath(own)
	if installed(ctx, path, p) {
		fmt.Fprintf(progress, "%s %s is installed already: %s\n", wheelName, wheelVersion, path)
		return path, nil
	}
	if err := install(ctx, own, p, progress); err != nil {
		return "", fmt.Errorf("install the plugin for the CPU: %w; the Go backend works without it, at about an eighth of the speed", err)
	}
	return path, nil
}

// installed tells whether the plugin is there and is the pinned one.
func installed(ctx context.Context, path string, p pin) bool {
	info, err := os.Stat(path)
	if err != nil || info.Size() != p.size {
		return false
	}
	digest, err := fileDigest(ctx, path)
	return err == nil && digest == p.file
}

// install unpacks the wheel beside its final place and renames it there, under a lock.
func install(ctx context.Context, own string, p pin, progress io.Writer) error {
	if err := os.MkdirAll(own, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(ctx, filepath.Join(own, "install.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	final := installedFolder(own)
	if installed(ctx, installedPath(own), p) { // by the one that held the lock before
		return nil
	}
	if err := removeParts(final); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(own, filepath.Base(final)+partSuffix) // a pip that outlived its parent writes elsewhere
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	start := time.Now()
	fmt.Fprintf(progress, "fetching %s %s with pip (63 MB) …\n", wheelName, wheelVersion)
	if err := pipInstall(ctx, tmp, p); err != nil {
		return err
	}
	if plugin := filepath.Join(tmp, wheelFile); !installed(ctx, plugin, p) {
		return fmt.Errorf("what pip unpacked is not the expected plugin (%s)", wheelFile)
	}
	if err := syncTree(tmp); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), os.RemoveAll(final)); err != nil {
		return err
	}
	if err := os.Rename(tmp, final); err != nil {
		return err
	}
	fmt.Fprintf(progress, "installed in %.1f s: %s\n", time.Since(start).Seconds(), installedPath(own))
	return syncFile(own)
}

const partSuffix = ".part-"

// removeParts removes what killed installs left.
func removeParts(final string) error {
	parts, err := filepath.Glob(final + partSuffix + "*")
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := os.RemoveAll(p); err != nil {
			return err
		}
	}
	return nil
}

// pipInstall unpacks the wheel into dir; pip refuses any file but the one with the pinned hash.
func pipInstall(ctx context.Context, dir string, p pin) error {
	requirements := filepath.Join(dir, "requirements.txt")
	line := fmt.Sprintf("%s==%s --hash=sha256:%s\n", wheelName, wheelVersion, p.wheel)
	if err := os.WriteFile(requirements, []byte(line), 0o644); err != nil {
		return err
	}
	pip, err := findPip(ctx)
	if err != nil {
		return err
	}
	args := append(pip[1:], "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps",
		"--only-binary=:all:", "--require-hashes", "--target", dir, "-r", requirements)
	cmd := exec.CommandContext(ctx, pip[0], args...)
	cmd.Env = append(os.Environ(), "PIP_USER=0", "PIP_REQUIRE_VIRTUALENV=0") // both contradict --target
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second
	if err := runTied(cmd); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("pip could not fetch %s %s (%w): %s", wheelName, wheelVersion, err, firstLine(output.String()))
	}
	return nil
}

// findPip is the command of a pip that works.
func findPip(ctx context.Context) ([]string, error) {
	for _, command := range [][]string{{"python3", "-m", "pip"}, {"pip"}, {"pip3"}} {
		args := append(command[1:len(command):len(command)], "--version")
		if exec.CommandContext(ctx, command[0], args...).Run() == nil {
			return command, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("there is no pip on this machine (looked for python3 -m pip, pip and pip3); install Python's pip and try again")
}

// syncTree brings every file and folder below dir to disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncFile(path)
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
