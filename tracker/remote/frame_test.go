package remote

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"inkstone/tracker"
)

func example() Frame {
	payload := tracker.EncodeSamples([]tracker.Sample{{Metric: "loss", Step: 3, Value: 1.5}})
	return Frame{Kind: Points, Run: "0123456789abcdef", Attempt: 2, Sequence: 7, Payload: payload}
}

func mustEncode(t testing.TB, frames ...Frame) (out []byte) {
	t.Helper()
	for _, f := range frames {
		var err error
		if out, err = AppendFrame(out, f); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestFramesReadBack(t *testing.T) {
	for name, f := range map[string]Frame{
		"a batch":        example(),
		"the longest id": {Kind: Declare, Run: strings.Repeat("r", runSize), Attempt: 1, Payload: []byte("{}")},
		"no payload":     {Kind: Ended, Run: "r", Attempt: 1<<31 - 1, Sequence: 1<<63 - 1, Payload: []byte{}},
		"the largest":    {Kind: Points, Run: "r", Attempt: 1, Sequence: 1, Payload: make([]byte, MaxBody-headerSize-sumSize)},
	} {
		p := mustEncode(t, f)
		got, size, err := DecodeFrame(append(p, "more"...))
		if err != nil || size != len(p) || !bytes.Equal(f.Payload, got.Payload) || f.Kind != got.Kind || f.String() != got.String() {
			t.Errorf("%s: got %v, %d bytes, %v", name, got, size, err)
		}
	}
}

func TestWhatFitsNoFrameIsRefused(t *testing.T) {
	for name, f := range map[string]Frame{
		"no run":      {Kind: Points, Attempt: 1},
		"a long run":  {Kind: Points, Run: strings.Repeat("r", runSize+1), Attempt: 1},
		"an odd run":  {Kind: Points, Run: "r\x00", Attempt: 1},
		"no attempt":  {Kind: Points, Run: "r"},
		"an attempt":  {Kind: Points, Run: "r", Attempt: 1 << 31},
		"no sequence": {Kind: Points, Run: "r", Attempt: 1, Sequence: -1},
		"a long text": {Kind: Ended, Run: "r", Attempt: 1, Payload: make([]byte, MaxJSON+1)},
		"too large":   {Kind: Points, Run: "r", Attempt: 1, Payload: make([]byte, MaxBody)},
	} {
		if p, err := AppendFrame([]byte("before"), f); !errors.Is(err, tracker.ErrInvalid) || string(p) != "before" {
			t.Errorf("%s: got %d bytes, %v", name, len(p), err)
		}
	}
}

func TestFrameDamageIsFound(t *testing.T) {
	whole := mustEncode(t, example())
	for size := range whole {
		if _, n, err := DecodeFrame(whole[:size]); !errors.Is(err, ErrCut) || n != 0 {
			t.Fatalf("cut at byte %d: got %v, want ErrCut", size, err)
		}
	}
	for bit := range 8 * len(whole) {
		p := bytes.Clone(whole)
		p[bit/8] ^= 1 << (bit % 8)
		f, size, err := DecodeFrame(p)
		switch at := bit / 8; {
		case at < len(magic):
			if !errors.Is(err, tracker.ErrInvalid) {
				t.Fatalf("bit %d: got %v, want ErrInvalid", bit, err)
			}
		case !errors.Is(err, ErrDamaged):
			t.Fatalf("bit %d: got %v, want ErrDamaged", bit, err)
		case at < headerSize && size != 0, at >= headerSize && (size != len(whole) || f.String() != example().String()):
			t.Fatalf("bit %d: got %v of %d bytes", bit, f, size)
		}
	}
}

// FuzzFrame feeds foreign bytes: they decode to what encodes to the same, or are refused.
func FuzzFrame(f *testing.F) {
	f.Add(mustEncode(f, example()))
	f.Add(mustEncode(f, example(), Frame{Kind: Ended, Run: "r", Attempt: 1})[3:])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, p []byte) {
		frame, size, err := DecodeFrame(p)
		if err != nil {
			if size < 0 || size > len(p) || frame.Payload != nil {
				t.Fatalf("%d bytes of %d, %v", size, len(p), err)
			}
			return
		}
		again, err := AppendFrame(nil, frame)
		if err != nil {
			return // a checksum by chance over what no client writes
		}
		if !bytes.Equal(again, p[:size]) {
			t.Errorf("%v encodes to other bytes", frame)
		}
	})
}

// FuzzScan cuts foreign bytes into pieces: every byte lies in one, or is torn, and those frames that were whole are found.
func FuzzScan(f *testing.F) {
	whole := mustEncode(f, example(), Frame{Kind: Declare, Run: "r", Attempt: 1, Payload: []byte(`{"metrics":[]}`)}, example())
	f.Add(whole, 0, byte(0))
	f.Add(whole[:len(whole)-9], 60, byte(1))
	f.Fuzz(func(t *testing.T, p []byte, flip int, mask byte) {
		if len(p) > 0 {
			p = bytes.Clone(p)
			p[uint(flip)%uint(len(p))] ^= mask
		}
		all, torn := scan(p, 0, 0)
		end := 0
		for i, x := range all {
			if x.offset != end || x.size < 1 || x.number != i+1 || !bytes.Equal(x.bytes, p[end:end+x.size]) {
				t.Fatalf("piece %d is %+v, behind byte %d", i, x, end)
			}
			end += x.size
		}
		if end != torn || torn > len(p) {
			t.Fatalf("the pieces end at byte %d, torn is %d of %d", end, torn, len(p))
		}
	})
}
