package backend

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"
)

// loss is two layers with a softmax: what a training step is made of.
func loss(x, a, b *graph.Node) []*graph.Node {
	hidden := graph.Tanh(graph.MatMul(x, a))
	out := graph.ReduceAllMean(graph.Square(graph.Softmax(graph.MatMul(hidden, b), -1)))
	gradients := graph.Gradient(out, a, b)
	return []*graph.Node{out, gradients[0], gradients[1]}
}

func matrix(r *rand.Rand, rows, columns int) [][]float32 {
	m := make([][]float32, rows)
	for i := range m {
		m[i] = make([]float32, columns)
		for j := range m[i] {
			m[i][j] = float32(r.NormFloat64() / 4)
		}
	}
	return m
}

// evaluate compiles and runs loss once on fixed numbers.
func evaluate(t testing.TB, b *Backend) []any {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	exec, err := graph.NewExec(b.Compute, loss)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(matrix(r, 256, 64), matrix(r, 64, 128), matrix(r, 128, 64))
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	for _, v := range results {
		values = append(values, v.Value())
	}
	return values
}

// TestGoIsTheSameOnAnyCores runs on one core too, where the default configuration may wait for itself.
func TestGoIsTheSameOnAnyCores(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var want []any
	for _, cores := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(cores)
		b, err := Open(Candidate{Name: Go})
		if err != nil {
			t.Fatal(err)
		}
		if b.Threads != cores || b.Devices != 1 || b.ISA != runtime.GOARCH || b.Plugin != "" {
			t.Errorf("on %d cores: %+v", cores, b)
		}
		got := evaluate(t, b)
		b.Close()
		b.Close() // a second one is harmless
		if want == nil {
			want = got
		}
		if !cmp.Equal(want, got) {
			t.Errorf("on %d cores the numbers differ from those on one", cores)
		}
	}
}

func TestXLA(t *testing.T) {
	b := xlaCPU(t)
	if b.Threads < 1 || b.Devices != 1 || b.ISA == "" || len(b.PluginDigest) != 64 {
		t.Errorf("opened %+v", b)
	}
	want := evaluate(t, b)
	if !cmp.Equal(want, evaluate(t, b)) {
		t.Error("the numbers differ the second time")
	}
	g, err := Open(Candidate{Name: Go})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	x, y := want[0].(float32), evaluate(t, g)[0].(float32)
	if d := (x - y) / y; d > 1e-5 || d < -1e-5 {
		t.Errorf("XLA's loss is %g, Go's %g", x, y)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		candidate Candidate
		want      string
	}{
		"unavailable": {Candidate{Name: XLACPU, Reason: "no plugin"}, "open backend xla-cpu: no plugin"},
		"unknown":     {Candidate{Name: "tpu"}, `open backend "tpu": there is none of that name; there are xla-cuda, xla-cpu, go`},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := Open(c.candidate); err == nil || err.Error() != c.want {
				t.Errorf("got %v, %v, want %q", b, err, c.want)
			}
		})
	}
}

// TestProbe asks the probe about a plugin that works.
func TestProbe(t *testing.T) {
	b := xlaCPU(t)
	version, err := probe(t.Context(), b.Plugin)
	if err != nil || !strings.HasPrefix(version, "0.") {
		t.Errorf("got %q, %v", version, err)
	}
}

func BenchmarkOpenAndClose(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			g, err := Open(Candidate{Name: Go})
			if err != nil {
				b.Fatal(err)
			}
			g.Close()
		}
	})
	b.Run("xla-cpu", func(b *testing.B) {
		c := Candidate{Name: XLACPU, Available: true, Plugin: xlaCPU(b).Plugin}
		for b.Loop() {
			x, err := Open(c)
			if err != nil {
				b.Fatal(err)
			}
			x.Close()
		}
	})
}

// BenchmarkCompile builds, compiles and runs a small step once.
func BenchmarkCompile(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		g, err := Open(Candidate{Name: Go})
		if err != nil {
			b.Fatal(err)
		}
		defer g.Close()
		for b.Loop() {
			evaluate(b, g)
		}
	})
	b.Run("xla-cpu", func(b *testing.B) {
		x := xlaCPU(b)
		for b.Loop() {
			evaluate(b, x)
		}
	})
}

// BenchmarkProbe is what the first look at a plugin costs, beside reading the file once.
func BenchmarkProbe(b *testing.B) {
	x := xlaCPU(b)
	for b.Loop() {
		if _, err := probe(b.Context(), x.Plugin); err != nil {
			b.Fatal(err)
		}
	}
}
