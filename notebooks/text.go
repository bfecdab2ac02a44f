package notebooks

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// TextOptions says how a table is printed.
type TextOptions struct {
	// Width is that of the page in columns; 0 means 100. Below about 60 lines may be longer.
	Width int
	// Color marks verdicts and headings with ANSI colours.
	Color bool
}

// WriteText prints the table: what it is about, what each variant reached, how each differs from the baseline, and notes.
// Lines fit the width: columns that matter least are left out where it is narrow, which a note says.
func (t *AblationTable) WriteText(w io.Writer, o TextOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	p := &page{width: o.Width, color: o.Color, notes: map[string]int{}}
	p.names, p.legend = t.names(o.Width)
	t.caption(p)
	t.levels(p)
	if t.compared() {
		t.differences(p)
	}
	t.footnotes(p)
	_, err := io.WriteString(w, p.String())
	return err
}

// page gathers the lines of a table and its numbered notes.
type page struct {
	strings.Builder
	width   int
	color   bool
	names   []string
	legend  []string
	notes   map[string]int
	order   []string
	dropped []string
}

// names are the variants' names as printed: too long ones lose their middle, as little of it as keeps them apart. Where the
// page is too narrow for that, they get the number of their row, and legend gives the full names.
func (t *AblationTable) names(width int) (names, legend []string) {
	names = make([]string, len(t.Rows))
	for limit := max(12, width/4); limit <= max(12, min(width-60, 3*width/8)); limit++ {
		distinct := map[string]bool{}
		for i, r := range t.Rows {
			names[i] = shorten(r.Variant, limit)
			distinct[names[i]] = true
		}
		if len(distinct) == len(t.Rows) {
			return names, nil
		}
	}
	for i, r := range t.Rows {
		names[i] = fmt.Sprintf("%d %s", i+1, shorten(r.Variant, max(9, width/4-3)))
		if displayWidth(r.Variant)+2 > displayWidth(names[i]) {
			legend = append(legend, fmt.Sprintf("%d is %s.", i+1, r.Variant))
		}
	}
	return names, legend
}

// paragraph writes text wrapped to the page, after a first indentation that following lines keep.
func (p *page) paragraph(text string, indent int) {
	for _, line := range wrap(text, p.width, indent) {
		p.WriteString(line + "\n")
	}
}

// note returns the mark of a note, in order of first use.
func (p *page) note(text string) string {
	n, ok := p.notes[text]
	if !ok {
		p.order = append(p.order, text)
		n = len(p.order)
		p.notes[text] = n
	}
	return superscript(n)
}

func superscript(n int) string {
	return strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").
		Replace(fmt.Sprint(n))
}

const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *page) paint(code, s string) string {
	if !p.color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// caption says what the numbers are.
func (t *AblationTable) caption(p *page) {
	title := t.Experiment
	switch {
	case t.Chosen:
		title = "Comparison of " + count(len(t.Rows), "group")
	case t.Question != "":
		title += ": " + t.Question
	}
	for _, line := range wrap(title, p.width, 0) {
		p.WriteString(p.paint(bold, line) + "\n")
	}
	what := t.Metric
	if t.Unit != "" {
		what += " in " + t.Unit
	}
	switch t.Goal {
	case "minimize":
		what += ", lower is better"
	case "maximize":
		what += ", higher is better"
	}
	what += fmt.Sprintf("; last value of each run, %s", count(len(t.Seeds), "seed"))
	if len(t.Seeds) > 0 && len(t.Seeds) <= 10 {
		what += " (" + list(t.Seeds) + ")"
	}
	p.paragraph(what+".", 0)
	if t.Interim {
		p.WriteString(p.paint(yellow, t.interim(p.width)))
	}
	p.WriteString("\n")
}

// interim says what is missing.
func (t *AblationTable) interim(width int) string {
	type key struct {
		variant string
		status  string
	}
	var order []key
	seeds := map[key][]int64{}
	for _, m := range t.Missing {
		k := key{m.Variant, string(m.Status)}
		if seeds[k] == nil {
			order = append(order, k)
		}
		seeds[k] = append(seeds[k], m.Seed)
	}
	parts := make([]string, len(order))
	for i, k := range order {
		parts[i] = fmt.Sprintf("%s %s (%s)", k.variant, seedList(seeds[k]), k.status)
	}
	text := fmt.Sprintf("Interim: %d of %s missing, so there is no p and no verdict. Missing: %s.",
		len(t.Missing), are(len(t.Seeds)*len(t.Rows), "run"), strings.Join(parts, ", "))
	return strings.Join(wrap(text, width, 0), "\n") + "\n"
}

// are is "1 run is" or "20 runs are".
func are(n int, what string) string {
	if n == 1 {
		return count(n, what) + " is"
	}
	return count(n, what) + " are"
}

// levels prints what each variant reached.
func (t *AblationTable) levels(p *page) {
	c := make([]column, 6)
	c[0] = column{head: "variant", words: true}
	c[1] = column{head: "n"}
	c[2] = column{head: "parameters", keep: 20}
	c[3] = column{head: "mean"}
	c[4] = column{head: "sd", keep: 30}
	c[5] = column{head: fmt.Sprintf("%s interval", percentLevel(t.Level)), words: true, keep: 40}
	for i, name := range t.Also {
		c = append(c, column{head: name, keep: 10 - min(i, 9)})
	}
	low, high := column{}, column{}
	for i, cells := range t.Cells() {
		first := []string{p.names[i] + p.mark(&t.Rows[i]), cells.N, cells.Parameters, cells.Mean, cells.SD}
		for k, cell := range first {
			c[k].cells = append(c[k].cells, cell)
		}
		low.cells, high.cells = append(low.cells, cells.Low), append(high.cells, cells.High)
		for k, cell := range cells.Also {
			c[6+k].cells = append(c[6+k].cells, cell)
		}
	}
	c[5].cells = spans(low, high)
	t.grid(p, c, nil)
}

// alsoDigits leave three significant digits of the largest mean of a further metric.
func (t *AblationTable) alsoDigits(name string) int {
	largest := 0.0
	for _, r := range t.Rows {
		if mean := value(r.Also[name]); isFinite(mean) {
			largest = max(largest, math.Abs(mean))
		}
	}
	return decimals(largest, 3)
}

// short is "/5" where fewer seeds count than were declared.
func short(n, declared int) string {
	if n == declared {
		return ""
	}
	return fmt.Sprintf("/%d", declared)
}

// spans joins two columns of numbers to "low … high".
func spans(low, high column) []string {
	_, lows := lines([]column{low})
	width := low.width()
	cells := make([]string, len(lows))
	for i := range lows {
		if !isNumber(low.cells[i]) {
			cells[i] = "–"
			continue
		}
		cells[i] = pad(lows[i], width, true) + " … " + high.cells[i]
	}
	return cells
}

func percentLevel(level float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*level), ".0") + " %"
}

