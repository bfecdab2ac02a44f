//go:build !linux

package live

import "time"

// threadTime is how long the calling thread has worked, or waited: other systems do not tell.
func threadTime() time.Duration { return wallTime() }
