package tracker

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sameColumns = cmp.Options{cmp.AllowUnexported(columns{}, origin{}, position{}), sameBits}

// noisy is a series as training logs it: float32 losses, one a step, at times of milliseconds.
func noisy(n int) *columns {
	random := rand.New(rand.NewPCG(3, 4))
	c := &columns{}
	time := int64(1_700_000_000_000_000)
	for i := range n {
		time += 1000 * (95 + random.Int64N(11))
		c.add(position{1, int64(i/10 + 1)}, int64(i), time, float64(float32(2+random.NormFloat64()/10)))
	}
	return c
}

func odd() *columns {
	c := &columns{}
	for i, x := range oddSamples() {
		c.add(position{1 + i/9, int64(i % 9)}, x.Step, x.Time.UnixMicro(), x.Value)
	}
	c.add(position{9, math.MaxInt64}, math.MinInt64, math.MinInt64, math.NaN())
	c.add(position{9, math.MinInt64}, math.MaxInt64, math.MaxInt64, math.NaN())
	return c
}

func TestChunkKeepsEveryBit(t *testing.T) {
	for name, want := range map[string]*columns{"noisy": noisy(chunkPoints), "odd": odd(), "one": noisy(1)} {
		got, _, err := decodeData(encodeData(want), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, sameColumns); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		levels := levelsOf(want)
		back, err := decodeBuckets(encodeBuckets(levels))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(levels, back, sameBits); diff != "" {
			t.Errorf("%s: buckets (-want +got)\n%s", name, diff)
		}
	}
}

func TestChunkDamageIsFound(t *testing.T) {
	whole := encodeData(odd())
	for size := range whole {
		if _, _, err := decodeData(whole[:size], nil); !errors.Is(err, ErrInvalid) {
			t.Fatalf("cut at byte %d: got %v", size, err)
		}
	}
	for bit := range 8 * len(whole) {
		damaged := append([]byte(nil), whole...)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, _, err := decodeData(damaged, nil); !errors.Is(err, ErrInvalid) {
			t.Fatalf("bit %d flipped: got %v", bit, err)
		}
	}
}

func TestColumnsAreCutByBatch(t *testing.T) {
	c := noisy(95)
	if n := c.until(position{1, 3}); n != 30 {
		t.Errorf("%d points came up to batch 3, want 30", n)
	}
	for _, cut := range []int{0, 1, 10, 47, 95} {
		whole := &columns{}
		whole.join(c.slice(0, cut))
		whole.join(c.slice(cut, 95))
		if diff := cmp.Diff(c, whole, sameColumns); diff != "" {
			t.Errorf("cut at %d and joined: %s", cut, diff)
		}
	}
}

func TestBucketsCountWhatIsNoNumber(t *testing.T) {
	c := odd()
	b := topOf(levelsOf(c))
	want := Bucket{Count: int64(c.len()), NaN: 6, PosInf: 2, NegInf: 2, FirstStep: c.steps[0], LastStep: math.MaxInt64,
		FirstTime: c.times[0], LastTime: math.MaxInt64, Min: -math.MaxFloat64, Max: math.MaxFloat64, Sum: b.Sum, StepsBack: true, TimesBack: true}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
	if none := topOf(nil); none.Finite() != 0 || !math.IsNaN(none.Mean()) {
		t.Errorf("an empty bucket has %d numbers and the mean %v", none.Finite(), none.Mean())
	}
}

func FuzzChunk(f *testing.F) {
	for _, c := range []*columns{odd(), noisy(3)} {
		for _, p := range [][]byte{encodeData(c), encodeBuckets(levelsOf(c))} {
			n, body, err := unpack(p, nil)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(n, body)
		}
	}
	f.Fuzz(func(t *testing.T, n int, body []byte) {
		p := pack(n&0xffff, body)
		if c, _, err := decodeData(p, nil); err == nil {
			again, _, err := decodeData(encodeData(c), nil)
			if diff := cmp.Diff(c, again, sameColumns); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
		if _, err := decodeBuckets(p); err != nil && !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
	})
}

func BenchmarkChunk(b *testing.B) {
	c := noisy(chunkPoints)
	data := encodeData(c)
	all := len(data) + len(encodeBuckets(levelsOf(c))) + len(encodeBuckets([]Bucket{topOf(levelsOf(c))}))
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encodeData(c)
			encodeBuckets(levelsOf(c))
		}
		b.ReportMetric(float64(all)/chunkPoints, "bytes/point")
		b.ReportMetric(float64(len(data))/chunkPoints, "data-bytes/point")
	})
	b.Run("decode", func(b *testing.B) {
		var scratch []byte
		for b.Loop() {
			if _, used, err := decodeData(data, scratch); err != nil {
				b.Fatal(err)
			} else {
				scratch = used
			}
		}
		b.ReportMetric(float64(chunkPoints*b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	})
}
