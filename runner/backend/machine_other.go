//go:build !linux

package backend

import (
	"context"
	"runtime"
)

func usableCores() int { return runtime.NumCPU() }

func nvidiaDriver() string { return "" }

func lockFile(context.Context, string) (unlock func(), err error) { return func() {}, nil }
