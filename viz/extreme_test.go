package viz

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
)

// TestExtremeValues draws values at the ends of what a float holds: no coordinate may become NaN or infinite.
func TestExtremeValues(t *testing.T) {
	for name, values := range map[string][]float64{
		"widest":  {-math.MaxFloat64, math.MaxFloat64, 0},
		"least":   {0, math.SmallestNonzeroFloat64, 0},
		"equal":   {1e300, 1e300, 1e300},
		"none":    {math.NaN(), math.Inf(1), math.Inf(-1)},
		"close":   {1, math.Nextafter(1, 2), 1},
		"float32": {1, math.MaxFloat32, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := fill(t, study{variants: []string{"baseline", "b"}, seeds: 2, steps: 2, every: 1, value: func(v int, _, step int64) (float64, bool) { return values[(int(step)+v)%3], true }})
			for _, draw := range []func() (*Figure, error){
				func() (*Figure, error) { return curvesOf(context.Background(), s, "study", loss) },
				func() (*Figure, error) { return differencesOf(context.Background(), s, "study", loss) },
			} {
				f, err := draw()
				check(t, err)
				svg := bytesOf(t, f, "svg")
				for _, bad := range []string{"NaN,", ",NaN", "Inf,", ",+Inf", ",-Inf", `"NaN`, `"+Inf`} {
					if _, body, _ := bytes.Cut(svg, []byte("</desc>")); bytes.Contains(body, []byte(bad)) {
						t.Errorf("a coordinate is %q", bad)
					}
				}
				bytesOf(t, f, "png")
				bytesOf(t, f, "pdf")
			}
		})
	}
}

func TestAttentionOfOtherShapes(t *testing.T) {
	info, _ := head(strings.Split(strings.Repeat("\x00 token,", 300), ","))
	info.Queries, info.Keys, info.Tokens = 3, 300, info.Tokens[:300]
	values := make([]float32, 900)
	values[7], values[8], values[9] = float32(math.NaN()), -0.5, 2
	f, err := AttentionMap(info, 0, 0, values)
	check(t, err)
	for _, want := range []string{"3 queries (downward) by 300 keys", "colours from -0.5 to 2", "1 weight is no finite number", "tokens is named", "named by their position"} {
		if !strings.Contains(f.Caption(), want) {
			t.Errorf("caption %q lacks %q", f.Caption(), want)
		}
	}
	for _, format := range []string{"png", "pdf", "tex"} {
		bytesOf(t, f, format)
	}
	if err := xml.Unmarshal(bytesOf(t, f, "svg"), new(struct{})); err != nil {
		t.Error(err)
	}
}

func TestNamesThatXMLCannotHold(t *testing.T) {
	s := fill(t, study{variants: []string{"base\x01line", "<b> & \"c\""}, seeds: 1, every: 1, value: func(int, int64, int64) (float64, bool) { return 1, true }})
	f, err := curvesOf(context.Background(), s, "study", loss)
	check(t, err)
	svg := bytesOf(t, f, "svg")
	if err := xml.Unmarshal(svg, new(struct{})); err != nil || bytes.Contains(svg, []byte("<b>")) {
		t.Errorf("%v", err)
	}
}

// TestFiguresAreSharedSafely writes one figure from several goroutines, as a server does.
func TestFiguresAreSharedSafely(t *testing.T) {
	f := draw20(t)
	want := bytesOf(t, f, "pdf")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			var b bytes.Buffer
			if err := f.Write(&b, "pdf"); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Error("a figure differs where several are written at once:", err)
			}
			_ = f.Themed(Dark).Write(io.Discard, "svg")
			_ = f.Caption()
		})
	}
	group.Wait()
}

// TestLongNamesLeaveRoom: a metric's name may be as long as it likes, and the frame stays.
func TestLongNamesLeaveRoom(t *testing.T) {
	r, err := Request{Kind: "curves", Experiment: "study", Metric: loss}.Read(t.Context(), fill(t, ablations()))
	check(t, err)
	r.request.Metric = strings.Repeat("loss/", 500)
	for _, ys := range []scale{{}, {kind: "log"}} {
		r.ys = ys
		if f := r.Figure().Data().Frame; f == nil || f.Height < 150 || f.Width < 300 {
			t.Errorf("%q: the frame is %+v", ys.kind, f)
		}
	}
}
