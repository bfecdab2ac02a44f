package experiments

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestYAML(t *testing.T) {
	got, err := YAML(json.RawMessage(`{"spec":1,"name":"a: b","question":"yes","model":{"layers":2,"rate":3e-3,"none":null},"seeds":[1,2],"empty":[],"version":"1.0","face":"\ud83d\ude00"}`))
	want := `spec: 1
name: 'a: b'
question: "yes"
model:
    layers: 2
    rate: 3e-3
    none: null
seeds:
    - 1
    - 2
empty: []
version: "1.0"
face: "\U0001F600"
`
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if _, err := YAML(json.RawMessage(`{"a`)); err == nil {
		t.Error("what is no JSON is written")
	}
}
