package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "inkstone"

// may lists what each room may import of the others; a package belongs to the longest room that begins its path, and may
// always import its own room.
var may = map[string][]string{
	"":                   {"internal/cli"},
	"experiments":        {"internal/nearest"},
	"tracker":            {"tracker/filter"},
	"tracker/filter":     {"internal/nearest"},
	"tracker/stats":      {},
	"tracker/heads":      {},
	"tracker/remote":     {"tracker"},
	"tracker/archive":    {"tracker"},
	"tracker/crowd":      {},
	"runner":             {"experiments", "tracker", "tracker/heads"},
	"viz":                {"tracker", "tracker/heads", "tracker/stats", "internal/thousands"},
	"notebooks":          {"experiments", "tracker", "tracker/stats", "viz", "internal/thousands"},
	"server/access":      {"tracker"},
	"server":             {"server/access", "experiments", "tracker", "tracker/filter", "tracker/heads", "tracker/stats", "tracker/remote", "viz", "notebooks", "server/markdown", "server/terminal", "server/patch", "server/worddiff", "internal/thousands"},
	"server/markdown":    {},
	"server/terminal":    {},
	"server/patch":       {},
	"server/worddiff":    {},
	"internal/cli":       {"experiments", "tracker", "tracker/filter", "tracker/stats", "tracker/remote", "tracker/archive", "runner", "viz", "notebooks", "server", "server/access", "internal/nearest", "internal/thousands"},
	"internal/golden":    {},
	"internal/nearest":   {},
	"internal/thousands": {},
	"internal/browser":   {},
	"internal/certify":   {},
	"internal/specimen":  {"tracker"},
	"internal/peers":     {},
	"internal/torch":     {"internal/peers"},
	"internal/bench":     {"internal/peers"},
	"internal/archtest":  {},
}

// owners lists who alone imports a package, or what lies below it.
var owners = map[string]string{
	"go.yaml.in/yaml/v3":           "experiments",
	"database/sql":                 "tracker",
	"github.com/mattn/go-sqlite3":  "tracker",
	"github.com/parquet-go":        "tracker/archive",
	"github.com/gomlx/gomlx":       "runner",
	"github.com/gomlx/compute":     "runner",
	"github.com/gomlx/go-xla":      "runner",
	"gonum.org/v1/plot":            "viz",
	"github.com/gorilla/websocket": "server",
	"github.com/yuin/goldmark":     "server/markdown",
	"github.com/spf13/cobra":       "internal/cli",
	"github.com/spf13/pflag":       "internal/cli",
	"os/signal":                    "internal/cli",
	"golang.org/x/term":            "internal/cli",
	"github.com/mattn/go-isatty":   "internal/cli",
}

// testOnly lists what is imported by the tests of one room alone and never becomes part of a program.
var testOnly = map[string]string{"gorgonia.org": "runner/oracle", module + "/runner/reference": "runner"}

// programs are those besides inkstone itself: they have flags and signals of their own.
var programs = []string{"internal/bench"}

type listed struct {
	ImportPath, Name, Doc              string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []listed { return list(t, module+"/...") }

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	args = append([]string{"list", "-e", "-json=ImportPath,Name,Doc,Imports,TestImports,XTestImports"}, args...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is the longest entry of the table that holds the package; ok is false where there is none.
func room(path string) (string, bool) {
	local := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	best, ok := "", local == ""
	for name := range may {
		if name != "" && under(local, name) && len(name) > len(best) {
			best, ok = name, true
		}
	}
	return best, ok
}

func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		own, ok := room(p.ImportPath)
		if !ok {
			t.Errorf("%s lies in no room of the table", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !under(imported, module) {
				continue
			}
			other, _ := room(imported)
			if other != own && !slices.Contains(may[own], other) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

func TestOwners(t *testing.T) {
	for _, p := range packages(t) {
		own, _ := room(p.ImportPath)
		for _, imported := range p.Imports {
			for owned, owner := range owners {
				if under(imported, owned) && !under(own, owner) && !(owned == "os/signal" && slices.Contains(programs, own)) {
					t.Errorf("%s imports %s, which is %s's", p.ImportPath, imported, owner)
				}
			}
			if imported == "flag" && own != "internal/cli" && own != "internal/golden" && !slices.Contains(programs, own) {
				t.Errorf("%s imports flag, which is internal/cli's", p.ImportPath)
			}
		}
	}
}

// TestOnlyInTests checks that what serves tests is imported by those of its room alone, and that no program holds it.
func TestOnlyInTests(t *testing.T) {
	for served, owner := range testOnly {
		tests := 0
		for _, p := range packages(t) {
			for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
				if !under(imported, served) {
					continue
				}
				tests++
				if local := strings.TrimPrefix(p.ImportPath, module+"/"); !under(local, owner) {
					t.Errorf("the tests of %s import %s, which is for those of %s", p.ImportPath, imported, owner)
				}
			}
		}
		if tests == 0 {
			t.Errorf("no test imports %s: the table is out of date", served)
		}
		for _, p := range list(t, append([]string{"-deps", module}, programPaths()...)...) {
			if under(p.ImportPath, served) {
				t.Errorf("%s is part of a program, and is for tests of %s alone", p.ImportPath, owner)
			}
		}
	}
}

// programPaths are the import paths of programs.
func programPaths() (paths []string) {
	for _, p := range programs {
		paths = append(paths, module+"/"+p)
	}
	return paths
}

// TestComments checks that every package tells what it does.
func TestComments(t *testing.T) {
	for _, p := range packages(t) {
		if strings.TrimSpace(p.Doc) == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestTable checks the test itself, by rules that it must see broken.
func TestTable(t *testing.T) {
	for path, want := range map[string]string{
		"inkstone": "", "inkstone/runner/model": "runner", "inkstone/tracker/stats": "tracker/stats", "inkstone/tracker": "tracker",
	} {
		if got, ok := room(path); !ok || got != want {
			t.Errorf("room(%s) = %q, %v; want %q", path, got, ok, want)
		}
	}
	if _, ok := room("inkstone/elsewhere"); ok {
		t.Error("an unknown package has a room")
	}
	if under("database/sqlite", "database/sql") {
		t.Error("a name that only begins alike is below")
	}
}
