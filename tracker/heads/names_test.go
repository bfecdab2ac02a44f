package heads

import "testing"

func TestMeasuresAreFoundByTheirNames(t *testing.T) {
	for _, m := range Measures() {
		if got, ok := Parse(m.String()); !ok || got != m || m.Title() == "" {
			t.Errorf("measure %d is named %q, %q", m, m, m.Title())
		}
	}
	if _, ok := Parse("nothing"); ok {
		t.Error("a name of no measure was found")
	}
	for i, m := range Roles() {
		if m.Does() == "" || int(m) != i {
			t.Errorf("role %v does %q", m, m.Does())
		}
	}
	if got := Induction.LayerMetric(1) + " " + SameToken.ChanceMetric(); got != "heads/induction/layer-1 heads/same_token/chance" {
		t.Errorf("got %q", got)
	}
}

func TestContextsOfHeads(t *testing.T) {
	for context, want := range map[string]bool{"L0H0": true, "L12H31": true, "": false, "L1": false, "L01H2": false, "L1H2 ": false, "L-1H2": false, "L1H2x": false} {
		layer, head, ok := ParseContext(context)
		if ok != want || ok && Context(layer, head) != context {
			t.Errorf("%q: layer %d, head %d, %v", context, layer, head, ok)
		}
	}
}
