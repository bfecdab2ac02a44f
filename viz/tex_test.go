package viz

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"inkstone/tracker"
)

// TestTeXIsPlain: names are text to TeX whatever they hold, numbers have no exponents, and outlines are closed.
func TestTeXIsPlain(t *testing.T) {
	const name = `50 % of \input{x} $a_b$ & #1 ^^5c ~ "x"` + "\x01"
	f, err := curvesOf(t.Context(), fill(t, study{variants: []string{"baseline", name}, seeds: 3, every: 1, steps: 40, value: func(v int, seed, step int64) (float64, bool) {
		return float64(v) + float64(seed*step)/7, true
	}}), "study", loss)
	check(t, err)
	tex := string(bytesOf(t, f, "tex"))
	if want := `50 \% of \textbackslash{}input\{x\} \$a\_b\$ \& \#1 \textasciicircum{}\textasciicircum{}5c \textasciitilde{} \textquotedbl{}x\textquotedbl{}?`; !strings.Contains(tex, want) {
		t.Errorf("%s is missing in %.3000s", want, tex)
	}
	if found := regexp.MustCompile(`[0-9]e[-+][0-9]+pt`).FindString(tex); found != "" {
		t.Errorf("TeX cannot read %s", found)
	}
	if begun, ended := strings.Count(tex, `\begin{pgf`), strings.Count(tex, `\end{pgf`); begun != ended || strings.Contains(tex, "path-close") {
		t.Errorf("%d parts begin and %d end, or a path is left open", begun, ended)
	}
}

// TestTeXHoldsSmallMaps as cells, without files beside it, and refuses large ones.
func TestTeXHoldsSmallMaps(t *testing.T) {
	t.Chdir(t.TempDir())
	small, large := mapOf(t, 24), mapOf(t, 65)
	if cells := strings.Count(string(bytesOf(t, small, "tex")), `\pgfusepath{fill}`); cells < 24*24 {
		t.Errorf("%d cells are drawn", cells)
	}
	if err := large.Write(io.Discard, "tex"); !errors.Is(err, tracker.ErrInvalid) || !strings.Contains(err.Error(), "pdf can") {
		t.Errorf("a large map: %v", err)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("files lie beside the figure: %v, %v", files, err)
	}
}

func mapOf(t *testing.T, side int) *Figure {
	t.Helper()
	info := tracker.CaptureInfo{Kind: tracker.Attention, Name: "attention", Layers: 1, Heads: 1, Queries: side, Keys: side, Tokens: make([]string, side)}
	values := make([]float32, side*side)
	for i := range values {
		values[i] = float32(i%side) / float32(side)
	}
	f, err := AttentionMap(info, 0, 0, values)
	check(t, err)
	return f
}
