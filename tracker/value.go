package tracker

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Value is a recorded number with all its IEEE bits. In JSON, NaN, Infinity and -Infinity are strings.
type Value float64

// MarshalJSON writes a number, or a string where JSON has none.
func (v Value) MarshalJSON() ([]byte, error) {
	if kind := kindOf(float64(v)); kind != kindNumber {
		return json.Marshal(kind)
	}
	return json.Marshal(float64(v))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(text []byte) (err error) {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*v, err = fromKind(s, 0)
		return err
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return fmt.Errorf("%w: value %s is no number", ErrInvalid, text)
	}
	*v = Value(f)
	return nil
}

const kindNumber = "number"

// kindOf names what a REAL column cannot hold.
func kindOf(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return kindNumber
}

func fromKind(kind string, number float64) (Value, error) {
	switch kind {
	case "NaN":
		return Value(math.NaN()), nil
	case "Infinity":
		return Value(math.Inf(1)), nil
	case "-Infinity":
		return Value(math.Inf(-1)), nil
	case kindNumber:
		return Value(number), nil
	}
	return 0, fmt.Errorf("%w: value %q is no number", ErrInvalid, kind)
}
