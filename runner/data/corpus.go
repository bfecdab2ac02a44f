package data

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/experiments"
)

// document is a piece of a corpus. Its key decides, by a hash, on which side of the split it falls.
type document struct {
	key  []byte
	text []byte
	// joined documents continue the one before, if that lies on the same side.
	joined bool
}

// source is one file of a corpus.
type source struct {
	path string // on this machine
	name string // in error messages, and for the split of "go-stdlib"
	size int64
	time int64
}

// maxLine bounds a line of a .jsonl file. A .txt file is cut at the first line end behind textPiece bytes, or, where there is
// none, behind longPiece bytes, between two characters.
const (
	maxLine   = 64 << 20
	textPiece = 4 << 10
	longPiece = 256 << 10
)

// sources lists the files of a corpus in a fixed order.
func sources(ctx context.Context, d experiments.Data) ([]source, error) {
	if d.Corpus == "go-stdlib" {
		return standardLibrary(ctx)
	}
	var list []source
	for _, pattern := range d.Files {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("data.files %q is no pattern: %w", pattern, err)
		}
		found := 0
		for _, path := range paths {
			info, err := os.Stat(path)
			if err != nil {
				return nil, fmt.Errorf("data.files: %w", err)
			}
			if info.IsDir() {
				continue
			}
			if ext := filepath.Ext(path); ext != ".txt" && ext != ".jsonl" {
				return nil, fmt.Errorf("data.files: %s is neither .txt nor .jsonl", path)
			}
			found++
			list = append(list, source{path, path, info.Size(), info.ModTime().UnixNano()})
		}
		if found == 0 {
			return nil, fmt.Errorf("data.files: no file matches %q; patterns are relative to the spec's folder", pattern)
		}
	}
	slices.SortFunc(list, func(a, b source) int { return strings.Compare(a.path, b.path) })
	return slices.CompactFunc(list, func(a, b source) bool { return a.path == b.path }), nil
}

// standardLibrary lists the .go files under GOROOT/src, test data aside.
func standardLibrary(ctx context.Context) ([]source, error) {
	root, err := goRoot(ctx)
	if err != nil {
		return nil, err
	}
	src := filepath.Join(root, "src")
	var list []source
	err = filepath.WalkDir(src, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case e.IsDir() && e.Name() == "testdata":
			return filepath.SkipDir
		case e.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(src, path)
		list = append(list, source{path, filepath.ToSlash(name), info.Size(), info.ModTime().UnixNano()})
		return err
	})
	if err == nil && len(list) == 0 {
		err = errors.New("there are no .go files")
	}
	if err != nil {
		return nil, fmt.Errorf("read the Go standard library under %s: %w; set GOROOT to a Go installation", src, err)
	}
	return list, nil
}

func goRoot(ctx context.Context) (string, error) {
	if root := os.Getenv("GOROOT"); root != "" {
		return root, nil
	}
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	root := strings.TrimSpace(string(out))
	if err != nil || root == "" {
		return "", fmt.Errorf("corpus go-stdlib needs a Go installation: put `go` on the PATH or set GOROOT (%w)", err)
	}
	return root, nil
}

// documents reads a source's documents in order, and tells how many bytes it read. The text is valid until the next one.
func documents(d experiments.Data, s source, read func(n int), yield func(document) error) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("read corpus: %w", err)
	}
	defer f.Close()
	text := counting{f, read}
	if filepath.Ext(s.path) == ".jsonl" {
		return jsonLines(text, s.name, d.Field, yield)
	}
	if d.Corpus == "go-stdlib" {
		whole, err := io.ReadAll(text)
		if err != nil {
			return fmt.Errorf("read corpus: %s: %w", s.name, err)
		}
		return yield(document{key: []byte(s.name), text: whole})
	}
	return textPieces(text, s.name, yield)
}

// counting tells how much is read of a file.
type counting struct {
	io.Reader
	read func(n int)
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read(n)
	return n, err
}

// textPieces cuts a text at line ends into pieces that are split by their content: one large file has both sides too.
func textPieces(r io.Reader, name string, yield func(document) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var piece []byte
	joined := false
	for {
		line, err := in.ReadSlice('\n')
		piece = append(piece, line...)
		cut := 0
		switch {
		case errors.Is(err, io.EOF), err == nil && len(piece) >= textPiece:
			cut = len(piece)
		case errors.Is(err, bufio.ErrBufferFull) && len(piece) >= longPiece:
			cut = wholeCharacters(piece)
		}
		if cut > 0 {
			if err := yield(document{key: piece[:cut], text: piece[:cut], joined: joined}); err != nil {
				return err
			}
			piece, joined = append(piece[:0], piece[cut:]...), true
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("read corpus: %s: %w", name, err)
		}
	}
}

// wholeCharacters is the length of a text without a last character that is not complete.
func wholeCharacters(text []byte) int {
	for back := 1; back < utf8.UTFMax && back < len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}

// jsonLines reads one document a line: the string under field.
func jsonLines(r io.Reader, name, field string, yield func(document) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(line, &fields); err != nil {
			return fmt.Errorf("%s:%d: no JSON object: %w", name, number, err)
		}
		value, ok := fields[field]
		if !ok {
			return fmt.Errorf("%s:%d: there is no field %q; data.field names the one that holds the text (here: %s)", name, number, field, keys(fields))
		}
		var text *string
		if err := json.Unmarshal(value, &text); err != nil || text == nil {
			return fmt.Errorf("%s:%d: field %q is no string", name, number, field)
		}
		if err := yield(document{key: []byte(*text), text: []byte(*text)}); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: read corpus: %w (a line may have %d MiB)", name, number+1, err, maxLine>>20)
	}
	return nil
}

func keys(fields map[string]json.RawMessage) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// heldOut tells whether a document belongs to validation: equal keys fall on the same side everywhere.
func heldOut(key []byte, share float64) bool {
	sum := sha256.Sum256(key)
	return float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53) < share
}

// Size is the bytes of a corpus's files, found without reading them; 0 for "repeats".
func Size(ctx context.Context, d experiments.Data) (int64, error) {
	if d.Corpus == "repeats" {
		return 0, nil
	}
	list, err := sources(ctx, d)
	var bytes int64
	for _, s := range list {
		bytes += s.size
	}
	return bytes, err
}
