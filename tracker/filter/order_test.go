package filter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
)

func TestOrder(t *testing.T) {
	keys, err := ParseOrder("min(val/loss) DESC, created asc,val/loss@rank-0, tag.kind desc")
	if err != nil {
		t.Fatal(err)
	}
	got, err := CheckOrder(keys, known)
	if err != nil {
		t.Fatal(err)
	}
	want := []Order{
		{Operand{Kind: Metric, Name: "val/loss", Summary: Min}, true}, {attr("created"), false},
		{Operand{Kind: Metric, Name: "val/loss", Context: "rank-0", Summary: Last}, false}, {tag("kind"), true},
	}
	if diff := cmp.Diff(want, got, ignorePlaces); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	text := ExplainOrder(got)
	if want := "min(metric.val/loss) desc, created, metric.val/loss@rank-0, tag.kind desc"; text != want {
		t.Errorf("explained as %s, want %s", text, want)
	}
	if keys, err := ParseOrder(" "); keys != nil || err != nil {
		t.Errorf("of nothing: %v, %v", keys, err)
	}
}

func TestOrderErrors(t *testing.T) {
	var out strings.Builder
	for _, text := range []string{
		"val/loss dsc", "val/loss desc created", "val/loss,", ",val/loss", "desc desc desc", "val/los desc, creatd", "loss", "created, created desc", "val/loss, last(val/loss)",
		"created > 3", "min(seed)", "created 'x'", strings.Repeat("a", MaxText+1),
	} {
		keys, err := ParseOrder(text)
		if err == nil {
			_, err = CheckOrder(keys, known)
		}
		if err == nil {
			t.Errorf("%s is right", text)
			continue
		}
		out.WriteString(err.Error() + "\n\n")
	}
	golden.Check(t, "testdata/order.golden", out.String())
}
