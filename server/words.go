package server

import (
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strings"
	"time"

	"inkstone/internal/thousands"
	"inkstone/server/terminal"
	"inkstone/tracker"
)

// functions word values for templates.
var functions = template.FuncMap{
	"number": number, "thousands": thousands.Int[int64], "thousandsOf": thousands.Int[int], "age": age, "moment": moment,
	"span": span, "sign": sign, "signs": signs, "value": func(v tracker.Value) string { return number(float64(v)) }, "metric": metric, "size": size,
	"lasting": func(since time.Time) string { return span(time.Since(since)) },
	"visible": terminal.Visible, "diffClass": diffClass,
	"changing": func(t trialData, back string) changing { return changing{t, back} },
	"differing": func(title string, list []difference, groups []groupData) differing {
		return differing{title, list, groups}
	},
}

// metric shows the last value of a run's metric.
func metric(r tracker.Run, name string) string {
	v, ok := r.Metrics[name]
	if !ok {
		return "–"
	}
	return number(float64(v))
}

// number shows five significant digits, or a whole number where it has more.
func number(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(minus(fmt.Sprint(v)), "Inf", "∞", 1)
	case size >= 1e4 && size < 1e15:
		return minus(thousands.Decimal(fmt.Sprintf("%.0f", v)))
	}
	return minus(fmt.Sprintf("%.5g", v))
}

// minus writes the sign as it is set, which is as wide as a plus.
func minus(text string) string { return strings.ReplaceAll(text, "-", "−") }

// fixed shows a number of decimals, and no sign of what is nothing.
func fixed(v float64, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, v)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return minus(text)
}

// negative is a minus before a number within a text.
var negative = regexp.MustCompile(`(^|[ \[])-(\d)`)

// signs writes the signs of the numbers in a text as minus does.
func signs(text string) string { return negative.ReplaceAllString(text, "$1−$2") }

// size writes bytes for people: 950 B, 12.3 kB, 4.57 MB.
func size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(bytes), 0
	for ; v >= 999.5 && i < len(units)-1; i++ {
		v /= 1000
	}
	return fmt.Sprintf("%.3g\u202f%s", v, units[i])
}

// age is a moment whose distance from now the pages' script words and keeps right; the server's text is the moment itself, so
// that what has not changed stays the same text.
func age(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return template.HTML(`<time class="age" datetime="` + t.UTC().Format(time.RFC3339) + `">` + t.Local().Format("2006-01-02 15:04") + `</time>`)
}

// moment is a time in the server's zone, which is the reader's.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// seconds shows a duration that is given in seconds.
func seconds(v float64) string { return span(time.Duration(v * float64(time.Second))) }

func span(d time.Duration) string {
	switch d = max(d, 0).Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

// sign marks a status for eyes that see no colours.
func sign(s tracker.Status) string {
	switch s {
	case tracker.Finished:
		return "✓"
	case tracker.Running:
		return "▶"
	case tracker.Failed:
		return "✗"
	case tracker.Stopped:
		return "■"
	case tracker.Lost:
		return "?"
	}
	return "·"
}
