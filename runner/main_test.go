package runner

import (
	"flag"
	"os"
	"strings"
	"syscall"
	"testing"

	"inkstone/runner/backend"
)

// asAttempt marks a process that has the environment of an attempt, which the benchmarks are to measure.
const asAttempt = "RUNNER_TEST_AS_ATTEMPT"

func TestMain(m *testing.M) {
	flag.Parse()
	benchmarks := flag.Lookup("test.bench").Value.String() != ""
	if added := backend.Environment(); benchmarks && added != nil && os.Getenv(asAttempt) == "" {
		if path, err := os.Executable(); err == nil {
			_ = syscall.Exec(path, os.Args, append(append(os.Environ(), asAttempt+"=1"), added...))
		}
	}
	os.Exit(m.Run())
}

// userEnvironment is the environment without what TestMain added.
func userEnvironment() []string {
	if os.Getenv(asAttempt) == "" {
		return os.Environ()
	}
	var list []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GLIBC_TUNABLES=") && !strings.HasPrefix(v, asAttempt) {
			list = append(list, v)
		}
	}
	return list
}
