package server

import (
	"io"
	"os"
	"regexp"
	"strings"
)

// A page shows the last lines of a log, from at most so many bytes at its end.
const (
	logLines = 200
	logBytes = 64 << 10
)

// escapes are what terminals act on; a page shows none of it.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])|[\x00-\x08\x0b-\x1f\x7f]")

// logTail reads the last lines of a log; a missing one has none.
func logTail(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return []string{}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return []string{}
	}
	from := max(info.Size()-logBytes, 0)
	text, err := io.ReadAll(io.NewSectionReader(f, from, logBytes))
	if err != nil {
		return []string{}
	}
	lines := strings.Split(strings.TrimRight(strings.ToValidUTF8(string(text), "\uFFFD"), "\n"), "\n")
	if from > 0 && len(lines) > 1 {
		lines = lines[1:] // the first is cut
	}
	lines = lines[max(len(lines)-logLines, 0):]
	for i := range lines {
		lines[i] = escapes.ReplaceAllString(lines[i], "")
	}
	return lines
}
