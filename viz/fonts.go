package viz

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

// fontVariable names a font file for characters that the typeface lacks.
const fontVariable = "INKSTONE_FONT"

// fallbackFonts are where systems keep fonts with Chinese, Japanese and Korean characters.
var fallbackFonts = []string{
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
	"/usr/share/fonts/*/NotoSansCJK-Regular.ttc",
	"/usr/share/fonts/*/*/NotoSansCJK*-Regular.*",
	"/usr/share/fonts/*/*/NotoSansSC*-Regular.*",
	"/usr/share/fonts/*/wqy/wqy-*.ttc",
	"/usr/share/fonts/*/*/DroidSansFallback*.ttf",
	"/System/Library/Fonts/PingFang.ttc",
	"/System/Library/Fonts/Hiragino Sans GB.ttc",
	"/Library/Fonts/Arial Unicode.ttf",
	`C:\Windows\Fonts\msyh.ttc`,
}

// fallback is the font for characters that the typeface lacks, or nil.
var fallback = systemFont

// systemFont is what the variable names, or the first of the system's. It is looked for once.
var systemFont = sync.OnceValue(func() *sfnt.Font {
	patterns := fallbackFonts
	if file := os.Getenv(fontVariable); file != "" {
		patterns = []string{file}
	}
	for _, pattern := range patterns {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if f := openFont(file); f != nil {
				return f
			}
		}
	}
	return nil
})

// openFont opens a font file or the simplified Chinese font of a collection; nil where it is none. The file stays open, as
// glyphs are read on demand.
func openFont(file string) *sfnt.Font {
	r, err := os.Open(file)
	if err != nil {
		return nil
	}
	all, err := sfnt.ParseCollectionReaderAt(r)
	if err != nil || all.NumFonts() == 0 {
		_ = r.Close()
		return nil
	}
	best, err := all.Font(0)
	if err != nil {
		return nil
	}
	for i := range all.NumFonts() {
		f, err := all.Font(i)
		if err != nil {
			continue
		}
		name, err := f.Name(nil, sfnt.NameIDFull)
		if err == nil && strings.Contains(name, " SC") && !strings.Contains(name, "Mono") {
			return f
		}
	}
	return best
}

func hasGlyph(f *sfnt.Font, r rune) bool {
	if f == nil {
		return false
	}
	index, err := f.GlyphIndex(nil, r)
	return err == nil && index != 0
}

// fillGlyph fills the outline of a character with its origin at a point.
func fillGlyph(c vg.Canvas, f *sfnt.Font, r rune, at vg.Point, size vg.Length) {
	var buffer sfnt.Buffer
	index, err := f.GlyphIndex(&buffer, r)
	if err != nil {
		return
	}
	const em = 1 << 10
	segments, err := f.LoadGlyph(&buffer, index, fixed.I(em), nil)
	if err != nil || len(segments) == 0 {
		return
	}
	scale := size / em / 64
	point := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale}
	}
	var path vg.Path
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(path) > 0 {
				path.Close()
			}
			path.Move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	path.Close()
	c.Fill(path)
}
