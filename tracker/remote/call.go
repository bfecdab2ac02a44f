package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"inkstone/tracker"
)

// caller speaks with the server.
type caller struct {
	base   string
	http   *http.Client
	writer string
	token  string
}

// answerWithin is how long a request may take.
const answerWithin = 30 * time.Second

func newCaller(id identity, c Config) (*caller, error) {
	u, err := url.Parse(id.Server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%w: %q is no address of a server; want one such as http://127.0.0.1:7433", tracker.ErrInvalid, id.Server)
	}
	if err := mayCarry(u, c.Token); err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		if transport, err = trusting(c.CA); err != nil {
			return nil, err
		}
	}
	return &caller{base: strings.TrimRight(id.Server, "/"), writer: id.Writer, token: c.Token, http: &http.Client{
		Transport: transport, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// refusal is an answer that is not a success.
type refusal struct {
	status int
	text   string
	after  time.Duration // that the server asks to wait; 0 where it does not say
}

// Error is what the server said.
func (r *refusal) Error() string { return fmt.Sprintf("%s (status %d)", r.text, r.status) }

// Unwrap names the kind of failure as the store would.
func (r *refusal) Unwrap() error {
	switch r.status {
	case http.StatusNotFound:
		return tracker.ErrNotFound
	case http.StatusConflict:
		return tracker.ErrConflict
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return tracker.ErrInvalid
	case http.StatusInsufficientStorage:
		return tracker.ErrStoreFull
	}
	return nil
}

// forever tells whether the same request would always be refused. A conflict passes when the other writer is gone; what
// arrived damaged is sent again.
func forever(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	switch r.status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return r.status >= 300 && r.status < 500
}

const (
	asJSON   = "application/json"
	asFrames = "application/octet-stream"
)

// call sends a request and reads the answer. Anything but a whole answer is an error.
func (c *caller) call(ctx context.Context, method, path, kind string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", asJSON)
	request.Header.Set(WriterHeader, c.writer)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return distrusted(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	if response.StatusCode != http.StatusOK {
		return &refusal{response.StatusCode, reason(response, text) + c.remedy(response.StatusCode), wait(response)}
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	return nil
}

// mostWait bounds what a server may ask a client to wait.
const mostWait = time.Minute

// wait is what an answer asks to wait before the next try.
func wait(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, mostWait)
}

// reason is the sentence of an answer that failed.
func reason(response *http.Response, text []byte) string {
	var f Failure
	if json.Unmarshal(text, &f) == nil && f.Error != "" {
		return f.Error
	}
	if to := response.Header.Get("Location"); to != "" {
		return "the server is elsewhere, name that address: " + to
	}
	short := strings.TrimSpace(string(text[:min(len(text), 200)]))
	if short == "" {
		return http.StatusText(response.StatusCode)
	}
	return short
}

func (c *caller) post(ctx context.Context, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, path, asJSON, text, answer)
}

func attemptPath(run string, attempt int) string {
	return "/api/runs/" + url.PathEscape(run) + "/attempts/" + strconv.Itoa(attempt)
}

// batches delivers frames of points; the server must have acknowledged up to the last one.
func (c *caller) batches(ctx context.Context, run string, attempt int, frames []byte, last int64) error {
	var s State
	if err := c.call(ctx, http.MethodPost, attemptPath(run, attempt)+"/batches", asFrames, frames, &s); err != nil {
		return err
	}
	if s.Attempt != attempt || s.LastSequence < last {
		return fmt.Errorf("the server acknowledged batch %d of attempt %d, %d of attempt %d was sent", s.LastSequence, s.Attempt, last, attempt)
	}
	return nil
}

func (c *caller) state(ctx context.Context, run string, attempt int) (s State, err error) {
	return s, c.call(ctx, http.MethodGet, attemptPath(run, attempt), asJSON, nil, &s)
}
