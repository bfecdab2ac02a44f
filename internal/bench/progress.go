package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// progress tells which benchmark runs. What a benchmark prints besides is shown as it is.
type progress struct {
	out       io.Writer
	pkg       string
	at, total int // benchmarks, without those within them
	count     int
	last      string
	times     int // measured of the last one
}

// watch passes on what the benchmarks print, one line at a time, so that results are told in the order of the lines.
func (p *progress) watch(from io.Reader) io.Reader {
	return &watched{p: p, from: bufio.NewReader(from)}
}

type watched struct {
	p    *progress
	from *bufio.Reader
	line string // the rest of what was read
}

func (w *watched) Read(to []byte) (int, error) {
	if w.line == "" {
		var err error
		if w.line, err = w.from.ReadString('\n'); w.line == "" {
			return 0, err
		}
		w.p.line(strings.TrimSuffix(w.line, "\n"))
	}
	n := copy(to, w.line)
	w.line = w.line[n:]
	return n, nil
}

// ignored are lines that a test program prints for other programs.
var ignored = regexp.MustCompile(`^(goos|goarch|pkg|cpu): |^(PASS|FAIL|ok|)$|^=== |^--- BENCH: `)

func (p *progress) line(line string) {
	name, isBench := strings.CutPrefix(line, "Benchmark")
	switch {
	case isBench && strings.ContainsAny(name, " \t"): // told by result
	case isBench:
		if !strings.Contains(name, "/") {
			p.at++
		}
		p.say("%s …", name)
	case !ignored.MatchString(line):
		fmt.Fprintf(p.out, "%s\n", line)
	}
}

// result tells what was measured.
func (p *progress) result(name string, x *benchfmt.Result) {
	if name != p.last {
		p.last, p.times = name, 0
	}
	p.times++
	text := ""
	for _, v := range x.Values {
		value, unit := reported(v)
		text += fmt.Sprintf("  %s %s", number(value), unit)
	}
	p.say("%s (%d of %d):%s", name, p.times, p.count, text)
}

func (p *progress) say(form string, args ...any) {
	fmt.Fprintf(p.out, "[%d of %d] %s: %s\n", p.at, p.total, p.pkg, fmt.Sprintf(form, args...))
}
