package specimen

import (
	"path/filepath"
	"testing"

	"inkstone/tracker"
)

func TestOpenFillsAStoreThatIsWhole(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	experiments, err := s.Experiments(t.Context())
	if err != nil || len(experiments) != 4 {
		t.Fatalf("%d experiments, %v", len(experiments), err)
	}
	counts := map[tracker.Status]int{}
	for _, e := range experiments {
		for status, n := range e.Counts {
			counts[status] += n
		}
	}
	if counts[tracker.Running] != 2 || counts[tracker.Failed] != 2 || counts[tracker.Stopped] != 1 || counts[tracker.Lost] != 0 {
		t.Errorf("got %v", counts)
	}
	report, err := s.Check(t.Context(), nil)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%v, %v", report.Findings, err)
	}
}
