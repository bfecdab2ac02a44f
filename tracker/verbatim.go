package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Verbatim is a text that keeps its bytes in JSON: a string, or {"base64": …} where it is no UTF-8, as what a model writes
// need not be.
type Verbatim string

type base64Text struct {
	Bytes []byte `json:"base64"`
}

// MarshalJSON writes the text so that UnmarshalJSON reads the same bytes.
func (t Verbatim) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return encodeJSON(string(t))
	}
	return json.Marshal(base64Text{[]byte(t)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Verbatim) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("{")) {
		var b base64Text
		err := json.Unmarshal(text, &b)
		*t = Verbatim(b.Bytes)
		return err
	}
	return json.Unmarshal(text, (*string)(t))
}

// RawJSON is a stored JSON text that keeps its bytes inside of other JSON: the value itself, or, where its spacing would be lost
// (or it is a string itself, or no JSON), a string that holds the text.
type RawJSON string

// MarshalJSON writes the text so that UnmarshalJSON reads the same bytes. An encoder that escapes HTML would change them.
func (t RawJSON) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return nil, fmt.Errorf("%w: JSON that is no UTF-8: %.80q", ErrInvalid, string(t))
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(t)); err == nil && compact.String() == string(t) && t[0] != '"' {
		return []byte(t), nil
	}
	return encodeJSON(string(t))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *RawJSON) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte(`"`)) {
		return json.Unmarshal(text, (*string)(t))
	}
	*t = RawJSON(text)
	return nil
}

// encodeJSON encodes a value without escaping HTML, and without a line's end.
func encodeJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
