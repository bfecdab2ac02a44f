package viz

import (
	"fmt"
	"image/color"
	"strings"
)

// StyleSheet is the look of figures for pages, as CSS custom properties: colours on a light and on a dark ground, and the
// typeface. A page is dark where the reader's system is, or where its root says data-theme="dark".
func StyleSheet() string {
	var b strings.Builder
	b.WriteString(":root { --sans: " + strings.TrimPrefix(svgFamily, "font-family:") + "; color-scheme: light; " + properties(Light) + "}\n")
	b.WriteString("@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; " + properties(Dark) + "} }\n")
	b.WriteString(":root[data-theme=dark] { color-scheme: dark; " + properties(Dark) + "}\n")
	return b.String()
}

func properties(t Theme) string {
	i := inks[t]
	var b strings.Builder
	for _, p := range []struct {
		name string
		of   color.NRGBA
	}{
		{"ground", i.page}, {"raised", i.ground}, {"mark", i.mark}, {"ink", i.text}, {"dim", i.quiet}, {"line", i.grid}, {"edge", i.axis},
		{"link", i.link}, {"finished", i.finished}, {"running", i.link}, {"failed", i.failed}, {"stopped", i.stopped}, {"planned", i.quiet},
	} {
		fmt.Fprintf(&b, "--%s: %s; ", p.name, hex(p.of))
	}
	for n, c := range i.series {
		fmt.Fprintf(&b, "--series-%d: %s; ", n, hex(c))
	}
	return b.String()
}
