package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, the commit and the Go version",
		Example: "  inkstone version", Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(a.stdout, "inkstone %s %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// buildVersion is the module's version, or the commit that the binary was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	if commit, dirty := gitState(info); commit != "" && version == "(devel)" {
		version += " " + commit[:min(12, len(commit))]
		if dirty {
			version += "+changes"
		}
	}
	return version
}

// gitState reads the commit that the binary was built from, and whether there were changes beside it.
func gitState(info *debug.BuildInfo) (commit string, dirty bool) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	return commit, dirty
}
