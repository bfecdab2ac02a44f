package runner

import (
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"

	"inkstone/runner/backend"
)

// asAttempt marks a process that has the environment of an attempt, which the benchmarks are to measure.
const asAttempt = "RUNNER_TEST_AS_ATTEMPT"

func TestMain(m *testing.M) {
	if span := os.Getenv(pinnedFor); span != "" {
		if err := trainPinned(span); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	benchmarks := flag.Lookup("test.bench").Value.String() != ""
	if list := backend.Environment(); benchmarks && list != nil {
		if path, err := os.Executable(); err == nil {
			_ = syscall.Exec(path, os.Args, append(append(os.Environ(), asAttempt+"=1"), list...))
		}
	}
	if os.Getenv(asAttempt) != "" {
		added = []string{asAttempt, "GLIBC_TUNABLES"}
	}
	os.Exit(m.Run())
}

// added names the variables that TestMain set.
var added []string
