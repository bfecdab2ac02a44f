package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The bounds of a document.
const (
	MaxBytes   = 1 << 20
	MaxDepth   = 32
	MaxAliases = 100
	MaxNodes   = 100_000 // aliases expanded
)

// Parse reads one YAML document. Where the bytes are no YAML, the tree is nil; else the errors hold what is refused
// although it is YAML, such as duplicate keys, and the tree can still be read for further mistakes. An empty document is
// an empty mapping.
func Parse(file string, src []byte) (*Node, *Errors) {
	p := &parser{file: file, errs: &Errors{}}
	if len(src) > MaxBytes {
		p.errs.Add(Place{File: file}, "the file has %d bytes; at most %d are read", len(src), MaxBytes)
		return nil, p.errs
	}
	p.lines = splitLines(strings.TrimPrefix(string(src), "\ufeff"))
	if !p.characters() {
		return nil, p.errs
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var document, next yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0:
		return &Node{Place: p.place(1, 1), Kind: Mapping}, p.errs
	case err != nil:
		p.syntax(err)
		return nil, p.errs
	}
	switch err := decoder.Decode(&next); {
	case err == nil:
		p.errs.Add(p.place(next.Line, next.Column), "a second document begins here; a file holds one")
	case !errors.Is(err, io.EOF):
		p.syntax(err)
		return nil, p.errs
	}
	root, ok := p.node(document.Content[0], 0)
	if !ok {
		return nil, p.errs
	}
	return root, p.errs
}

type parser struct {
	file           string
	flag, shift    int // of a --set: its number, and the column that its value begins at, from 0
	lines          []string
	widths         map[int]int // characters of the lines that were asked for, by line from 1
	errs           *Errors
	nodes, aliases int
}

// breaks are YAML's line breaks, the older ones included, as the parser counts them.
var breaks = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

func splitLines(text string) []string { return breaks.Split(text, -1) }

func (p *parser) place(line, column int) Place {
	at := Place{File: p.file, Flag: p.flag, Line: max(line, 1), Column: max(column, 1) + p.shift}
	at.Line = min(at.Line, len(p.lines))
	at.Source = p.lines[at.Line-1]
	if _, known := p.widths[at.Line]; !known {
		if p.widths == nil {
			p.widths = map[int]int{}
		}
		p.widths[at.Line] = utf8.RuneCountInString(at.Source)
	}
	at.Column = min(at.Column, p.widths[at.Line]+1)
	return at
}

// characters refuses what no text editor shows.
func (p *parser) characters() bool {
	for i, line := range p.lines {
		column := 1
		for at, r := range line {
			if r == utf8.RuneError && !strings.HasPrefix(line[at:], string(utf8.RuneError)) {
				p.errs.Add(p.place(i+1, column), "byte %#02x is not UTF-8; save the file as UTF-8", line[at])
				return false
			}
			if r != '\t' && (r < ' ' || r == 0x7f || r == 0xfeff) {
				p.errs.Add(p.place(i+1, column), "the control character U+%04X is not allowed", r)
				return false
			}
			column++
		}
	}
	return true
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// grammar matches what the YAML package says of tokens in a wrong order, rather than of wrong characters.
var grammar = regexp.MustCompile(`^(did not find expected (<|node content|'-' indicator|key|',')|found (duplicate|incompatible|undefined tag))`)

// syntax notes an error of the YAML parser, which knows the line only.
func (p *parser) syntax(err error) {
	line, message := 1, err.Error()
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
		if grammar.MatchString(message) {
			line++ // the YAML package counts the lines of these from 0
		}
	}
	at := p.place(line, 1)
	if indent := len(at.Source) - len(strings.TrimLeft(at.Source, " ")); indent < len(at.Source) {
		at = p.place(line, indent+1)
	}
	if trimmed := strings.TrimSpace(at.Source); strings.HasPrefix(trimmed, "\t") || strings.HasPrefix(at.Source, "\t") {
		message = "a line is indented with a tab; YAML wants spaces"
	}
	p.errs.Add(at, "not valid YAML: %s", message)
}

