package notebooks

import (
	"strings"
	"unicode/utf8"
)

// column is one column of a grid. Numbers are aligned at their decimal point, words to the left.
type column struct {
	head  string
	cells []string
	words bool
	// keep ranks the columns: where a line is too long, the lowest goes first; 0 is never dropped.
	keep int
}

const gap = "  "

// fit drops columns until a line fits, the lowest keep first, and returns the heads of those it dropped.
func fit(columns []column, width int) (kept []column, dropped []string) {
	kept = columns
	for lineWidth(kept) > width {
		lowest := -1
		for i, c := range kept {
			if c.keep > 0 && (lowest < 0 || c.keep < kept[lowest].keep) {
				lowest = i
			}
		}
		if lowest < 0 {
			break
		}
		dropped = append(dropped, kept[lowest].head)
		kept = append(append([]column{}, kept[:lowest]...), kept[lowest+1:]...)
	}
	return kept, dropped
}

func lineWidth(columns []column) int {
	total := -len(gap)
	for _, c := range columns {
		total += len(gap) + c.width()
	}
	return total
}

func (c column) width() int {
	w := displayWidth(c.head)
	for _, cell := range c.aligned() {
		w = max(w, displayWidth(cell))
	}
	return w
}

// aligned pads numbers on the right so that their decimal points stand below each other when set flush right.
func (c column) aligned() []string {
	if c.words {
		return c.cells
	}
	most := 0
	for _, cell := range c.cells {
		most = max(most, afterPoint(cell))
	}
	out := make([]string, len(c.cells))
	for i, cell := range c.cells {
		out[i] = cell
		if isNumber(cell) {
			out[i] += strings.Repeat(" ", most-afterPoint(cell))
		}
	}
	return out
}

// isNumber tells a cell that holds one number from an interval, a dash or nothing.
func isNumber(cell string) bool {
	return cell != "" && !strings.ContainsAny(cell, "–…/<") && strings.ContainsAny(cell, "0123456789")
}

// afterPoint is the number of characters from the decimal point on, 0 for what is no number.
func afterPoint(cell string) int {
	if !isNumber(cell) {
		return 0
	}
	if i := strings.IndexByte(cell, '.'); i >= 0 {
		return displayWidth(cell[i:])
	}
	if i := strings.IndexByte(cell, ' '); i >= 0 {
		return displayWidth(cell[i:])
	}
	return 0
}

// lines renders the heads and the rows.
func lines(columns []column) (head string, rows []string) {
	if len(columns) == 0 {
		return "", nil
	}
	rows = make([]string, len(columns[0].cells))
	for i, c := range columns {
		before := gap
		if i == 0 {
			before = ""
		}
		w := c.width()
		head += before + pad(c.head, w, c.words)
		for k, cell := range c.aligned() {
			rows[k] += before + pad(cell, w, c.words)
		}
	}
	head = strings.TrimRight(head, " ")
	for k := range rows {
		rows[k] = strings.TrimRight(rows[k], " ")
	}
	return head, rows
}

func pad(s string, width int, left bool) string {
	space := strings.Repeat(" ", max(0, width-displayWidth(s)))
	if left {
		return s + space
	}
	return space + s
}

// displayWidth counts terminal columns: East Asian wide characters take two, combining marks and escapes are not expected.
func displayWidth(s string) int {
	w := utf8.RuneCountInString(s)
	for _, r := range s {
		if wide(r) {
			w++
		}
	}
	return w
}

func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf && r != 0x303f || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff ||
		r >= 0x20000 && r <= 0x3fffd
}

// shorten cuts the middle out of a name that is too wide.
func shorten(s string, width int) string {
	if displayWidth(s) <= width {
		return s
	}
	runes := []rune(s)
	tail := []rune{}
	for displayWidth(string(tail)) < width/2 {
		tail = append([]rune{runes[len(runes)-1-len(tail)]}, tail...)
	}
	head := []rune{}
	for displayWidth(string(head)+"…"+string(tail))+displayWidth(string(runes[len(head)])) <= width {
		head = append(head, runes[len(head)])
	}
	return string(head) + "…" + string(tail)
}

// wrap breaks text at spaces into lines of at most width columns; the following lines are indented. Characters of scripts
// without spaces break anywhere.
func wrap(text string, width, indent int) []string {
	var out []string
	line, start := "", 0
	flush := func() {
		out = append(out, strings.TrimRight(line, " "))
		line, start = strings.Repeat(" ", indent), indent
	}
	for _, word := range strings.Fields(text) {
		for _, piece := range pieces(word, width-indent) {
			space := " "
			if displayWidth(line) == start || piece.joined {
				space = ""
			}
			if displayWidth(line)+len(space)+displayWidth(piece.text) > width && displayWidth(line) > start {
				flush()
				space = ""
			}
			line += space + piece.text
		}
	}
	flush()
	return out
}

type piece struct {
	text   string
	joined bool // no space before it
}

// pieces breaks a word where it may break: around wide characters, and where it is longer than a line.
func pieces(word string, width int) []piece {
	var out []piece
	current := ""
	for _, r := range word {
		if current != "" && (wide(r) || displayWidth(current)+1 > width) {
			out = append(out, piece{current, len(out) > 0})
			current = ""
		}
		current += string(r)
	}
	return append(out, piece{current, len(out) > 0})
}
