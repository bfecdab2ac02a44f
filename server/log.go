package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"regexp/syntax"
	"strconv"
	"time"

	"inkstone/server/terminal"
	"inkstone/tracker"
)

// A page shows so many lines of a log; above a line that a link leads to stand a few others.
const (
	logWindow = 500
	logAbove  = 50
	// mostFoundLines bounds what a search shows at once, and searchFor how long it may take.
	mostFoundLines = 200
	searchFor      = 10 * time.Second
)

// logData is the page of a run's logs.
type logData struct {
	runHead
	logStretch
	// Logs are the attempts that wrote one.
	Logs []int `json:"logs"`
	// Line is the one that the address leads to, 0 for none.
	Line int `json:"line,omitempty"`
	// Search is an expression, Mistake what is wrong with it; Lines are those that it matches, More: there can be others behind.
	Search  string `json:"search,omitempty"`
	Mistake string `json:"mistake,omitempty"`
	More    bool   `json:"more,omitempty"`
}

// logStretch are some lines of an attempt's log.
type logStretch struct {
	Attempt int       `json:"attempt"`
	Total   int64     `json:"total"`
	Lines   []logLine `json:"lines"`
	// Open: the attempt goes on, and so may its log.
	Open bool `json:"open"`
}

// logLine is a line with its colours; Spans of a search are marked where it matches.
type logLine struct {
	Number int             `json:"number"`
	Spans  []terminal.Span `json:"spans"`
}

// log answers GET /runs/{run}/log.
func (s *Server) log(r *http.Request) (view, error) {
	head, err := s.runHead(r, "log")
	if err != nil {
		return view{}, err
	}
	d := logData{runHead: head, Logs: s.logsOf(head.Run), Search: r.FormValue("q"), Line: formInt(r, "line", 0)}
	d.Attempt = chosenLog(r, d.Logs)
	d.Open = open(head.Run, d.Attempt)
	d.Lines = []logLine{}
	if d.Attempt == 0 {
		return head.view(d), nil
	}
	if d.Search != "" {
		err = s.search(r, &d)
	} else {
		from := formInt(r, "from", -logWindow)
		if d.Line > 0 {
			from = max(d.Line-logAbove, 1)
		}
		err = s.readLog(r.Context(), head.ID, from, logWindow, &d.logStretch)
	}
	return head.view(d), err
}

// logLines answers GET /api/runs/{run}/log: a stretch of a log, for pages that follow one.
func (s *Server) logLines(r *http.Request) (any, error) {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	d := logStretch{Attempt: chosenLog(r, s.logsOf(run)), Lines: []logLine{}}
	d.Open = open(run, d.Attempt)
	err = s.readLog(r.Context(), run.ID, formInt(r, "from", -logWindow), min(formInt(r, "count", logWindow), 10*logWindow), &d)
	return d, err
}

// open tells whether an attempt goes on.
func open(run tracker.Run, attempt int) bool {
	return run.Status == tracker.Running && attempt == len(run.Attempts)
}

// logsOf are the attempts that wrote a log; one that was refused before it began may have, too.
func (s *Server) logsOf(run tracker.Run) []int {
	logs := []int{}
	for number := 1; number <= len(run.Attempts)+1; number++ {
		if _, err := os.Stat(s.Store.LogPath(run.ID, number)); err == nil {
			logs = append(logs, number)
		}
	}
	return logs
}

// chosenLog is the attempt that a request asks for, or the last that has a log; 0 without any.
func chosenLog(r *http.Request, logs []int) int {
	if asked := formInt(r, "attempt", 0); asked > 0 {
		return asked
	}
	if len(logs) == 0 {
		return 0
	}
	return logs[len(logs)-1]
}

// readLog reads lines from one on, which may be counted from the end.
func (s *Server) readLog(ctx context.Context, run string, from, count int, d *logStretch) error {
	if d.Attempt == 0 {
		return nil
	}
	lines, total, err := s.Store.LogLines(ctx, run, d.Attempt, from, count)
	d.Total = int64(total)
	for _, line := range lines {
		d.Lines = append(d.Lines, logLine{line.Number, terminal.Spans(line.Text)})
	}
	return err
}