// node copies a node of the YAML package, its aliases expanded. False means that a bound was passed.
func (p *parser) node(y *yaml.Node, depth int) (*Node, bool) {
	at := p.place(y.Line, y.Column)
	if p.nodes++; p.nodes > MaxNodes {
		p.errs.Add(at, "more than %d values, aliases expanded", MaxNodes)
		return nil, false
	}
	if depth > MaxDepth {
		p.errs.Add(at, "nested more than %d deep", MaxDepth)
		return nil, false
	}
	if y.Kind == yaml.AliasNode {
		if p.aliases++; p.aliases > MaxAliases {
			p.errs.Add(at, "more than %d aliases", MaxAliases)
			return nil, false
		}
		return p.node(y.Alias, depth+1)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		p.errs.Add(at, "the tag %s is not read here; write the plain value", Shorten(y.Tag))
	}
	n := &Node{Place: at, Text: y.Value}
	switch y.Kind {
	case yaml.SequenceNode:
		n.Kind, n.Text = Sequence, ""
		for _, c := range y.Content {
			item, ok := p.node(c, depth+1)
			if !ok {
				return nil, false
			}
			n.Items = append(n.Items, item)
		}
	case yaml.MappingNode:
		n.Kind, n.Text = Mapping, ""
		return n, p.entries(n, y, depth)
	default:
		n.Quoted = y.Style&^yaml.TaggedStyle != 0
		n.Null = !n.Quoted && y.ShortTag() == "!!null"
	}
	return n, true
}

func (p *parser) entries(n *Node, y *yaml.Node, depth int) bool {
	lines := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, ok := p.node(y.Content[i], depth+1)
		if !ok {
			return false
		}
		value, ok := p.node(y.Content[i+1], depth+1)
		if !ok {
			return false
		}
		switch first, twice := lines[key.Text]; {
		case key.Kind != Scalar:
			p.errs.Add(key.Place, "%s cannot be a key", key.Kind)
			continue
		case key.Text == "<<" && !key.Quoted:
			p.errs.Add(key.Place, "merge keys are not read here; write the fields out")
			continue
		case twice:
			p.errs.Add(key.Place, "%s: given twice; the first is on line %d", Shorten(key.Text), first)
			continue
		}
		lines[key.Text] = key.Line
		n.Entries = append(n.Entries, Entry{key, value})
	}
	return true
}

// Setting reads the nth "path=value" of a command line, n from 1. The key's text is the path; both are nil where there is
// a mistake.
func Setting(n int, arg string) (key, value *Node, errs *Errors) {
	p := &parser{flag: n, lines: []string{arg}, errs: &Errors{}}
	path, text, found := strings.Cut(arg, "=")
	at := p.place(1, 1)
	switch {
	case strings.ContainsAny(arg, "\r\n\u0085\u2028\u2029"):
		p.lines = splitLines(arg)
		p.errs.Add(p.place(1, 1), "a setting is one line")
	case !found || strings.TrimSpace(path) == "":
		p.errs.Add(at, "write path=value, such as train.max_steps=100")
	case len(arg) > MaxBytes:
		p.errs.Add(Place{Flag: n}, "the value has %d bytes; at most %d are read", len(arg), MaxBytes)
	case !p.characters():
	default:
		p.shift = utf8.RuneCountInString(path) + 1
		value = p.value(text)
		key = &Node{Place: at, Text: strings.TrimSpace(path)}
	}
	if value == nil {
		return nil, nil, p.errs
	}
	return key, value, p.errs
}

func (p *parser) value(text string) *Node {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		m := yamlLine.FindStringSubmatch(err.Error())
		p.errs.Add(p.place(1, 1), "not a YAML value: %s", m[2])
		return nil
	}
	if len(document.Content) == 0 {
		p.errs.Add(p.place(1, 1), "the value is empty")
		return nil
	}
	n, ok := p.node(document.Content[0], 0)
	if !ok {
		return nil
	}
	return n
}

// Join appends a key to a dotted path.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return fmt.Sprintf("%s.%s", path, key)
}
