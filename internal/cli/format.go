package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// count writes a number for people: 950, 12.3 k, 4.57 M.
func count(n float64) string {
	units := []string{"", " k", " M", " G", " T"}
	i := 0
	for math.Abs(n) >= 999.5 && i < len(units)-1 {
		n /= 1000
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3g%s", n, units[i])
}

// size writes bytes for people: 950 B, 12.3 kB, 4.57 MB.
func size(bytes int64) string {
	text := count(float64(bytes))
	if strings.Contains(text, " ") {
		return text + "B"
	}
	return text + " B"
}

// duration writes a time span for people: 8 s, 3 min 20 s, 2 h 5 min, 3 d 4 h.
func duration(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours := int(d/(24*time.Hour)), int(d/time.Hour)%24
	minutes, seconds := int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return fmt.Sprintf("%d s", seconds)
}

// plural writes "1 seed" and "3 seeds".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ch") {
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// writeJSON writes an indented value and a newline.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
