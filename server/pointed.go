package server

import (
	"fmt"
	"strings"

	"inkstone/server/terminal"
)

// pointed shows a text with signs below the part of it that is wrong, and why.
func pointed(text, part, why string) string {
	at := strings.Index(text, part)
	if part == "" || at < 0 {
		at, part = len(text), " "
	}
	before, wrong := terminal.Visible(text[:at]), terminal.Visible(part)
	return fmt.Sprintf("%s\n%s%s %s", terminal.Visible(text), strings.Repeat(" ", width(before)), strings.Repeat("^", max(width(wrong), 1)), why)
}

// width is how many columns a text takes, where Chinese, Japanese and Korean characters take two.
func width(text string) (columns int) {
	for _, r := range text {
		columns++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd {
			columns++
		}
	}
	return columns
}
