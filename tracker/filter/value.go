package filter

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// guess reads a word without quotes as what it looks like.
func guess(word string, now time.Time) Value {
	v := Value{Type: TypeString, Text: word}
	if f, ok := parseNumber(word); ok {
		v.Type, v.Number = TypeNumber, f
	} else if strings.EqualFold(word, "true") || strings.EqualFold(word, "false") {
		v.Type, v.Bool = TypeBool, strings.EqualFold(word, "true")
	} else if t, ok := parseTime(word, now); ok {
		v.Type, v.Time = TypeTime, t
	} else if d, ok := parseDuration(word); ok {
		v.Type, v.Duration = TypeDuration, d
	}
	return v
}

// multiples are the exponents of a number's suffix.
var multiples = map[byte]string{'k': "e3", 'K': "e3", 'M': "e6", 'B': "e9", 'T': "e12"}

// parseNumber reads a finite decimal number, with a suffix or an exponent, or an infinity.
func parseNumber(word string) (float64, bool) {
	body := strings.TrimLeft(word, "+-")
	switch {
	case len(word)-len(body) > 1 || body == "":
		return 0, false
	case strings.EqualFold(body, "inf"):
		f, err := strconv.ParseFloat(word, 64)
		return f, err == nil
	case strings.Trim(body, "0123456789.eE+-kKMBT") != "" || !strings.ContainsAny(body[:1], ".0123456789"):
		return 0, false
	}
	if exponent := multiples[word[len(word)-1]]; exponent != "" {
		word = word[:len(word)-1] + exponent
	}
	f, err := strconv.ParseFloat(word, 64)
	return f, err == nil
}

var layouts = []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"}

// parseTime reads a date, a time of one, or a time relative to now, in UTC.
func parseTime(word string, now time.Time) (time.Time, bool) {
	if strings.EqualFold(word, "now") {
		return moment(now)
	}
	if strings.HasPrefix(word, "-") || strings.HasPrefix(word, "+") {
		d, ok := parseDuration(word[1:])
		if word[0] == '-' {
			d = -d
		}
		t, fits := moment(now.Add(d))
		return t, ok && fits
	}
	if len(word) < len(layouts[0]) || word[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, word); err == nil {
			return moment(t)
		}
	}
	return time.Time{}, false
}

// moment is the time to the microsecond in UTC, if it can be written as a date.
func moment(t time.Time) (time.Time, bool) {
	t = t.UTC().Round(time.Microsecond)
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// units are those of durations, longer names before shorter ones that begin them.
var units = []struct {
	name string
	of   time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"ms", time.Millisecond}, {"m", time.Minute}, {"s", time.Second}}

// parseDuration reads numbers with units.
func parseDuration(word string) (sum time.Duration, ok bool) {
	for rest := word; rest != ""; {
		number := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789."))]
		count, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return 0, false
		}
		unit, after := cutUnit(rest[len(number):])
		piece := math.Round(count*float64(unit)/1e3) * 1e3
		if unit == 0 || piece+float64(sum) > math.MaxInt64/2 {
			return 0, false
		}
		sum += time.Duration(piece)
		rest = after
	}
	return sum, word != ""
}

// cutUnit takes a unit from the front. It is 0 where there is none.
func cutUnit(text string) (time.Duration, string) {
	for _, u := range units {
		if after, ok := strings.CutPrefix(text, u.name); ok {
			return u.of, after
		}
	}
	return 0, text
}
