package notebooks

import (
	"fmt"
	"slices"
)

// Cells are a row's numbers as they are printed; what is not known is a dash. The uncertainty decides the digits.
type Cells struct {
	// N is "5", or "4/5" where fewer seeds count than were declared.
	N, Parameters, Mean, SD, Low, High string
	// Half is half the width of the mean's interval, what stands behind ±.
	Half string
	// Also are the means of the further metrics, in the table's order.
	Also []string
	// Between is the interval of the difference; Verdict the whole sentence.
	Diff, Percent, Between, P, PHolm, PExact, Verdict string
}

// Cells prints the rows' numbers.
func (t *AblationTable) Cells() []Cells {
	cells := make([]Cells, len(t.Rows))
	for i := range t.Rows {
		r := &t.Rows[i]
		d := r.meanDigits()
		cells[i] = Cells{
			N: fmt.Sprint(r.N) + short(r.N, len(t.Seeds)), Parameters: fixed(float64(r.Params), 0), Mean: fixed(value(r.Mean), d),
			SD: fixed(value(r.SD), d), Low: fixed(value(r.CILow), d), High: fixed(value(r.CIHigh), d), Half: fixed((value(r.CIHigh)-value(r.CILow))/2, d),
			Diff: signed(value(r.Diff), r.diffDigits()), Percent: percent(value(r.DiffRelative)), Between: r.span(),
			P: probability(value(r.P)), PHolm: probability(value(r.PCorrected)), PExact: probability(value(r.PExact)), Verdict: r.sentence(),
		}
		for _, name := range t.Also {
			cells[i].Also = append(cells[i].Also, fixed(value(r.Also[name]), t.alsoDigits(name)))
		}
	}
	return cells
}

// Remarks are what a reader must know beside the numbers: of single variants first, then of the whole table.
func (t *AblationTable) Remarks() []string {
	var remarks []string
	for i := range t.Rows {
		if text := t.Rows[i].remark(); text != "" {
			remarks = append(remarks, t.Rows[i].Variant+": "+text)
		}
	}
	return slices.Concat(remarks, t.Warnings, t.cautions())
}

// remark joins a row's warnings; what n alone calls for is said once, with the whole table.
func (r *Row) remark() string {
	text := ""
	for _, w := range r.Warnings {
		if w != r.caution {
			text = join(text, "; ", w)
		}
	}
	return text
}
