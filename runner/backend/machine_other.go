//go:build !linux

package backend

import (
	"context"
	"os/exec"
	"runtime"
)

func usableCores() int { return runtime.NumCPU() }

func nvidiaDriver() string { return "" }

func lockFile(context.Context, string) (unlock func(), err error) { return func() {}, nil }

func runTied(cmd *exec.Cmd) error { return cmd.Run() }
