// Package peers finds the Python environments of the programs that Inkstone is measured beside.
package peers

import (
	"os"
	"path/filepath"
)

// Python is the interpreter of the environment that was made for a peer: below $PEERS_HOME, by default ~/.cache/inkstone-peers. It is
// an error if there is none.
func Python(name string) (string, error) {
	home := os.Getenv("PEERS_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		home = filepath.Join(user, ".cache", "inkstone-peers")
	}
	path := filepath.Join(home, "venv-"+name, "bin", "python")
	_, err := os.Stat(path)
	return path, err
}
