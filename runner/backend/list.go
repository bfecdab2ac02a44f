package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Candidate is one backend as this machine has it, or why it has not.
type Candidate struct {
	Name         Name   `json:"name"`
	Available    bool   `json:"available"`
	Plugin       string `json:"plugin,omitempty"`        // absolute path
	PluginDigest string `json:"plugin_digest,omitempty"` // sha256 in hex
	Version      string `json:"version,omitempty"`       // of the plugin's API, such as 0.81
	Reason       string `json:"reason"`                  // why it works, or why not and what to do
}

// Options says where to look.
type Options struct {
	Folder string // Inkstone's own folder of plugins; empty means inkstone in the user's cache folder
}

// List looks at every backend, best first. Plugins that were not seen before are probed, which takes a few seconds.
func List(ctx context.Context, o Options) []Candidate {
	var list []Candidate
	for _, n := range Names() {
		list = append(list, find(ctx, n, o))
	}
	return list
}

// Choose finds the backend that a run would use. want is a name, or auto (or empty) for the best that works here; the
// environment variable INKSTONE_BACKEND overrides it. A backend that was asked for and does not work is an error that
// says what to do: another one would give other numbers.
func Choose(ctx context.Context, want string, o Options) (Candidate, error) {
	source := "run.backend"
	if env := os.Getenv("INKSTONE_BACKEND"); env != "" {
		want, source = env, "INKSTONE_BACKEND"
	}
	if want == "" || want == "auto" {
		return best(ctx, o)
	}
	if !slices.Contains(Names(), Name(want)) {
		return Candidate{}, fmt.Errorf("%s: there is no backend %q; there are auto, %s", source, want, nameList())
	}
	c := find(ctx, Name(want), o)
	if !c.Available {
		return c, fmt.Errorf("%s asks for %s, which does not work here: %s", source, want, c.Reason)
	}
	return c, nil
}

// best is the first backend that works; it says why the faster ones do not.
func best(ctx context.Context, o Options) (Candidate, error) {
	var missing []string
	for _, n := range Names() {
		c := find(ctx, n, o)
		if err := ctx.Err(); err != nil {
			return Candidate{}, err
		}
		if c.Available {
			if c.Name == Go {
				c.Reason += " (" + strings.Join(missing, "; ") + ")"
			}
			return c, nil
		}
		missing = append(missing, string(n)+": "+c.Reason)
	}
	return Candidate{}, errors.New("no backend works here")
}

// find looks at one backend: the first plugin of its kind that works, else what is wrong with the first there is.
func find(ctx context.Context, n Name, o Options) Candidate {
	if n == Go {
		return Candidate{Name: Go, Available: true, Reason: "always there; about an eighth of the speed of XLA on the CPU"}
	}
	missing := Candidate{Name: n, Reason: nothingFound(n)}
	if xlaMissing != "" {
		missing.Reason = xlaMissing
		return missing
	}
	for i, p := range search(n, o) {
		c := Candidate{Name: n, Plugin: p.path}
		facts, err := examine(ctx, p, o)
		if err == nil {
			c.Available, c.PluginDigest, c.Version = true, facts.Digest, facts.Version
			c.Reason = fmt.Sprintf("%s (PJRT API %s, %s)", p.path, facts.Version, p.origin)
			return c
		}
		if i == 0 {
			c.Reason = err.Error()
			missing = c
		}
	}
	return missing
}

func nothingFound(n Name) string {
	if n == XLACPU {
		return "no plugin is installed; `inkstone backends install cpu` fetches it (63 MB)"
	}
	if nvidiaDriver() == "" {
		return "this machine shows no NVIDIA driver"
	}
	return "there is an NVIDIA driver but no plugin; install jax-cuda13-plugin[with-cuda] into a virtual environment and activate it, " +
		"or name the file in INKSTONE_XLA_PLUGIN"
}

func nameList() string {
	var names []string
	for _, n := range Names() {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}
