//go:build !linux

package launch

import (
	"os/exec"
	"runtime"
)

func startPinned(cmd *exec.Cmd, _ []int) error { return cmd.Start() }

// Cores lists the cores that this process may use.
func Cores() []int { return counted(runtime.NumCPU()) }
