package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"inkstone/runner/objective"
	"inkstone/runner/tokenizer"
)

// shownBatch is a batch for people and programs. Padding is left out of the tokens.
type shownBatch struct {
	Trial     string     `json:"trial"`
	Objective string     `json:"objective"`
	Step      int        `json:"step"`
	Length    int        `json:"length"`
	Rows      []shownRow `json:"rows"`
}

type shownRow struct {
	Row  int    `json:"row"`
	Task string `json:"task,omitempty"`
	// Prefix is how many leading tokens see each other; behind them attention is causal.
	Prefix  int          `json:"prefix"`
	Padding int          `json:"padding"`
	Targets int          `json:"targets"`
	Tokens  []shownToken `json:"tokens"`
}

type shownToken struct {
	Column        int     `json:"column"`
	Input         string  `json:"input"`
	InputID       int32   `json:"input_id"`
	Target        string  `json:"target,omitempty"` // where there is one
	TargetID      *int32  `json:"target_id,omitempty"`
	Weight        float32 `json:"weight"`
	Position      int32   `json:"position"`
	BlockPosition int32   `json:"block_position"`
	Document      int32   `json:"document,omitempty"` // from 1, where rows are packed
}

func describeBatch(from feed, step int, b objective.Batch) shownBatch {
	shown := shownBatch{Trial: from.trial, Objective: from.spec.Objective.Kind, Step: step, Length: b.Length}
	for row := range b.Rows {
		shown.Rows = append(shown.Rows, describeRow(from.prepared.Tokenizer, b, row))
	}
	return shown
}

func describeRow(t tokenizer.Tokenizer, b objective.Batch, row int) shownRow {
	begin, valid := row*b.Length, int(b.Valid[row])
	r := shownRow{Row: row, Prefix: int(b.Prefix[row]), Padding: b.Length - valid, Tokens: make([]shownToken, valid)}
	if b.Tasks != nil {
		r.Task = b.Tasks[row]
	}
	inputs, targets := tokenizer.Texts(t, b.Inputs[begin:begin+valid]), tokenizer.Texts(t, b.Targets[begin:begin+valid])
	for i := range r.Tokens {
		at := begin + i
		token := shownToken{Column: i, Input: inputs[i], InputID: b.Inputs[at], Weight: b.Weights[at], Position: b.Positions[at], BlockPosition: b.BlockPositions[at]}
		if token.Weight > 0 {
			token.Target, token.TargetID = targets[i], &b.Targets[at]
			r.Targets++
		}
		if b.Documents != nil {
			token.Document = b.Documents[at]
		}
		r.Tokens[i] = token
	}
	return r
}

func (r shownRow) packed() bool { return len(r.Tokens) > 0 && r.Tokens[0].Document > 0 }

func (b shownBatch) title() string {
	return fmt.Sprintf("%s, step %d, objective %s", b.Trial, b.Step, b.Objective)
}

// excerpt is how many letters of a row the overview shows.
const excerpt = 48

// continued is how tokenizer.Texts words a token that only continues a letter.
const continued = "·"

// writeRows prints a line for each row. What no row has is left out.
func (b shownBatch) writeRows(out io.Writer) error {
	first := b.Rows[0]
	fmt.Fprintf(out, "%s: %s of %s\n\n", b.title(), plural(len(b.Rows), "row"), plural(b.Length, "token"))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "row\t%sreads\t%spadding\tpredicts\t  text\n", columnIf(first.Task != "", "task"), columnIf(b.Objective == "infill", "part A")+columnIf(first.packed(), "documents"))
	for _, r := range b.Rows {
		var text strings.Builder
		for _, token := range r.Tokens {
			text.WriteString(strings.TrimPrefix(token.Input, continued))
		}
		fmt.Fprintf(w, "%d\t%s%d\t%s%d\t%d\t  %s\n", r.Row, columnIf(r.Task != "", r.Task), len(r.Tokens),
			columnIf(b.Objective == "infill", fmt.Sprint(r.Prefix))+columnIf(r.packed(), fmt.Sprint(r.documents())), r.Padding, r.Targets, shorten(text.String(), excerpt))
	}
	return w.Flush()
}

// writeRow prints a line for each token of the only row.
func (b shownBatch) writeRow(out io.Writer) error {
	r := b.Rows[0]
	fmt.Fprintf(out, "%s, row %d: %s, %s, %s\n\n", b.title(), r.Row, plural(len(r.Tokens), "token"), plural(r.Targets, "target"), r.seen(b.Objective))
	infill := b.Objective == "infill"
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "column\t%sposition\t%s  reads → predicts\n", columnIf(infill, "part")+columnIf(r.packed(), "document"), columnIf(infill, "block"))
	for _, t := range r.Tokens {
		part := "B"
		if t.Column < r.Prefix {
			part = "A"
		}
		fmt.Fprintf(w, "%d\t%s%d\t%s  %s\n", t.Column, columnIf(infill, part)+columnIf(r.packed(), fmt.Sprint(t.Document)), t.Position,
			columnIf(infill, fmt.Sprint(t.BlockPosition)), t.words())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if r.Padding > 0 {
		fmt.Fprintf(out, "… and %s of padding\n", plural(r.Padding, "column"))
	}
	return nil
}

// words are the token and its target, with the target's weight where that is not 1.
func (t shownToken) words() string {
	switch t.Weight {
	case 0:
		return t.Input
	case 1:
		return t.Input + " → " + t.Target
	}
	return fmt.Sprintf("%s → %s  (weight %.3g)", t.Input, t.Target, t.Weight)
}

// seen words the row's mask.
func (r shownRow) seen(kind string) string {
	words := "each token sees those before it"
	switch {
	case kind == "infill":
		words = fmt.Sprintf("task %s; the first %d see each other", r.Task, r.Prefix)
	case r.Prefix > 0:
		words = "all see each other"
	}
	if r.packed() {
		words += ", within its document"
	}
	return words
}

// documents counts those that are packed into the row.
func (r shownRow) documents() int32 {
	if len(r.Tokens) == 0 {
		return 0
	}
	return r.Tokens[len(r.Tokens)-1].Document
}

// columnIf is a cell of a column that a table may lack.
func columnIf(there bool, cell string) string {
	if !there {
		return ""
	}
	return cell + "\t"
}

func shorten(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + " …"
	}
	return text
}
