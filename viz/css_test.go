package viz

import (
	"image/color"
	"math"
	"strings"
	"testing"
)

// luminance and contrast are those of WCAG 2.2.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTextsCanBeRead(t *testing.T) {
	for theme, i := range inks {
		for ground, g := range map[string]color.NRGBA{"figure": i.ground, "page": i.page, "mark": i.mark} {
			for name, c := range map[string]color.NRGBA{"text": i.text, "quiet": i.quiet, "link": i.link, "finished": i.finished, "failed": i.failed, "stopped": i.stopped} {
				if got := contrast(c, g); got < 4.5 {
					t.Errorf("theme %d: %s on %s has a contrast of %.2f, WCAG AA wants 4.5", theme, name, ground, got)
				}
			}
		}
		for n, c := range i.series {
			if got := contrast(c, i.ground); got < 1.9 {
				t.Errorf("theme %d: series %d has a contrast of %.2f", theme, n, got)
			}
		}
	}
}

func TestStyleSheetHasBothGrounds(t *testing.T) {
	css := StyleSheet()
	for _, want := range []string{"--ground: #f7f8fa", ":root[data-theme=dark]", "prefers-color-scheme: dark", "--series-7:", "--sans: Liberation Sans"} {
		if !strings.Contains(css, want) {
			t.Errorf("no %q in\n%s", want, css)
		}
	}
}
