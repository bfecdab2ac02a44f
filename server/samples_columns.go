package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/server/terminal"
	"inkstone/server/worddiff"
	"inkstone/tracker"
)

// promptData is a prompt with what was written after it, side by side.
type promptData struct {
	Name string `json:"name"`
	// Prompt is its text; columns whose texts are another have their own.
	Prompt  string         `json:"prompt"`
	Columns []sampleColumn `json:"columns"`
}

// sampleColumn is one text.
type sampleColumn struct {
	Run     string `json:"run"`
	Variant string `json:"variant"`
	Seed    int64  `json:"seed"`
	Step    int64  `json:"step"`
	// Asked is the step that was asked for, where this is the nearest to it.
	Asked    *int64          `json:"asked,omitempty"`
	Prompt   string          `json:"prompt,omitempty"` // where it is not that of the others
	Output   string          `json:"output"`
	Settings json.RawMessage `json:"settings"`
	// Spans are the output, with what is not in the column that it is compared with; Cut: there is more.
	Spans []worddiff.Span `json:"-"`
	Cut   bool            `json:"-"`
	// First tells that nothing stands before it to compare with.
	First bool `json:"-"`
}

const (
	// mostColumns bounds what stands side by side, fewSteps the steps that are chosen where nobody asked for any.
	mostColumns = 12
	fewSteps    = 6
	// mostShownText bounds the bytes of a text in the page.
	mostShownText = 16 << 10
)

// arrange puts the texts side by side.
func (d *samplesData) arrange() {
	for _, name := range d.AllPrompts {
		if d.Prompt != "" && name != d.Prompt {
			continue
		}
		p := promptData{Name: name}
		if d.By == "steps" {
			p.Columns = d.overSteps(name)
		} else {
			p.Columns = d.overVariants(name)
		}
		if len(p.Columns) > 0 {
			p.compare(d.By == "steps")
			d.Prompts = append(d.Prompts, p)
		}
	}
}

// overSteps are the texts of one run: the first that fits the choice.
func (d *samplesData) overSteps(name string) (columns []sampleColumn) {
	for _, of := range d.texts {
		if !d.HasVariant(of.run.Variant) || len(d.Chosen) != 1 && of.run.Seed != d.Seed {
			continue
		}
		var there []int64
		for _, text := range of.texts {
			if text.Name == name {
				there = with(there, text.Step)
			}
		}
		for _, asked := range d.wanted(there) {
			columns = append(columns, columnsAt(of, name, there, asked)...)
		}
		break
	}
	return columns[:min(len(columns), mostColumns)]
}

// wanted are the steps that were asked for, or some of those that there are: the first, the last, and others evenly between.
func (d *samplesData) wanted(there []int64) []int64 {
	if len(d.Steps) > 0 || len(there) <= fewSteps {
		if len(d.Steps) > 0 {
			return d.Steps
		}
		return there
	}
	some := make([]int64, fewSteps)
	for i := range some {
		some[i] = there[i*(len(there)-1)/(fewSteps-1)]
	}
	return some
}

// overVariants are the texts of a seed's runs at one step, the last where none was asked for; of chosen runs, all of them.
func (d *samplesData) overVariants(name string) (columns []sampleColumn) {
	for _, of := range d.texts {
		if !d.HasVariant(of.run.Variant) || len(d.Chosen) == 0 && of.run.Seed != d.Seed {
			continue
		}
		var there []int64
		for _, text := range of.texts {
			if text.Name == name {
				there = with(there, text.Step)
			}
		}
		if len(there) == 0 {
			continue
		}
		asked := there[len(there)-1]
		if len(d.Steps) > 0 {
			asked = d.Steps[0]
		}
		columns = append(columns, columnsAt(of, name, there, asked)...)
	}
	return columns[:min(len(columns), mostColumns)]
}

// columnsAt are the texts of a prompt at the step nearest to one.
func columnsAt(of runTexts, name string, there []int64, asked int64) (columns []sampleColumn) {
	if len(there) == 0 {
		return nil
	}
	nearest := slices.MinFunc(there, func(a, b int64) int { return compareDistance(a, b, asked) })
	for _, text := range of.texts {
		if text.Name != name || text.Step != nearest {
			continue
		}
		c := newColumn(of.run, text)
		if nearest != asked {
			c.Asked = &asked
		}
		columns = append(columns, c)
	}
	return columns
}

func compareDistance(a, b, to int64) int {
	da, db := max(a-to, to-a), max(b-to, to-b)
	switch {
	case da < db:
		return -1
	case da > db:
		return 1
	}
	return 0
}

func newColumn(run tracker.Run, text tracker.Text) sampleColumn {
	return sampleColumn{
		Run: run.ID, Variant: run.Variant, Seed: run.Seed, Step: text.Step, Prompt: terminal.Visible(text.Prompt), Output: terminal.Visible(text.Output), Settings: text.Settings,
	}
}

// compare marks what differs: over steps from the column before, over variants from the first.
func (p *promptData) compare(chain bool) {
	p.Prompt = p.Columns[0].Prompt
	reference := ""
	for i := range p.Columns {
		c := &p.Columns[i]
		if c.Prompt == p.Prompt {
			c.Prompt = ""
		}
		shown := c.Output
		if c.Cut = len(shown) > mostShownText; c.Cut {
			shown = whole(shown[:mostShownText])
		}
		if c.First = i == 0; c.First {
			c.Spans = []worddiff.Span{{Text: shown}}
		} else {
			c.Spans = worddiff.Mark(reference, shown)
		}
		if chain || i == 0 {
			reference = shown
		}
	}
}

// Same tells whether nothing differs from what the column is compared with.
func (c sampleColumn) Same() bool {
	return !c.First && !slices.ContainsFunc(c.Spans, func(s worddiff.Span) bool { return s.New })
}

// Characters is the length of the output.
func (c sampleColumn) Characters() int64 { return int64(utf8.RuneCountInString(c.Output)) }

// SettingsText words the settings: "temperature 0.8, top_p 0.9".
func (c sampleColumn) SettingsText() string {
	var settings map[string]json.RawMessage
	if json.Unmarshal(c.Settings, &settings) != nil {
		return terminal.Visible(string(c.Settings))
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		words = append(words, fmt.Sprintf("%s %s", name, settings[name]))
	}
	return terminal.Visible(strings.Join(words, ", "))
}
