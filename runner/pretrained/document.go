package pretrained

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// document is a config.json that is being read. Mistakes are collected; keys that nobody asked for are warned of.
type document struct {
	keys  map[string]json.RawMessage
	asked map[string]bool
	errs  []error
}

func parseDocument(text []byte) (*document, error) {
	d := &document{asked: map[string]bool{}}
	if err := json.Unmarshal(text, &d.keys); err != nil {
		return nil, fmt.Errorf("not a configuration: %w", err)
	}
	return d, nil
}

func (d *document) fail(key, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s: "+format, append([]any{key}, args...)...))
}

// has tells whether a key is there and not null.
func (d *document) has(key string) bool {
	raw, ok := d.keys[key]
	return ok && !bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// ignore marks keys that change nothing here.
func (d *document) ignore(keys ...string) {
	for _, key := range keys {
		d.asked[key] = true
	}
}

func (d *document) raw(key string) (json.RawMessage, bool) {
	d.asked[key] = true
	return d.keys[key], d.has(key)
}

// value reads a key into a type of JSON; the fallback stands for a key that is not there.
func value[T any](d *document, key string, fallback T, what string) T {
	raw, ok := d.raw(key)
	if !ok {
		return fallback
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		d.fail(key, "want %s, not %.60s", what, raw)
		return fallback
	}
	return v
}

func (d *document) text(key, fallback string) string {
	return value(d, key, fallback, "a text")
}

func (d *document) truth(key string, fallback bool) bool {
	return value(d, key, fallback, "true or false")
}

func (d *document) float(key string, fallback float64) float64 {
	return value(d, key, fallback, "a number")
}

// share is a number in [0, 1).
func (d *document) share(key string) float64 {
	x := d.float(key, 0)
	if x < 0 || x >= 1 {
		d.fail(key, "want a number from 0 to below 1, not %v", x)
	}
	return x
}

// largest bounds counts, so that a mistake is no allocation.
const largest = 1 << 30

// count is a number from 1 on; 0 as the fallback says that it must be there.
func (d *document) count(key string, fallback int) int {
	if !d.has(key) && fallback == 0 {
		d.asked[key] = true
		d.fail(key, "it is missing")
		return 1
	}
	n := value(d, key, fallback, "a whole number")
	if n < 1 || n > largest {
		d.fail(key, "want a number from 1 to %d, not %d", largest, n)
		return 1
	}
	return n
}

// ids is an id, or a list of them.
func (d *document) ids(key string) []int {
	raw, ok := d.raw(key)
	if !ok {
		return nil
	}
	if one, err := strconv.Atoi(string(raw)); err == nil {
		return []int{one}
	}
	return value(d, key, []int(nil), "an id or a list of ids")
}

// must asks that a switch, where it is there, has the only value that is implemented.
func (d *document) must(key, want, why string) {
	raw, ok := d.raw(key)
	var compact bytes.Buffer
	if !ok || json.Compact(&compact, raw) != nil || compact.String() == want {
		return
	}
	d.fail(key, "%s is not supported: %s", compact.String(), why)
}

// unread are the keys that nobody asked for, sorted.
func (d *document) unread() []string {
	var rest []string
	for _, key := range slices.Sorted(maps.Keys(d.keys)) {
		if !d.asked[key] {
			rest = append(rest, key)
		}
	}
	return rest
}

func (d *document) err() error { return errors.Join(d.errs...) }
