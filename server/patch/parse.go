package patch

import (
	"regexp"
	"strconv"
	"strings"
)

// Parse reads a diff and keeps at most so many of its lines.
func Parse(text string, most int) Patch {
	p := parser{left: most}
	for line := range strings.Lines(text) {
		p.line(strings.TrimSuffix(line, "\n"))
	}
	p.end()
	for i := range p.patch.Files {
		p.patch.Files[i].finish()
	}
	return p.patch
}

// parser reads one line after the other.
type parser struct {
	patch    Patch
	file     *File // that is being read
	old, new int   // numbers of the next lines
	// oldLeft and newLeft are how many lines the hunk still has on each side.
	oldLeft, newLeft int
	left             int // lines to keep
}

var hunkHeader = regexp.MustCompile(`^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$`)

func (p *parser) line(text string) {
	if p.file != nil && (p.oldLeft > 0 || p.newLeft > 0) && p.hunkLine(text) {
		return
	}
	p.oldLeft, p.newLeft = 0, 0
	switch {
	case strings.HasPrefix(text, "diff --git "):
		p.begin()
		p.file.Old, p.file.Name = halves(strings.TrimPrefix(text, "diff --git "))
	case strings.HasPrefix(text, "--- "):
		if p.file == nil || len(p.file.Hunks) > 0 {
			p.begin() // a diff without git's lines
		}
		p.file.Old = name(text[4:])
	case p.file == nil:
	case strings.HasPrefix(text, "+++ "):
		p.file.Name = name(text[4:])
	case strings.HasPrefix(text, "@@ "):
		p.hunk(text)
	case strings.HasPrefix(text, `\`) && len(p.file.Hunks) > 0:
		p.keep(Line{Kind: `\`, Text: strings.TrimPrefix(text, `\ `)})
	default:
		p.header(text)
	}
}

// header reads git's lines between a file's first and its hunks.
func (p *parser) header(text string) {
	switch {
	case strings.HasPrefix(text, "new file mode"):
		p.file.Change = Added
	case strings.HasPrefix(text, "deleted file mode"):
		p.file.Change = Deleted
	case strings.HasPrefix(text, "rename from "):
		p.file.Change, p.file.Old = Renamed, unquote(strings.TrimPrefix(text, "rename from "))
	case strings.HasPrefix(text, "rename to "):
		p.file.Name = unquote(strings.TrimPrefix(text, "rename to "))
	case strings.HasPrefix(text, "Binary files "), text == "GIT binary patch":
		p.file.Binary = true
	}
}

func (p *parser) begin() {
	p.end()
	p.file = &File{Change: Changed, Hunks: []Hunk{}}
}

func (p *parser) end() {
	if p.file != nil {
		p.patch.Files = append(p.patch.Files, *p.file)
	}
	p.file = nil
}

func (p *parser) hunk(text string) {
	m := hunkHeader.FindStringSubmatch(text)
	if m == nil {
		return
	}
	p.old, p.oldLeft = number(m[1], 0), number(m[2], 1)
	p.new, p.newLeft = number(m[3], 0), number(m[4], 1)
	p.file.Hunks = append(p.file.Hunks, Hunk{Old: p.old, New: p.new, Place: m[5], Lines: []Line{}})
}

// hunkLine reads a line within a hunk; false where it can be none.
func (p *parser) hunkLine(text string) bool {
	kind, rest := " ", ""
	if text != "" {
		kind, rest = text[:1], text[1:]
	}
	line := Line{Kind: kind, Text: rest}
	switch kind {
	case " ":
		line.Old, line.New = p.old, p.new
	case "-":
		line.Old = p.old
		p.file.Removed++
	case "+":
		line.New = p.new
		p.file.Added++
	case `\`:
		line.Text = strings.TrimPrefix(rest, " ")
	default:
		return false
	}
	if line.Old > 0 || kind == "-" {
		p.old, p.oldLeft = p.old+1, p.oldLeft-1
	}
	if line.New > 0 || kind == "+" {
		p.new, p.newLeft = p.new+1, p.newLeft-1
	}
	p.keep(line)
	return true
}

func (p *parser) keep(line Line) {
	if p.left <= 0 {
		p.patch.Cut = true
		return
	}
	p.left--
	last := &p.file.Hunks[len(p.file.Hunks)-1]
	last.Lines = append(last.Lines, line)
}

// finish settles the names once all lines are known.
func (f *File) finish() {
	switch {
	case f.Name == "" || f.Name == "/dev/null":
		f.Name, f.Change = f.Old, Deleted
	case f.Old == "" || f.Old == "/dev/null":
		f.Change = Added
	}
	if f.Change != Renamed {
		f.Old = ""
	}
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
