package filter

import (
	"regexp"
	"time"
)

// Expr is a node of a filter's tree: *And, *Or, *Not, *Compare, *In, *Like, *Regexp, *Null, *NaN or *Has. A nil Expr selects
// every run.
type Expr interface{ expr() }

type (
	// And holds if all of its terms do. It has two or more, none of them an And.
	And struct{ Terms []Expr }
	// Or holds if one of its terms does. It has two or more, none of them an Or.
	Or struct{ Terms []Expr }
	// Not inverts its term.
	Not struct{ Term Expr }
	// Compare sets an operand against a value.
	Compare struct {
		Operand Operand
		Op      Op
		Value   Value
		Pos     Pos
	}
	// In holds if the operand equals one of the values; with Not, if it is there and equals none.
	In struct {
		Operand Operand
		Values  []Value
		Not     bool
		Pos     Pos
	}
	// Like holds if the operand's text matches a pattern of % and _; with Not, if it is there and does not.
	Like struct {
		Operand Operand
		Pattern Value
		Not     bool
		Pos     Pos
	}
	// Regexp holds if an RE2 expression has a match in the operand's text; with Not, if it is there and has none.
	Regexp struct {
		Operand Operand
		Pattern Value
		// Compiled is set by Check.
		Compiled *regexp.Regexp
		Not      bool
		Pos      Pos
	}
	// Null holds if the operand is missing; with Not, if it is there.
	Null struct {
		Operand Operand
		Not     bool
		Pos     Pos
	}
	// NaN holds if the operand is NaN; with Not, if it is there and is not.
	NaN struct {
		Operand Operand
		Not     bool
		Pos     Pos
	}
	// Has holds if a tag is there, or if a param is true.
	Has struct{ Operand Operand }
)

func (*And) expr()     {}
func (*Or) expr()      {}
func (*Not) expr()     {}
func (*Compare) expr() {}
func (*In) expr()      {}
func (*Like) expr()    {}
func (*Regexp) expr()  {}
func (*Null) expr()    {}
func (*NaN) expr()     {}
func (*Has) expr()     {}

// Op is an operator of Compare.
type Op string

// The operators of Compare.
const (
	Equal          Op = "="
	NotEqual       Op = "!="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
)

// Operand is what a filter looks at in a run.
type Operand struct {
	Kind Kind
	// Name is without prefix and backticks.
	Name string
	// Context and Summary are those of a metric.
	Context string
	Summary Summary
	Pos     Pos
}

// Kind tells where an operand's value is found.
type Kind string

// The kinds of operands. Bare is a name without a prefix, which Check resolves.
const (
	Bare      Kind = ""
	Attribute Kind = "attribute"
	Param     Kind = "param"
	Metric    Kind = "metric"
	Tag       Kind = "tag"
)

// Summary is the number that stands for a metric's points.
type Summary string

// The summaries. Check sets Last where none is written.
const (
	Last  Summary = "last"
	Min   Summary = "min"
	Max   Summary = "max"
	Mean  Summary = "mean"
	Count Summary = "count"
)

var summaries = []string{string(Last), string(Min), string(Max), string(Mean), string(Count)}

// Value is what an operand is compared with, or has.
type Value struct {
	// Type tells which of the fields counts. Parse sets the type that the text looks like, Check the one that is compared.
	Type     Type
	Number   float64
	Text     string
	Bool     bool
	Time     time.Time
	Duration time.Duration
	// Quoted tells that the text stood between quotes. Check unsets it.
	Quoted bool
	Pos    Pos
}

// Type is the type of a value.
type Type string

// The types of values. Null and list are types of params alone; a list's value is a string that holds its JSON.
const (
	TypeNumber   Type = "number"
	TypeString   Type = "string"
	TypeBool     Type = "bool"
	TypeTime     Type = "time"
	TypeDuration Type = "duration"
	TypeNull     Type = "null"
	TypeList     Type = "list"
)

// Pos is a place in a filter's text.
type Pos struct {
	Text string
	// Column counts characters from 1, Length characters.
	Column, Length int
}
