package server

import (
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// environmentData is the page of where and with what a run was trained.
type environmentData struct {
	runHead
	// Numbers are the attempts, in order; Facts and Modules have a value for each.
	Numbers []int      `json:"numbers"`
	Facts   []factData `json:"facts"`
	Modules []factData `json:"modules"`
}

// factData is a fact of an environment, by attempt.
type factData struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // absent where an attempt lacks it
	// Differs: not all attempts have the same. Decides: the bits of the results depend on it.
	Differs bool `json:"differs"`
	Decides bool `json:"decides"`
}

// environment answers GET /runs/{run}/environment.
func (s *Server) environment(r *http.Request) (view, error) {
	head, err := s.runHead(r, "environment")
	if err != nil {
		return view{}, err
	}
	d := environmentData{runHead: head, Numbers: []int{}}
	var facts, modules []map[string]string
	for _, a := range head.Attempts {
		d.Numbers = append(d.Numbers, a.Number)
		facts, modules = append(facts, factsOf(a.Info)), append(modules, a.Info.Modules)
	}
	d.Facts, d.Modules = side(facts, factNames), side(modules, nil)
	return head.view(d), nil
}

// deciding are the facts that the bits of a result depend on: a resume on others is refused.
var deciding = []string{"backend", "plugin digest", "threads", "devices", "instruction set"}

// factNames are the facts in the order in which they are shown.
var factNames = append([]string{"host", "Inkstone", "commit", "changes beside it", "Go"}, append(deciding,
	"plugin", "cores bound to", "process", "system", "kernel", "CPU", "cores", "memory", "GPUs", "driver")...)

// factsOf are all facts of an attempt but its modules.
func factsOf(info tracker.AttemptInfo) map[string]string {
	facts := map[string]string{
		"host": info.Host, "Inkstone": info.Version, "commit": info.GitCommit, "changes beside it": "no", "Go": info.GoVersion, "backend": info.Backend,
		"plugin digest": info.PluginDigest, "threads": counted0(int64(info.Threads)), "devices": counted0(int64(info.Devices)), "instruction set": info.ISA,
		"plugin": filepath.Base(info.Plugin), "cores bound to": info.CPUs, "process": counted0(int64(info.PID)), "system": info.Machine.OS, "kernel": info.Machine.Kernel,
		"CPU": info.Machine.CPU, "cores": counted0(int64(info.Machine.Cores)), "memory": "", "GPUs": strings.Join(info.Machine.GPUs, ", "), "driver": info.Machine.Driver,
	}
	switch {
	case info.GitDirty:
		facts["changes beside it"] = "yes"
	case info.GitCommit == "":
		delete(facts, "changes beside it")
	}
	if info.Plugin == "" {
		delete(facts, "plugin")
	}
	if info.Machine.MemoryBytes > 0 {
		facts["memory"] = size(info.Machine.MemoryBytes)
	}
	for name, value := range facts {
		if value == "" {
			delete(facts, name)
		}
	}
	return facts
}

// counted0 is a count; "" where nobody counted.
func counted0(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// side puts what attempts have side by side: in the given order, or by name where there is none.
func side(attempts []map[string]string, names []string) []factData {
	if names == nil {
		for _, of := range attempts {
			for name := range of {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
	}
	list := []factData{}
	for _, name := range names {
		f := factData{Name: name, Decides: slices.Contains(deciding, name)}
		known := false
		for _, of := range attempts {
			value, there := of[name]
			if !there {
				value = absent
			}
			known = known || there
			f.Values = append(f.Values, value)
			f.Differs = f.Differs || value != f.Values[0]
		}
		if known {
			list = append(list, f)
		}
	}
	return list
}

// Differing counts the modules that are not the same in all attempts.
func (d environmentData) Differing() (n int) {
	for _, m := range d.Modules {
		if m.Differs {
			n++
		}
	}
	return n
}
