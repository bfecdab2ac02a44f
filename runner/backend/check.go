package backend

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
)

// facts are what is known of a plugin that works.
type facts struct {
	Digest  string `json:"digest"`
	Version string `json:"version"`
}

const remedy = "remove the file, or name another one in INKSTONE_XLA_PLUGIN"

// examine checks a plugin and probes it in a child process, unless it is remembered. Its errors name the file and what to do.
func examine(ctx context.Context, p place, o Options) (facts, error) {
	info, err := checkPath(p)
	if err != nil {
		return facts{}, err
	}
	key := keyOf(p.path, info)
	if f, ok := recall(o, key); ok {
		return f, nil
	}
	if err := checkELF(p.path, info.Size()); err != nil {
		return facts{}, fmt.Errorf("plugin %s: %w; %s", p.path, err, p.remedy())
	}
	digest, err := fileDigest(ctx, p.path)
	if err != nil {
		return facts{}, fmt.Errorf("plugin %s: %w", p.path, err)
	}
	if p.pin != nil && digest != p.pin.file {
		return facts{}, fmt.Errorf("plugin %s: its content is not that of %s %s; %s", p.path, wheelName, wheelVersion, p.remedy())
	}
	version, err := probe(ctx, p.path)
	if err != nil {
		return facts{}, fmt.Errorf("plugin %s: %w; %s", p.path, err, p.remedy())
	}
	f := facts{Digest: digest, Version: version}
	remember(o, key, f)
	return f, nil
}

func (p place) remedy() string {
	if p.pin != nil {
		return "`inkstone backends install cpu` replaces it"
	}
	return remedy
}

// checkPath asks for a regular file under a path that go-xla understands.
func checkPath(p place) (fs.FileInfo, error) {
	info, err := os.Stat(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("plugin %s: there is no such file; name an existing one in INKSTONE_XLA_PLUGIN, or unset it", p.path)
	case err != nil:
		return nil, fmt.Errorf("plugin %s: %w", p.path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("plugin %s: not a file (%s); INKSTONE_XLA_PLUGIN names the plugin's file, not its folder", p.path, info.Mode().Type())
	case p.pin != nil && info.Size() != p.pin.size:
		return nil, fmt.Errorf("plugin %s: %d bytes, want %d; %s", p.path, info.Size(), p.pin.size, p.remedy())
	}
	if strings.Contains(p.path, ",") {
		return nil, fmt.Errorf("plugin %s: XLA's configuration cannot hold a path with a comma; move the file, or set XDG_CACHE_HOME to a folder without one", p.path)
	}
	if p.pin != nil && kindOf(p.path) != XLACPU {
		return nil, fmt.Errorf("plugin %s: XLA would take it for a CUDA plugin because of its path; set XDG_CACHE_HOME to a folder without cuda or nvidia in its name", p.path)
	}
	if kindOf(p.path) == "" {
		return nil, fmt.Errorf("plugin %s: the path must contain cpu or cuda, from which XLA tells its kind; rename the file", p.path)
	}
	return info, nil
}

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkELF asks for a whole shared library for this machine that exports GetPjrtApi. Loading a truncated one would raise a
// bus error.
func checkELF(path string, size int64) error {
	if size == 0 {
		return errors.New("the file is empty")
	}
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("not a whole shared library (%w)", err)
	}
	defer f.Close()
	if want := machines[runtime.GOARCH]; f.Machine != want || f.Type != elf.ET_DYN {
		return fmt.Errorf("not a shared library for this machine (%s %s, want %s)", f.Machine, f.Type, want)
	}
	for _, s := range f.Progs {
		if s.Type == elf.PT_LOAD && (s.Off > uint64(size) || s.Filesz > uint64(size)-s.Off) {
			return fmt.Errorf("truncated: %d bytes, and it needs more", size)
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("its symbols cannot be read (%w)", err)
	}
	exported := func(s elf.Symbol) bool { return s.Name == "GetPjrtApi" && s.Section != elf.SHN_UNDEF }
	if !slices.ContainsFunc(symbols, exported) {
		return errors.New("not an XLA plugin: it exports no GetPjrtApi")
	}
	return nil
}

// fileDigest is the sha256 of a file in hex.
func fileDigest(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for {
		_, err := io.CopyN(h, f, 16<<20)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", err
		}
	}
}
