package tracker

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sameBits compares values by their bits: NaN equals the same NaN, and 0 is not -0.
var sameBits = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

func oddSamples() []Sample {
	var list []Sample
	for i, v := range []float64{
		0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Float64frombits(0x7ff8000000000123), math.Inf(1), math.Inf(-1),
		math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1,
	} {
		list = append(list, at("loss", int64(i), v), at("损失/验证", int64(-i), -v))
	}
	return append(list, at("a", math.MaxInt64, 1), at("a", math.MinInt64, 2), Sample{Metric: "a", Step: 3, Time: time.Unix(-5, 0).UTC(), Value: 3})
}

func TestPayloadKeepsEveryBit(t *testing.T) {
	for name, samples := range map[string][]Sample{"odd": oddSamples(), "one": {at("x", 5, 2)}, "none": {}} {
		got, err := DecodeSamples(EncodeSamples(samples))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(samples, got, sameBits); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPayloadDamageIsFound(t *testing.T) {
	whole := EncodeSamples(oddSamples())
	for size := range whole {
		if _, err := DecodeSamples(whole[:size]); !errors.Is(err, ErrInvalid) {
			t.Fatalf("cut at byte %d: got %v, want ErrInvalid", size, err)
		}
	}
	for bit := range 8 * len(whole) {
		damaged := append([]byte(nil), whole...)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := DecodeSamples(damaged); !errors.Is(err, ErrInvalid) {
			t.Fatalf("bit %d flipped: got %v, want ErrInvalid", bit, err)
		}
	}
}

// FuzzPayload feeds foreign bytes with a right checksum: they decode to what encodes to the same, or are refused.
func FuzzPayload(f *testing.F) {
	for _, samples := range [][]Sample{{}, {at("loss", 1, 2)}, oddSamples()} {
		whole := EncodeSamples(samples)
		f.Add(whole[:len(whole)-crcSize])
	}
	f.Add([]byte{payloadVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, body []byte) {
		samples, err := DecodeSamples(withChecksum(body))
		if err != nil {
			if !errors.Is(err, ErrInvalid) || samples != nil {
				t.Fatalf("got %d samples and %v", len(samples), err)
			}
			return
		}
		again, err := DecodeSamples(EncodeSamples(samples))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(samples, again, sameBits); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkPayload(b *testing.B) {
	samples := make([]Sample, 10_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range samples {
		samples[i] = at([]string{"train/loss", "train/grad_norm", "train/learning_rate"}[i%3], int64(i/3), random.Float64())
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			EncodeSamples(samples)
		}
		b.ReportMetric(float64(len(EncodeSamples(samples)))/float64(len(samples)), "bytes/point")
	})
	whole := EncodeSamples(samples)
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := DecodeSamples(whole); err != nil {
				b.Fatal(err)
			}
		}
	})
}
