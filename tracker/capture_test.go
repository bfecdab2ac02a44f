package tracker

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attention is a capture whose every value tells its place.
func attention(step int64, layers, heads, side int) Capture {
	c := Capture{Name: "attention", Context: "prompt-0", Step: step, Layers: layers, Heads: heads, Queries: side, Keys: side, DType: "f32"}
	for i := range layers * heads * side * side {
		c.Values = append(c.Values, float32(i)/float32(layers*heads*side*side))
	}
	for range side {
		c.Tokens = append(c.Tokens, "字")
	}
	return c
}

func TestOneHeadIsReadWithItsTokens(t *testing.T) {
	takesLong(t)
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	want := attention(7, 3, 2, 300) // several transactions: a head has 360 kB
	want.Values[5] = float32(math.NaN())
	if err := a.Capture(t.Context(), want, 0); err != nil {
		t.Fatal(err)
	}
	list, err := s.Captures(t.Context(), a.run)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d captures, %v", len(list), err)
	}
	for layer := range 3 {
		for head := range 2 {
			info, got, err := s.CaptureHead(t.Context(), list[0].ID, layer, head)
			if err != nil {
				t.Fatal(err)
			}
			from := (layer*2 + head) * 300 * 300
			same := cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
			if !cmp.Equal(got, want.Values[from:from+300*300], same) || info.Step != 7 || !cmp.Equal(info.Tokens, want.Tokens) {
				t.Errorf("layer %d, head %d came back changed", layer, head)
			}
		}
	}
	for _, c := range []struct {
		id          int64
		layer, head int
	}{{list[0].ID, 3, 0}, {list[0].ID, 0, 2}, {list[0].ID, -1, 0}, {99, 0, 0}} {
		if _, _, err := s.CaptureHead(t.Context(), c.id, c.layer, c.head); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: got %v, want ErrNotFound", c, err)
		}
	}
	if _, err := s.write.Exec("UPDATE capture_heads SET data = cast(x'ffffffff' || substr(data, 5) AS BLOB) WHERE layer = 1 AND head = 1"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CaptureHead(t.Context(), list[0].ID, 1, 1); err == nil || !strings.Contains(err.Error(), "layer 1, head 1 is damaged") {
		t.Errorf("a damaged head: got %v", err)
	}
	if _, _, err := s.CaptureHead(t.Context(), list[0].ID, 1, 0); err != nil {
		t.Errorf("a head beside the damaged one: %v", err)
	}
}

func TestACaptureIsShownWholeOrNotAtAll(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	first := begin(t, s, run, nil)
	put(t, s, first, 1, at("loss", 1, 1))
	put(t, s, first, 2, at("loss", 2, 1))
	for sequence, step := range map[int64]int64{1: 10, 2: 20} {
		if err := first.Capture(t.Context(), attention(step, 1, 1, 2), sequence); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Capture(t.Context(), attention(30, 1, 1, 2), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("UPDATE captures SET complete = 0 WHERE step = 30"); err != nil { // the process died while writing
		t.Fatal(err)
	}
	steps := func() (list []int64) {
		captures, err := s.Captures(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range captures {
			list = append(list, c.Step)
		}
		return list
	}
	if got := steps(); !cmp.Equal(got, []int64{10, 20}) {
		t.Errorf("got captures of steps %v, want the complete ones", got)
	}
	first.release()
	begin(t, s, run, &Resume{Attempt: 1, Sequence: 1})
	if got := steps(); !cmp.Equal(got, []int64{10}) {
		t.Errorf("after a resume got captures of steps %v, want 10 alone", got)
	}
}

func TestCaptureRefusesWhatDoesNotFit(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	for want, change := range map[string]func(*Capture){
		`dtype "f8"`:                      func(c *Capture) { c.DType = "f8" },
		"a shape of 0×1×2×2":              func(c *Capture) { c.Layers = 0 },
		"4 values for a shape of 1×1×2×3": func(c *Capture) { c.Keys = 3 },
		"1 token texts for 2 keys":        func(c *Capture) { c.Tokens = c.Tokens[:1] },
	} {
		c := attention(1, 1, 1, 2)
		change(&c)
		if err := a.Capture(t.Context(), c, 0); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestThumbnailKeepsTheStrongestWeight(t *testing.T) {
	values := make([]float32, 100*70)
	values[57*70+33] = .5
	small := thumbnail(values, 100, 70)
	if len(small) != 32*32 {
		t.Fatalf("got %d bytes", len(small))
	}
	for i, v := range small {
		want := byte(0)
		if i == (57*32/100)*32+33*32/70 {
			want = 128
		}
		if v != want {
			t.Errorf("cell %d is %d, want %d", i, v, want)
		}
	}
}
