package plan

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLibrary(t *testing.T) {
	files, err := filepath.Glob("../library/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("library: %v, %v", files, err)
	}
	for _, file := range files {
		p, err := Load(file, nil, nil)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if len(p.Variants) < 3 || len(p.Trials) != len(p.Variants)*len(p.Document.Spec.Seeds) {
			t.Errorf("%s: %d variants, %d trials", file, len(p.Variants), len(p.Trials))
		}
	}
}

func TestSource(t *testing.T) {
	p, err := Load("../library/go-source.yaml", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got [][3]any
	for _, v := range p.Variants {
		got = append(got, [3]any{v.Name, v.Spec.Model.MLP, v.Spec.Model.IntermediateSize})
	}
	want := [][3]any{{"baseline", "swiglu", 172}, {"no-positions", "swiglu", 172}, {"one-layer", "swiglu", 172}, {"gelu-mlp", "gelu", 258}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
}