// search finds the lines that match the page's expression.
func (s *Server) search(r *http.Request, d *logData) error {
	expression, err := regexp.Compile(d.Search)
	if err != nil {
		d.Mistake = mistakeOf(d.Search, err)
		return nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), searchFor)
	defer cancel()
	found, err := s.Store.SearchLog(ctx, d.ID, d.Attempt, expression, formInt(r, "from", 1), mostFoundLines+1)
	if errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil {
		d.Mistake = fmt.Sprintf("The search took more than %s. A word that every match must contain makes it fast.", span(searchFor))
		return nil
	}
	if err != nil {
		return err
	}
	if d.More = len(found) > mostFoundLines; d.More {
		found = found[:mostFoundLines]
	}
	for _, line := range found {
		d.Lines = append(d.Lines, logLine{line.Number, marked(terminal.Plain(line.Text), expression)})
	}
	return s.readLog(r.Context(), d.ID, 1, 0, &d.logStretch)
}

// marked is a text whose matches have the class "match".
func marked(text string, expression *regexp.Regexp) (spans []terminal.Span) {
	at := 0
	for _, m := range expression.FindAllStringIndex(text, -1) {
		if m[0] > at {
			spans = append(spans, terminal.Span{Text: text[at:m[0]]})
		}
		if m[1] > m[0] {
			spans = append(spans, terminal.Span{Class: "match", Text: text[m[0]:m[1]]})
		}
		at = m[1]
	}
	if at < len(text) {
		spans = append(spans, terminal.Span{Text: text[at:]})
	}
	return spans
}

// mistakeOf shows an expression with a sign below the part that is wrong.
func mistakeOf(text string, err error) string {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return pointed(text, e.Expr, e.Code.String())
}

// From is the first line that is shown, To the last; 0 where there is none.
func (d logData) From() int { return numberAt(d.Lines, 0) }

// To is the last line that is shown.
func (d logData) To() int { return numberAt(d.Lines, len(d.Lines)-1) }

func numberAt(lines []logLine, i int) int {
	if len(lines) == 0 {
		return 0
	}
	return lines[i].Number
}

// At is the address of the attempt's log from a line on.
func (d logData) At(from int) string {
	return d.address(url.Values{"from": {strconv.Itoa(max(from, 1))}})
}

// Older is the address of the lines before those that are shown, Newer of those behind, End of the last.
func (d logData) Older() string { return d.At(d.From() - logWindow) }

// Newer is the address of the lines behind those that are shown.
func (d logData) Newer() string { return d.At(d.To() + 1) }

// End is the address of the last lines.
func (d logData) End() string { return d.address(nil) }

// Next is the address of further matches.
func (d logData) Next() string {
	return d.address(url.Values{"q": {d.Search}, "from": {strconv.Itoa(d.To() + 1)}})
}

// Link is the address of a line.
func (d logData) Link(number int) string {
	text := strconv.Itoa(number)
	return d.address(url.Values{"line": {text}}) + "#L" + text
}

func (d logData) address(query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	query.Set("attempt", strconv.Itoa(d.Attempt))
	return d.Path() + "/log?" + query.Encode()
}

// logFile answers GET /runs/{run}/log.txt: the log as it was written.
func (s *Server) logFile(w http.ResponseWriter, r *http.Request) error {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	attempt := chosenLog(r, s.logsOf(run))
	f, err := os.Open(s.Store.LogPath(run.ID, attempt))
	if err != nil {
		return fmt.Errorf("%w: attempt %d of run %s wrote no log", tracker.ErrNotFound, attempt, run.ID)
	}
	defer f.Close()
	attach(w, fmt.Sprintf("%s-attempt-%d.log", run.ID, attempt), "text/plain; charset=utf-8")
	sendFile(w, r, f)
	return nil
}
