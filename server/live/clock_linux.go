package live

import (
	"syscall"
	"time"
)

// rusageThread asks for the calling thread's own usage (getrusage(2)); package syscall has no name for it.
const rusageThread = 1

// threadTime is how long the calling thread has worked.
func threadTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &used); err != nil {
		return wallTime()
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
