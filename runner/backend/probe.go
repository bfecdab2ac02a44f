package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomlx/gomlx/core/graph"
)

// probeVariable makes a process the probe of the plugin that it names.
const probeVariable = "INKSTONE_PROBE_PLUGIN"

// probeLimit is how long a probe may take; three seconds are usual.
const probeLimit = 2 * time.Minute

// apiMajor is the version of the PJRT API whose tables go-xla was built for.
const apiMajor = 0

// armed is set once MaybeProbe was called: a program without it would start itself over and over.
var armed atomic.Bool

// report is what the child says on its standard output.
type report struct {
	Version string `json:"version"`
	Error   string `json:"error,omitempty"`
}

// MaybeProbe is called first in main and in TestMain: where this process was started to probe a plugin it does that and
// exits, else it returns at once.
func MaybeProbe() {
	armed.Store(true)
	plugin := os.Getenv(probeVariable)
	if plugin == "" {
		return
	}
	version, err := tryPlugin(plugin)
	r := report{Version: version}
	if err != nil {
		r.Error = firstLine(err.Error())
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// probe has a child process try the plugin, and returns the version of its API. The child may crash or hang.
func probe(ctx context.Context, plugin string) (version string, err error) {
	if !armed.Load() {
		return "", errors.New("this program cannot probe it, since it does not call backend.MaybeProbe first")
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program to probe it: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	var out, diagnosis bytes.Buffer
	cmd := exec.CommandContext(limited, self)
	cmd.Env = append(os.Environ(), probeVariable+"="+plugin)
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	cmd.WaitDelay = time.Second
	err = runTied(cmd)
	var r report
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return "", fmt.Errorf("it did not answer within %s when it was tried", probeLimit)
	case err != nil:
		return "", fmt.Errorf("it crashed when it was tried (%s)", crash(err, diagnosis.String()))
	case json.Unmarshal(lastLine(out.Bytes()), &r) != nil:
		return "", fmt.Errorf("it gave no answer when it was tried (%q)", firstLine(out.String()))
	case r.Error != "":
		return "", fmt.Errorf("it failed when it was tried: %s", r.Error)
	}
	return r.Version, nil
}

// tryPlugin loads a plugin, reads its version, and has it multiply two matrices and differentiate.
func tryPlugin(plugin string) (version string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	major, minor, err := pluginVersion(plugin)
	if err != nil {
		return "", err
	}
	version = fmt.Sprintf("%d.%d", major, minor)
	if major != apiMajor {
		return version, fmt.Errorf("it speaks version %s of the PJRT API, want %d.x", version, apiMajor)
	}
	b, err := openXLA(plugin)
	if err != nil {
		return version, err
	}
	defer b.Finalize()
	if b.NumDevices() == 0 {
		return version, errors.New("it shows no device")
	}
	exec, err := graph.NewExec(b, productAndGradient)
	if err != nil {
		return version, err
	}
	results, err := exec.Call([][]float32{{1, 2}, {3, 4}}, [][]float32{{5, 6}, {7, 8}})
	if err != nil {
		return version, err
	}
	product, gradient := results[0].Value(), results[1].Value()
	if got, want := fmt.Sprint(product, gradient), "[[19 22] [43 50]] [[11 15] [11 15]]"; got != want {
		return version, fmt.Errorf("it computed %s, want %s", got, want)
	}
	return version, nil
}

// productAndGradient returns a·b, and the gradient of the sum of its elements with respect to a.
func productAndGradient(a, b *graph.Node) []*graph.Node {
	product := graph.MatMul(a, b)
	return []*graph.Node{product, graph.Gradient(graph.ReduceAllSum(product), a)[0]}
}

// crash names the signal that ended a child; Go's runtime catches it and writes its name first.
func crash(err error, diagnosis string) string {
	for line := range strings.Lines(diagnosis) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "SIG") || strings.HasPrefix(line, "fatal error:") || strings.HasPrefix(line, "panic:") {
			return line
		}
	}
	return strings.TrimSpace(err.Error() + " " + firstLine(diagnosis))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func lastLine(b []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return slices.Clone(lines[len(lines)-1])
}
