package tracker

import (
	"math"
	"testing"
)

func TestArrivalsOfManyPointsKeepExtremesAndTheLast(t *testing.T) {
	const n = 1000
	var samples []Sample
	for step := range int64(n) {
		samples = append(samples, at("loss", step, math.Sin(float64(step))))
	}
	samples[333].Value, samples[700].Value, samples[500].Value = 99, -99, math.NaN()
	got := arrivals(EncodeSamples(samples))
	if len(got) != 1 || got[0].Count != n || len(got[0].Points) > 2*arrivalPieces+1 {
		t.Fatalf("got %d arrivals, the first with %d points of %d", len(got), len(got[0].Points), got[0].Count)
	}
	seen := map[int64]float64{}
	last := int64(-1)
	for _, p := range got[0].Points {
		if p.Step <= last {
			t.Errorf("step %d stands behind %d", p.Step, last)
		}
		last, seen[p.Step] = p.Step, float64(p.Value)
	}
	if seen[333] != 99 || seen[700] != -99 || last != n-1 {
		t.Errorf("333: %v, 700: %v, last %d; want 99, -99, %d", seen[333], seen[700], last, n-1)
	}
}

func TestArrivalsOfNoNumbersAndOfDamage(t *testing.T) {
	var samples []Sample
	for step := range int64(200) {
		samples = append(samples, at("loss", step, math.Inf(1)))
	}
	payload := EncodeSamples(samples)
	if got := arrivals(payload); len(got[0].Points) == 0 {
		t.Error("infinities are no arrivals")
	}
	payload[len(payload)/2] ^= 1
	if got := arrivals(payload); got != nil {
		t.Errorf("a damaged batch brings %d series", len(got))
	}
}

func TestSupersededPointsAreNoArrivals(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	first := begin(t, s, run, nil)
	put(t, s, first, 1, at("loss", 1, 1))
	put(t, s, first, 2, at("loss", 2, 1))
	if err := first.End(t.Context(), Stopped, ""); err != nil {
		t.Fatal(err)
	}
	begin(t, s, run, &Resume{1, 1})
	events, _, err := s.Tail(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var brought []int
	for _, e := range events {
		if e.Kind == "points" {
			brought = append(brought, len(e.Arrivals))
		}
	}
	if len(brought) != 2 || brought[0] != 1 || brought[1] != 0 {
		t.Errorf("the batches bring %v series, want 1 and, superseded, 0", brought)
	}
}
