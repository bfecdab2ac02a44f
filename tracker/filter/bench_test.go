package filter

import (
	"strings"
	"testing"
)

const usual = "status = finished and train.learning_rate >= 1e-4 and not tag.broken and (variant in (baseline, one-head) or tag.kind = 'probe') and min(val/loss) < 2.5 and created > -7d"

// BenchmarkFilter parses and checks a filter of the usual size, the largest, and one with a mistake.
func BenchmarkFilter(b *testing.B) {
	for name, text := range map[string]string{
		"usual": usual, "16KiB": strings.Repeat("train.max_steps > 10 or ", MaxText/24-1) + "seed = 1", "mistake": "stauts = finished",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				e, err := Parse(text, now)
				if err != nil {
					b.Fatal(err)
				}
				if _, err = Check(e, known); (err != nil) != (name == "mistake") {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch asks about one run after the other.
func BenchmarkMatch(b *testing.B) {
	e := mustCheck(b, usual)
	get := func(o Operand) (Value, bool) {
		switch o.Kind {
		case Metric, Param:
			return num(1), true
		case Tag:
			return Value{}, false
		}
		return Value{Type: TypeString, Text: "finished"}, true
	}
	for b.Loop() {
		Match(e, get)
	}
}
