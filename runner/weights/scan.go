package weights

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const metadataName = "__metadata__"

// scanner reads the header's JSON. It knows the header's form and nothing else, so that nothing nests, no number is rounded,
// no name is given twice and no byte is replaced.
type scanner struct {
	b  []byte
	at int
}

// decodeHeader reads a header. Its errors give the byte at which the header, counted from its first one, goes wrong.
func decodeHeader(b []byte) (header, error) {
	s := &scanner{b: b}
	h := header{entries: map[string]entry{}}
	if len(b) == 0 || b[0] != '{' {
		return h, errors.New("header, byte 0: it must begin with {")
	}
	if !utf8.Valid(b) {
		return h, errors.New("header: not UTF-8")
	}
	err := s.object(func(name string) error {
		if name == metadataName {
			h.metadata = map[string]string{}
			if err := s.texts(h.metadata); err != nil {
				return fmt.Errorf("%s: %w", metadataName, err)
			}
			return nil
		}
		e, err := s.entry()
		h.entries[name] = e
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		return nil
	})
	if s.peek(); err == nil && s.at < len(b) {
		err = errors.New("something follows the header's object")
	}
	if err != nil {
		return h, fmt.Errorf("header, byte %d: %w", s.at, err)
	}
	return h, nil
}

// texts reads an object of strings.
func (s *scanner) texts(into map[string]string) error {
	return s.object(func(key string) (err error) {
		if into[key], err = s.string(); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		return nil
	})
}

func (s *scanner) entry() (e entry, err error) {
	var offsets []uint64
	var hasType, hasShape bool
	err = s.object(func(field string) (err error) {
		switch field {
		case "dtype":
			var name string
			name, err = s.string()
			e.dtype, hasType = DType(name), true
		case "shape":
			e.shape, err = s.numbers()
			hasShape = true
		case "data_offsets":
			offsets, err = s.numbers()
		default:
			return fmt.Errorf("unknown field %q", field)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return e, err
	case !hasType:
		return e, errors.New("dtype is missing")
	case !hasShape:
		return e, errors.New("shape is missing")
	case len(offsets) != 2:
		return e, fmt.Errorf("data_offsets: %d numbers, want 2", len(offsets))
	}
	e.begin, e.end = offsets[0], offsets[1]
	return e, nil
}

// object reads {"name": …, …} and calls value at each value.
func (s *scanner) object(value func(name string) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.at++
		return nil
	}
	seen := map[string]bool{}
	for {
		name, err := s.string()
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("%q is given twice", name)
		}
		seen[name] = true
		if err := s.take(':'); err != nil {
			return err
		}
		if err := value(name); err != nil {
			return err
		}
		if s.peek() == '}' {
			s.at++
			return nil
		}
		if err := s.take(','); err != nil {
			return err
		}
	}
}

// numbers reads an array of integers that are not negative.
func (s *scanner) numbers() ([]uint64, error) {
	numbers := []uint64{}
	if err := s.take('['); err != nil {
		return nil, err
	}
	if s.peek() == ']' {
		s.at++
		return numbers, nil
	}
	for {
		n, err := s.number()
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
		if s.peek() == ']' {
			s.at++
			return numbers, nil
		}
		if err := s.take(','); err != nil {
			return nil, err
		}
	}
}

func (s *scanner) number() (uint64, error) {
	s.peek()
	start := s.at
	for s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '9' {
		s.at++
	}
	text := string(s.b[start:s.at])
	if text == "" || len(text) > 1 && text[0] == '0' {
		return 0, errors.New("want an integer from 0 on")
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40s is beyond 64 bits", text)
	}
	return n, nil
}

func (s *scanner) string() (string, error) {
	if err := s.take('"'); err != nil {
		return "", err
	}
	var text []byte
	for s.at < len(s.b) {
		c := s.b[s.at]
		s.at++
		switch {
		case c == '"':
			return string(text), nil
		case c < 0x20:
			return "", errors.New("control character in a string")
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		default:
			text = append(text, c)
		}
	}
	return "", errors.New("a string does not end")
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what follows a backslash; a surrogate must come in a pair.
func (s *scanner) escape() (rune, error) {
	if s.at >= len(s.b) {
		return 0, errors.New("a string does not end")
	}
	c := s.b[s.at]
	s.at++
	if c != 'u' {
		if r, ok := escapes[c]; ok {
			return r, nil
		}
		return 0, fmt.Errorf("unknown escape \\%c", c)
	}
	r, err := s.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if s.at+1 < len(s.b) && s.b[s.at] == '\\' && s.b[s.at+1] == 'u' {
		s.at += 2
		low, err := s.hex()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, errors.New("half of a surrogate pair")
}

func (s *scanner) hex() (rune, error) {
	if s.at+4 > len(s.b) {
		return 0, errors.New("a string does not end")
	}
	n, err := strconv.ParseUint(string(s.b[s.at:s.at+4]), 16, 32)
	if err != nil {
		return 0, fmt.Errorf("want four hexadecimal digits behind \\u")
	}
	s.at += 4
	return rune(n), nil
}

// peek skips white space and returns the next byte; it is 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.b); s.at++ {
		switch s.b[s.at] {
		case ' ', '\t', '\n', '\r':
		default:
			return s.b[s.at]
		}
	}
	return 0
}

func (s *scanner) take(c byte) error {
	if got := s.peek(); got != c || s.at >= len(s.b) {
		if s.at >= len(s.b) {
			return fmt.Errorf("it ends where %q should come", c)
		}
		return fmt.Errorf("%q where %q should come", s.b[s.at], c)
	}
	s.at++
	return nil
}
