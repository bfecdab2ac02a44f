package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// benches is a package that has benchmarks.
type benches struct {
	path, dir string
	names     []string // of those that were asked for
}

// short is the package's path within the module.
func (p benches) short() string {
	_, rest, ok := strings.Cut(p.path, "/")
	if !ok {
		return p.path
	}
	return rest
}

// find lists the packages with benchmarks that were asked for. It reads their sources, so that nothing is compiled in vain.
func find(ctx context.Context, o Options) ([]benches, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles", "--"}, o.Packages...)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w: %s", strings.Join(o.Packages, " "), err, problems.String())
	}
	var found []benches
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir           string
			TestGoFiles, XTestGoFiles []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list prints: %w", err)
		}
		b := benches{path: p.ImportPath, dir: p.Dir}
		for _, file := range append(p.TestGoFiles, p.XTestGoFiles...) {
			names, err := namesIn(filepath.Join(p.Dir, file))
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				if o.pattern.MatchString(name) {
					b.names = append(b.names, name)
				}
			}
		}
		if len(b.names) > 0 {
			found = append(found, b)
		}
	}
}

var benchmark = regexp.MustCompile(`(?m)^func (Benchmark\w*)\(\w+ \*testing\.B\)`)

func namesIn(file string) (names []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("look for benchmarks: %w", err)
	}
	for _, m := range benchmark.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names, nil
}
