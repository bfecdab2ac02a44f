package backend

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// probeVersion changes when the checks or the probe ask for more, so that what passed before is looked at again.
const probeVersion = 1

// keyOf is what identifies a plugin without reading it, and the driver that it was probed with.
func keyOf(path string, info fs.FileInfo) string {
	return fmt.Sprintf("%d|%s|%d|%d|%s", probeVersion, path, info.Size(), info.ModTime().UnixNano(), nvidiaDriver())
}

// remembered is a file of the cache. Only successes are kept: a failure may be of the moment.
type remembered struct {
	Key string `json:"key"`
	facts
}

func rememberedPath(o Options, key string) (string, error) {
	dir, err := ownFolder(o)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(dir, "plugins", hex.EncodeToString(sum[:8])+".json"), nil
}

func recall(o Options, key string) (facts, bool) {
	path, err := rememberedPath(o, key)
	if err != nil {
		return facts{}, false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return facts{}, false
	}
	var r remembered
	if json.Unmarshal(b, &r) != nil || r.Key != key || r.Digest == "" || r.Version == "" {
		return facts{}, false
	}
	return r.facts, true
}

// remember keeps a result. A cache that cannot be written costs a probe next time and nothing else.
func remember(o Options, key string, f facts) {
	path, err := rememberedPath(o, key)
	if err != nil {
		return
	}
	if os.MkdirAll(filepath.Dir(path), 0o755) != nil {
		return
	}
	b, err := json.Marshal(remembered{key, f})
	if err != nil {
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".probe-*")
	if err != nil {
		return
	}
	_, err = tmp.Write(b)
	if closed := tmp.Close(); err != nil || closed != nil || os.Rename(tmp.Name(), path) != nil {
		_ = os.Remove(tmp.Name())
	}
}
