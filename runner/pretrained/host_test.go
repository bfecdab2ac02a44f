package pretrained

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
	"inkstone/runner/reference"
)

func TestValue(t *testing.T) {
	c := open(t, reference.Path(t, "chatglm1"), Options{Layout: PerHead})
	for _, w := range c.Parameters {
		value, err := c.Value(w)
		if err != nil {
			t.Fatal(err)
		}
		tensor, _ := c.Tensor(w.Name)
		want, _ := tensor.Float32s()
		if got := tensors.MustCopyFlatData[float32](value); !slices.Equal(got, want) || !slices.Equal(value.Shape().Dimensions, w.Shape) {
			t.Errorf("%s differs, or has shape %v", w.Name, value.Shape())
		}
	}
	for name, want := range map[string]string{
		"model.embed_tokens.weight": `parameter "model.embed_tokens.weight" has shape [140 48], and the model wants [7]`,
		"model.other":               `there is no parameter "model.other"`,
	} {
		if _, err := c.Value(model.Weight{Name: name, Shape: []int{7}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
