package cli

import (
	"os"
	"syscall"
)

// stopSignals ask for a clean stop.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}
