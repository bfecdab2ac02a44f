package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// place is a plugin file to look at.
type place struct {
	path   string // absolute
	origin string // how it was found, for the user
	pin    *pin   // what the file must be; nil where anything of the right form will do
}

// search lists the plugin files of one kind, in the order in which they are tried. A file that the user named is the only
// one of its kind: another in its place would give other numbers.
func search(n Name, o Options) []place {
	if named := os.Getenv("INKSTONE_XLA_PLUGIN"); named != "" {
		path, err := filepath.Abs(named)
		if err != nil {
			path = named
		}
		if kind := kindOf(path); kind == n || kind == "" && n == XLACPU {
			return []place{{path: path, origin: "named by INKSTONE_XLA_PLUGIN"}}
		}
	}
	var places []place
	if dir, err := ownFolder(o); err == nil && n == XLACPU {
		if path := installedPath(dir); isThere(path) {
			p := pinned[runtime.GOARCH]
			places = append(places, place{path, "installed by inkstone", &p})
		}
	}
	for _, pattern := range patterns(n) {
		found, _ := filepath.Glob(pattern.path) // the patterns are well-formed but for a folder with brackets, which then finds nothing
		slices.Sort(found)
		slices.Reverse(found) // the newest version first
		for _, path := range found {
			places = append(places, place{path: path, origin: pattern.origin})
		}
	}
	return places
}

// patterns are the places of GoMLX's installer, then those of an active virtual environment.
func patterns(n Name) []place {
	var dirs []string
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".local", "lib", "go-xla"))
	}
	dirs = append(dirs, "/usr/local/lib/go-xla")
	files := map[Name][]string{
		XLACPU:  {"pjrt_c_api_cpu*_plugin.so"},
		XLACUDA: {"nvidia/pjrt_c_api_cuda*_plugin.so", "pjrt_c_api_cuda*_plugin.so"},
	}
	var all []place
	for _, dir := range dirs {
		for _, file := range files[n] {
			all = append(all, place{path: filepath.Join(dir, file), origin: "from GoMLX's installer"})
		}
	}
	wheels := map[Name]string{XLACPU: "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so", XLACUDA: "jax_plugins/xla_cuda*/xla_cuda_plugin.so"}
	for _, variable := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if env := os.Getenv(variable); env != "" {
			all = append(all, place{path: filepath.Join(env, "lib", "python3*", "site-packages", wheels[n]), origin: "from the environment in " + variable})
		}
	}
	return all
}

// kindOf tells a plugin's kind as go-xla does, from its path alone; it is empty where the path says neither.
func kindOf(path string) Name {
	lower := strings.ToLower(path)
	switch {
	case strings.Contains(lower, "cuda") || strings.Contains(lower, "nvidia"):
		return XLACUDA
	case strings.Contains(lower, "cpu"):
		return XLACPU
	}
	return ""
}

// ownFolder is where Inkstone keeps plugins and what it found out about them.
func ownFolder(o Options) (string, error) {
	if o.Folder != "" {
		return filepath.Abs(o.Folder)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w; set XDG_CACHE_HOME", err)
	}
	return filepath.Join(cache, "inkstone"), nil
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