// grid prints columns under a rule; paint colours the rows.
func (t *AblationTable) grid(p *page, c []column, colors []string) {
	kept, dropped := fit(c, p.width)
	p.dropped = append(p.dropped, dropped...)
	head, rows := lines(kept)
	p.WriteString(p.paint(bold, head) + "\n")
	p.WriteString(p.paint(faint, strings.Repeat("─", min(p.width, lineWidth(kept)))) + "\n")
	for i, row := range rows {
		code := ""
		if colors != nil {
			code = colors[i]
		}
		p.WriteString(p.paint(code, row) + "\n")
	}
}

func (t *AblationTable) compared() bool {
	for _, r := range t.Rows {
		if r.Diff != nil {
			return true
		}
	}
	return false
}

// tested tells whether any difference has an interval.
func (t *AblationTable) tested() bool {
	for _, r := range t.Rows {
		if r.DiffCILow != nil {
			return true
		}
	}
	return false
}

// differences prints how each variant differs from the baseline.
func (t *AblationTable) differences(p *page) {
	how := "paired by seed"
	switch t.Test {
	case welchTest:
		how = "independent groups"
	case pairedTest + ", " + welchTest, welchTest + ", " + pairedTest:
		how = "paired by seed where seeds are common"
	}
	p.WriteString(fmt.Sprintf("\nDifference from %s, %s\n\n", t.Baseline, how))
	c := []column{{head: "variant", words: true}, {head: "diff"}, {head: "diff %", keep: 3}, {head: "p", keep: 2},
		{head: "p Holm"}, {head: "p exact", keep: 1}, {head: "verdict", words: true}}
	if t.Interim || !t.Declared {
		c = append(c[:3], column{head: "between, " + percentLevel(t.DiffLevel) + " interval", words: true})
	}
	var colors []string
	for i, x := range t.Cells()[1:] {
		cells := []string{p.names[i+1], x.Diff, x.Percent}
		if t.Interim || !t.Declared {
			cells = append(cells, x.Between)
		} else {
			cells = append(cells, x.P, x.PHolm, x.PExact, x.Verdict)
		}
		for k, cell := range cells {
			c[k].cells = append(c[k].cells, cell)
		}
		colors = append(colors, color(t.Rows[i+1].Verdict))
	}
	t.grid(p, c, colors)
}

// span is the difference's interval.
func (r *Row) span() string {
	if r.DiffCILow == nil {
		return "–"
	}
	low, high := r.between()
	return low + " … " + high
}

// sentence is the verdict with its interval.
func (r *Row) sentence() string {
	if r.DiffCILow == nil || r.Verdict != "better" && r.Verdict != "worse" {
		return r.Verdict
	}
	low, high := r.between()
	if r.straddles() {
		return r.Verdict + ", though between " + low + " and " + high
	}
	return r.Verdict + ": between " + low + " and " + high
}

func color(verdict string) string {
	switch {
	case verdict == "better":
		return green
	case verdict == "worse":
		return red
	case strings.HasPrefix(verdict, "unresolved"):
		return yellow
	}
	return ""
}

// mark is the number of the row's note, which joins its warnings; what n alone calls for is said once, at the end.
func (p *page) mark(r *Row) string {
	if text := r.remark(); text != "" {
		return p.note(text)
	}
	return ""
}
