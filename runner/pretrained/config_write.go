package pretrained

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"inkstone/experiments"
)

// writers fill in a dialect's form.
var writers = map[Dialect]func(Config, map[string]any){
	GLM: writeNative, GLM4: writeNative, ChatGLM: writeChatGLM, ChatGLM1: writeChatGLM1, GLMOriginal: writeOriginal, BERT: writeBERT,
}

// Encode writes a config.json. It refuses a model that the dialect has no words for, and names the settings.
func (c Config) Encode() ([]byte, error) {
	write, ok := writers[c.Dialect]
	if !ok {
		return nil, unknownDialect(string(c.Dialect))
	}
	keys := map[string]any{}
	write(c, keys)
	for key, ids := range map[string][]int{"bos_token_id": c.BOS, "eos_token_id": c.EOS, "pad_token_id": c.Pad} {
		switch len(ids) {
		case 0:
			// Without the key, transformers takes GLM-4's ids, which a smaller vocabulary does not have.
			if c.Dialect == GLM || c.Dialect == GLM4 {
				keys[key] = nil
			}
		case 1:
			keys[key] = ids[0]
		default:
			keys[key] = ids
		}
	}
	if c.Labels > 0 {
		keys["num_labels"] = c.Labels
	}
	if c.DType != "" {
		keys["torch_dtype"] = c.DType
	}
	text, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the model's configuration: %w", err)
	}
	again, err := parseConfig(text)
	if lost := different(c.Model, again.Model); lost != nil {
		return nil, misfit{c.Dialect, lost}
	}
	if err != nil {
		return nil, fmt.Errorf("this model cannot be written as %s: %w", c.Dialect, err)
	}
	return append(text, '\n'), nil
}

// withoutWords are settings that change no result of a trained model, and that not every dialect has words for.
var withoutWords = []string{"preset", "initializer_range", "hidden_dropout", "attention_dropout", "embedding_dropout"}

// misfit is the error of a model that a dialect has no words for.
type misfit struct {
	dialect Dialect
	lost    []string // the settings, and what the dialect would say
}

func (m misfit) Error() string {
	return fmt.Sprintf("this model cannot be written as %s, which has no words for %s", m.dialect, strings.Join(m.lost, ", "))
}

// different names the settings in which what a dialect's reader would see differs from the model.
func different(want, got experiments.Model) (lost []string) {
	w, g := settings(want), settings(got)
	for _, key := range slices.Sorted(maps.Keys(w)) {
		if !slices.Contains(withoutWords, key) && !sameSetting(w[key], g[key]) {
			lost = append(lost, fmt.Sprintf("model.%s: %v (it says %v)", key, w[key], g[key]))
		}
	}
	return lost
}

func sameSetting(a, b any) bool {
	x, isNumber := a.(float64)
	y, _ := b.(float64)
	return a == b || isNumber && math.Abs(x-y) <= 1e-12*math.Abs(x) // a theta that is written as a ratio
}

// settings are a model's, by the names of a spec.
func settings(m experiments.Model) map[string]any {
	text, err := json.Marshal(m)
	all := map[string]any{}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		panic("pretrained: a model cannot be compared: " + err.Error())
	}
	return all
}
