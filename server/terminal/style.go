package terminal

import (
	"strconv"
	"strings"
)

// style is what the codes of a line have switched on; colours are 1 more than their number, 0 is none.
type style struct {
	bold, faint, italic, underline bool
	fg, bg                         int
}

func (s style) class() string {
	var list []string
	for _, c := range []struct {
		on   bool
		name string
	}{
		{s.bold, "bold"}, {s.faint, "faint"}, {s.italic, "italic"}, {s.underline, "underline"},
		{s.fg > 0, "fg-" + strconv.Itoa(s.fg-1)}, {s.bg > 0, "bg-" + strconv.Itoa(s.bg-1)},
	} {
		if c.on {
			list = append(list, c.name)
		}
	}
	return strings.Join(list, " ")
}

// apply reads the parameters of SGR (ECMA-48, 8.3.117); those that it does not know change nothing.
func (s *style) apply(parameters string) {
	codes := strings.FieldsFunc(parameters, func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		*s = style{}
	}
	for i := 0; i < len(codes); i++ {
		code, err := strconv.Atoi(codes[i])
		if err != nil {
			return // a private sequence
		}
		if code == 38 || code == 48 {
			colour, used := extended(codes[i+1:])
			if i += used; code == 38 {
				s.fg = colour
			} else {
				s.bg = colour
			}
			continue
		}
		s.set(code)
	}
}

func (s *style) set(code int) {
	switch {
	case code == 0:
		*s = style{}
	case code == 1:
		s.bold = true
	case code == 2:
		s.faint = true
	case code == 3:
		s.italic = true
	case code == 4:
		s.underline = true
	case code == 22:
		s.bold, s.faint = false, false
	case code == 23:
		s.italic = false
	case code == 24:
		s.underline = false
	case code >= 30 && code <= 37:
		s.fg = code - 30 + 1
	case code == 39:
		s.fg = 0
	case code >= 40 && code <= 47:
		s.bg = code - 40 + 1
	case code == 49:
		s.bg = 0
	case code >= 90 && code <= 97:
		s.fg = code - 90 + 8 + 1
	case code >= 100 && code <= 107:
		s.bg = code - 100 + 8 + 1
	}
}

// extended reads "5;N", a colour of 256, or "2;R;G;B", and takes the nearest of the 16; used is how many codes it read.
func extended(codes []string) (colour, used int) {
	numbers := make([]int, 0, 4)
	for _, code := range codes[:min(len(codes), 4)] {
		n, err := strconv.Atoi(code)
		if err != nil {
			break
		}
		numbers = append(numbers, n)
	}
	switch {
	case len(numbers) >= 2 && numbers[0] == 5:
		return indexed(numbers[1]), 2
	case len(numbers) == 4 && numbers[0] == 2:
		return nearest(numbers[1], numbers[2], numbers[3]), 4
	}
	return 0, len(codes)
}

// indexed is a colour of xterm's 256: the 16, a cube of 6 levels, and 24 greys.
func indexed(n int) int {
	levels := [6]int{0, 95, 135, 175, 215, 255}
	switch {
	case n < 0 || n > 255:
		return 0
	case n < 16:
		return n + 1
	case n < 232:
		n -= 16
		return nearest(levels[n/36], levels[n/6%6], levels[n%6])
	}
	grey := 8 + 10*(n-232)
	return nearest(grey, grey, grey)
}

// nearest is the one of the 16 colours with the same hue, dark or bright.
func nearest(r, g, b int) int {
	most, least := max(r, g, b), min(r, g, b)
	if most-least < 32 { // a grey
		switch {
		case most < 64:
			return 0 + 1
		case most < 160:
			return 8 + 1
		case most < 224:
			return 7 + 1
		}
		return 15 + 1
	}
	colour := 0
	for bit, level := range [3]int{r, g, b} {
		if 2*level > most+least {
			colour |= 1 << bit
		}
	}
	if most > 192 {
		colour += 8
	}
	return colour + 1
}
