package tracker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
)

// Line is a line of an attempt's log, counted from 1.
type Line struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// longestLine is where a line's text is cut, so that a log without line ends cannot fill the memory.
const longestLine = 64 << 10

// LogLines reads a stretch of an attempt's log: at most count lines from a line on, which counts from 1, or from the end where
// it is negative (-1 is the last). total is how many lines there are. A log that nobody wrote has none.
func (s *Store) LogLines(ctx context.Context, run string, attempt, from, count int) (lines []Line, total int, err error) {
	path := s.LogPath(run, attempt)
	if total, err = countLines(path); err != nil {
		return nil, 0, fmt.Errorf("read the log of run %s, attempt %d: %w", run, attempt, err)
	}
	if from < 0 {
		from += total + 1
	}
	from = max(from, 1)
	err = eachLine(ctx, path, func(l Line) bool {
		if l.Number >= from {
			lines = append(lines, l)
		}
		return l.Number-from+1 < count
	})
	if err != nil {
		return nil, total, fmt.Errorf("read the log of run %s, attempt %d: %w", run, attempt, err)
	}
	return lines, total, nil
}

// SearchLog finds the lines that match an expression, at most so many of them.
func (s *Store) SearchLog(ctx context.Context, run string, attempt int, expression *regexp.Regexp, most int) (found []Line, err error) {
	err = eachLine(ctx, s.LogPath(run, attempt), func(l Line) bool {
		if expression.MatchString(l.Text) {
			found = append(found, l)
		}
		return len(found) < most
	})
	if err != nil {
		return nil, fmt.Errorf("search the log of run %s, attempt %d: %w", run, attempt, err)
	}
	return found, nil
}

func countLines(path string) (n int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	last := byte('\n')
	for block := make([]byte, 256<<10); ; {
		size, err := f.Read(block)
		n += bytes.Count(block[:size], []byte{'\n'})
		if size > 0 {
			last = block[size-1]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if last != '\n' {
		n++
	}
	return n, nil
}

// eachLine visits lines until visit says no.
func eachLine(ctx context.Context, path string, visit func(Line) bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for r, number := bufio.NewReaderSize(f, longestLine), 1; ctx.Err() == nil; number++ {
		text, err := r.ReadSlice('\n')
		line := Line{number, string(bytes.TrimRight(text, "\r\n"))}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if !visit(line) {
			return nil
		}
	}
	return context.Cause(ctx)
}
