package experiments

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"inkstone/experiments/decode"
	"inkstone/internal/nearest"
)

// Document is a spec that was read: its resolved settings, and the tree with places that variants are derived from.
type Document struct {
	Spec Spec
	// Source is the file as it was read; overrides by --set are not in it.
	Source   []byte
	file     string
	root     *decode.Node
	size     CorpusSize
	mistakes *decode.Errors
}

// CorpusSize tells the bytes of a corpus's text without reading it through. The error says what is wrong with the files.
type CorpusSize func(Data) (int64, error)

// Load reads a spec from a file, as Parse.
func Load(file string, sets []string, size CorpusSize) (*Document, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	if info.IsDir() {
		return nil, unreadable(file, errors.New("it is a folder"))
	}
	if info.Size() > decode.MaxBytes {
		errs := &decode.Errors{}
		errs.Add(decode.Place{File: file}, "the file has %d bytes; at most %d are read", info.Size(), decode.MaxBytes)
		return nil, errs
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	return Parse(file, src, sets, size)
}

func unreadable(file string, err error) error {
	errs := &decode.Errors{}
	var cause *os.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	errs.Add(decode.Place{File: file}, "cannot read the spec: %v", err)
	return errs
}

// Parse reads a spec and applies overrides of the form "path=value". With size, the spec is held against its corpus, too. The
// error is *decode.Errors with every mistake. Where the file is YAML the document is returned beside the error, so that its
// variants can be checked, too.
func Parse(file string, src []byte, sets []string, size CorpusSize) (*Document, error) {
	root, errs := decode.Parse(file, src)
	if root == nil {
		return nil, errs.Err()
	}
	root = override(root, sets, errs)
	spec, found := read(root, file, size)
	errs.Merge(found)
	d := &Document{Spec: spec, Source: src, file: file, root: root, size: size, mistakes: errs}
	return d, errs.Err()
}

// override puts the command line's settings into the tree.
func override(root *decode.Node, sets []string, errs *decode.Errors) *decode.Node {
	earlier := map[string]int{}
	for i, set := range sets {
		key, value, found := decode.Setting(i+1, set)
		errs.Merge(found)
		if key == nil {
			continue
		}
		f, ok := settable(key, errs)
		if !ok {
			continue
		}
		group, _, _ := strings.Cut(f.path, ".")
		switch first, twice := earlier[f.path]; {
		case group == "spec" || group == "ablate" || group == "sweep":
			errs.Add(key.Place, "%s cannot be set from the command line; write it in the file", key.Text)
		case twice:
			errs.Add(key.Place, "%s: already set by --set #%d", key.Text, first)
		case value.Kind == decode.Mapping:
			errs.Add(value.Place, "%s: a value or a list is wanted, not a mapping", key.Text)
		default:
			earlier[f.path] = i + 1
			root = root.With(key.Text, value, shorthand)
		}
	}
	return root
}

// shorthand names the field that a scalar stands for in place of its group.
var shorthand = map[string]string{"objective": "kind"}

// settable finds the field that an override names.
func settable(key *decode.Node, errs *decode.Errors) (field, bool) {
	path := key.Text
	if f, ok := lookup(path); ok {
		return f, true
	}
	if reserved(path, key, errs) {
		return field{}, false
	}
	var paths []string
	for _, f := range fields {
		paths = append(paths, f.path)
		if strings.HasPrefix(f.path, path+".") {
			errs.Add(key.Place, "%s is a group of fields; name one of them, such as %s", path, f.path)
			return field{}, false
		}
	}
	errs.Suggest(key.Place, nearestPath(path, paths), "%s: there is no such field", path)
	return field{}, false
}

// nearestPath also finds a field by its last name, where the groups are missing or wrong.
func nearestPath(path string, paths []string) string {
	if near := nearest.To(path, paths); near != "" {
		return near
	}
	var names []string
	for _, p := range paths {
		names = append(names, p[strings.LastIndex(p, ".")+1:])
	}
	name := nearest.To(path[strings.LastIndex(path, ".")+1:], names)
	for i := range names {
		if names[i] == name {
			return paths[i]
		}
	}
	return ""
}

var notYet = []string{"init_from", "finetune", "eval", "profiles", "tune", "extends", "run.command"}

// reserved answers the keys that have a meaning in the format but are not read so far.
func reserved(path string, key *decode.Node, errs *decode.Errors) bool {
	for _, name := range notYet {
		if path == name || strings.HasPrefix(path, name+".") {
			errs.Add(key.Place, "not yet: %s is reserved, and nothing reads it so far", name)
			return true
		}
	}
	return false
}

// read decodes, checks and resolves a tree.
func read(root *decode.Node, file string, size CorpusSize) (Spec, *decode.Errors) {
	errs := &decode.Errors{}
	spec := defaults()
	if root.Kind != decode.Mapping {
		errs.Add(root.Place, "a spec is a mapping of fields, such as spec: 1; this is %s", root.Kind)
		return spec, errs
	}
	v := &validator{root: root, file: file, size: size, spec: &spec, errs: errs}
	v.findBase()
	v.decodeBase()
	decode.Into(root, "", reflect.ValueOf(&spec).Elem(), decode.Options{Custom: shapes, Unknown: reserved}, errs)
	v.fields()
	v.resolve()
	v.together()
	return spec, errs
}

// Vary derives a variant: the tree with the overrides put in, decoded again, so that what is derived from other fields is
// derived anew. Mistakes that an override causes carry its place.
func (d *Document) Vary(overrides []Override) (Spec, *decode.Errors) {
	root := d.root
	for _, o := range overrides {
		root = root.With(o.Path, o.Node, shorthand)
	}
	spec, errs := read(root, d.file, d.size)
	spec.Ablate, spec.Sweep = []Variation{}, Sweep{Grid: []Axis{}}
	return spec, errs
}

// Mistakes returns a copy of what is wrong with the document itself.
func (d *Document) Mistakes() *decode.Errors {
	errs := &decode.Errors{}
	errs.Merge(d.mistakes)
	return errs
}

// Place is where a field is written, or else the nearest group around it.
func (d *Document) Place(path string) decode.Place {
	v := &validator{root: d.root, file: d.file}
	return v.place(path)
}

// absolute is a glob with the spec's folder before it, whose own characters mean nothing but themselves.
func absolute(file, glob string) string {
	if filepath.IsAbs(glob) {
		return glob
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return glob
	}
	return filepath.Join(strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(folder), glob)
}
