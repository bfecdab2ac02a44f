package filter

import (
	"slices"
	"strings"

	"inkstone/internal/nearest"
)

// value gives a value one of the types that its operand can be compared by, and keeps what that type needs.
func (c *checker) value(o Operand, v Value, types []Type) Value {
	t := v.Type
	if !slices.Contains(types, t) {
		t = TypeString
	}
	if !slices.Contains(types, t) {
		c.wrong(v.Pos, likely(v, types), "%s is compared with %s here, and %s is none%s", o, describe(types), v.shown(), hint(v, types))
		return v
	}
	if o.Kind == Attribute && o.Name == "status" && !slices.Contains(statuses, v.Text) {
		c.wrong(v.Pos, nearest.To(strings.ToLower(v.Text), statuses), "%s is no status; there are %s", v.shown(), strings.Join(statuses, ", "))
	}
	return v.as(t)
}

// as keeps the field of a type.
func (v Value) as(t Type) Value {
	out := Value{Type: t, Pos: v.Pos}
	switch t {
	case TypeNumber:
		out.Number = v.Number
	case TypeBool:
		out.Bool = v.Bool
	case TypeTime:
		out.Time = v.Time
	case TypeDuration:
		out.Duration = v.Duration
	default:
		out.Text = v.Text
	}
	return out
}

// text is a value as a text, whatever it looks like.
func text(v Value) Value { return v.as(TypeString) }

// shown is a value as it was written, or nearly.
func (v Value) shown() string {
	if v.Quoted {
		return quoteText(v.Text)
	}
	return v.Text
}

// likely is the value of a wanted type that was probably meant.
func likely(v Value, types []Type) string {
	wanted := func(t Type) bool { return slices.Contains(types, t) }
	switch {
	case v.Quoted && wanted(guess(v.Text, epoch).Type):
		return v.Text
	case wanted(TypeTime) && v.Type == TypeDuration:
		return "-" + v.Text
	case wanted(TypeDuration) && v.Type == TypeNumber && v.Number >= 0:
		return v.Text + "s"
	case wanted(TypeDuration) && v.Type == TypeTime && strings.HasPrefix(v.Text, "-"):
		return v.Text[1:]
	case wanted(TypeBool):
		return nearest.To(strings.ToLower(v.Text), []string{"true", "false"})
	}
	return ""
}

// hint tells how values of a type are written, where that is not known from everywhere.
func hint(v Value, types []Type) string {
	switch {
	case likely(v, types) != "":
		return ""
	case slices.Contains(types, TypeTime):
		return "; times are such as 2026-11-01, 2026-11-01T12:00, now, -7d"
	case slices.Contains(types, TypeDuration):
		return "; durations are such as 90s, 10m, 1h30m, 2d"
	}
	return ""
}
