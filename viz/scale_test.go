package viz

import (
	"math"
	"testing"
)

func TestScalesGoThereAndBack(t *testing.T) {
	for _, s := range []scale{{}, {kind: "log"}, {kind: "symlog", threshold: 0.01}} {
		for _, v := range []float64{1e-6, 0.003, 0.5, 7, 1e9} {
			if got := s.value(s.place(v)); math.Abs(got-v) > 1e-9*v {
				t.Errorf("%s: %v came back as %v", s.kind, v, got)
			}
		}
		if s.kind == "symlog" && s.place(-3) != -s.place(3) {
			t.Error("symlog is not even")
		}
		if got := s.Normalize(1, 100, 1); got != 0 {
			t.Errorf("%s: the lower end lies at %v", s.kind, got)
		}
		if got := s.Normalize(1, 100, 100); math.Abs(got-1) > 1e-12 {
			t.Errorf("%s: the upper end lies at %v", s.kind, got)
		}
	}
	if got := (scale{kind: "log"}).Normalize(1, 100, -5); got != 0 {
		t.Errorf("what a logarithm has no place for lies at %v", got)
	}
}

func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		s           scale
		low, high   float64
		first, last string
	}{
		{scale{kind: "log"}, 0.0008, 12, "0.001", "10"}, {scale{kind: "log"}, 1.5, 7, "2", "5"}, {scale{kind: "log"}, 1, 1e6, "1", "1e6"},
		{scale{kind: "symlog", threshold: 0.1}, -100, 100, "−100", "100"}, {scale{kind: "log"}, 2, 3, "2.0", "3.0"},
	} {
		var names []string
		for _, tick := range (scaleTicks{c.s}).Ticks(c.low, c.high) {
			if tick.Value < c.low*(1-1e-6)-1e-9 && c.low > 0 || tick.Value > c.high*(1+1e-6) {
				t.Errorf("a tick at %v lies outside %v to %v", tick.Value, c.low, c.high)
			}
			if tick.Label != "" {
				names = append(names, tick.Label)
			}
		}
		if len(names) < 2 || len(names) > 14 || names[0] != c.first || names[len(names)-1] != c.last {
			t.Errorf("%s from %v to %v: %q", c.s.kind, c.low, c.high, names)
		}
	}
}
