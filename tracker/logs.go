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
// it is negative (-1 is the last). total is how many lines there are. A log that nobody wrote has none. What was counted before
// is not read again: the store remembers where the lines of a log begin.
func (s *Store) LogLines(ctx context.Context, run string, attempt, from, count int) (lines []Line, total int, err error) {
	lines, total, err = s.logLines(ctx, s.LogPath(run, attempt), from, count)
	if err != nil {
		return nil, total, fmt.Errorf("read the log of run %s, attempt %d: %w", run, attempt, err)
	}
	return lines, total, nil
}

func (s *Store) logLines(ctx context.Context, path string, from, count int) (lines []Line, total int, err error) {
	f, err := openLog(path)
	if f == nil {
		return nil, 0, err
	}
	defer f.Close()
	index := s.logs.of(path)
	if total, err = index.count(f); err != nil {
		return nil, 0, err
	}
	if from < 0 {
		from += total + 1
	}
	from = max(from, 1)
	if from > total || count <= 0 {
		return nil, total, nil
	}
	offset, number := index.before(from)
	err = eachLine(ctx, f, offset, number, func(number int, text []byte) bool {
		if number >= from {
			lines = append(lines, Line{number, string(text)})
		}
		return number-from+1 < count
	})
	return lines, total, err
}

// SearchLog finds the lines that match an expression, at most so many of them, from a line on.
func (s *Store) SearchLog(ctx context.Context, run string, attempt int, expression *regexp.Regexp, from, most int) (found []Line, err error) {
	if err = s.searchLog(ctx, s.LogPath(run, attempt), expression, from, most, &found); err != nil {
		return nil, fmt.Errorf("search the log of run %s, attempt %d: %w", run, attempt, err)
	}
	return found, nil
}

func (s *Store) searchLog(ctx context.Context, path string, expression *regexp.Regexp, from, most int, found *[]Line) error {
	f, err := openLog(path)
	if f == nil {
		return err
	}
	defer f.Close()
	offset, number := int64(0), 1
	if from > 1 {
		index := s.logs.of(path)
		if _, err := index.count(f); err != nil {
			return err
		}
		offset, number = index.before(from)
	}
	filter := newLineFilter(expression)
	return eachLine(ctx, f, offset, number, func(number int, text []byte) bool {
		if number >= from && filter.match(text) {
			*found = append(*found, Line{number, string(text)})
		}
		return len(*found) < most
	})
}

// openLog opens a log; nil where nobody wrote it.
func openLog(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

// eachLine visits lines until visit says no; the first has a number and begins at an offset. A text is valid until visit returns.
func eachLine(ctx context.Context, f *os.File, offset int64, number int, visit func(number int, text []byte) bool) error {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	for r := bufio.NewReaderSize(f, longestLine); ; number++ {
		if number%1000 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		text, err := r.ReadSlice('\n')
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if !visit(number, bytes.TrimRight(text, "\r\n")) {
			return nil
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
	}
}
