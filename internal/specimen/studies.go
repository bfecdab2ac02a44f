package specimen

import (
	"encoding/json"
	"fmt"
	"strings"

	"inkstone/tracker"
)

// study is a made-up experiment.
type study struct {
	name, question, learned string
	variants                []variant
	seeds, steps            int
	layers, heads           int
	prompt                  []string // tokens of the captured prompt
	// odd are runs that did not simply finish, by variant/seed.
	odd map[string]outcome
}

// variant is a setting with the shape of its curve.
type variant struct {
	name, changes string
	params        map[string]any // of the spec, by dotted path
	// loss falls from 3.4 to floor; late is the share of the steps at which it falls fastest.
	floor, late float64
}

// outcome is what became of a run: a status, how many of its steps it did, and what is odd about its values.
type outcome struct {
	status   tracker.Status
	reason   string
	part     float64
	nan      bool // a stretch of values is NaN
	spike    bool // one step is far out
	excluded string
}

func studies() []study {
	return []study{copying(), poems(), rates(), blocks()}
}

// copying is like the demonstration: four variants of five seeds, all ended.
func copying() study {
	return study{
		name: "copying", question: "Do two layers of attention learn to copy in context, where one layer cannot?",
		learned: "Two layers copy, one cannot.\n\n- The **previous-token head** forms first, the induction head some 40 steps later.\n- Without positions it takes far longer.\n\n| variant | copies |\n|---|---|\n| baseline | yes |\n| one-layer | no |\n",
		variants: []variant{
			{name: "baseline", floor: 0.01, late: 0.35},
			{name: "one-layer", changes: "model.num_hidden_layers: 1", params: map[string]any{"model.num_hidden_layers": 1}, floor: 2.5, late: 0.1},
			{name: "no-positions", changes: "model.positions: none", params: map[string]any{"model.positions": "none"}, floor: 1.69, late: 0.5},
			{name: "one-head", changes: "model.num_attention_heads: 1", params: map[string]any{"model.num_attention_heads": 1}, floor: 0.03, late: 0.4},
		},
		seeds: 5, steps: 300, layers: 2, heads: 4, prompt: strings.Split("QAKZMCXBQAKZMCXBQAKZMCXB", ""),
		odd: map[string]outcome{
			"no-positions/3": {status: tracker.Finished, part: 1, spike: true},
			"one-head/4":     {status: tracker.Failed, reason: "the loss is NaN at step 180: lower train.learning_rate, or set train.stop.nan", part: 0.6, nan: true},
			"one-layer/2":    {status: tracker.Finished, part: 1, excluded: "trained on a wrong corpus"},
		},
	}
}

// poems has Chinese tokens, and texts.
func poems() study {
	return study{
		name: "tang-poems", question: "Does blank infilling write better poems than a causal model of the same size?",
		variants: []variant{
			{name: "baseline", floor: 2.1, late: 0.2, params: map[string]any{"objective.kind": "infill"}},
			{name: "causal", changes: "objective: causal", params: map[string]any{"objective.kind": "causal"}, floor: 2.2, late: 0.2},
		},
		seeds: 3, steps: 200, layers: 4, heads: 4, prompt: append(strings.Split("春眠不覺曉,處處聞啼鳥。", ""), "\n", " ", "\xe5", "[MASK]"),
	}
}

// rates is a sweep of many variants.
func rates() study {
	s := study{name: "learning-rates", question: "Which learning rate, and for which width?", seeds: 2, steps: 120}
	for _, width := range []int{64, 128, 256} {
		for i, rate := range []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2} {
			v := variant{
				name: fmt.Sprintf("width-%d,lr-%g", width, rate), changes: fmt.Sprintf("model.hidden_size: %d, train.learning_rate: %g", width, rate),
				params: map[string]any{"model.hidden_size": width, "train.learning_rate": rate},
				floor:  1.2 + 0.15*float64((i-3)*(i-3)) - float64(width)/1000, late: 0.3 - 0.03*float64(i),
			}
			if width == 64 && i == 2 {
				v.name = "baseline"
			}
			s.variants = append(s.variants, v)
		}
	}
	return s
}

// blocks goes on.
func blocks() study {
	return study{
		name: "blocks", question: "What does each block of the family give at equal tokens?",
		variants: []variant{
			{name: "baseline", floor: 2.6, late: 0.2},
			{name: "gelu-mlp", changes: "model.mlp: gelu", params: map[string]any{"model.mlp": "gelu"}, floor: 2.65, late: 0.2},
			{name: "post-norm", changes: "model.norm_placement: post", params: map[string]any{"model.norm_placement": "post"}, floor: 2.9, late: 0.4},
		},
		seeds: 3, steps: 400, layers: 2, heads: 4, prompt: strings.Split("func main ( ) { fmt . Println ( ) }", " "),
		odd: map[string]outcome{
			"baseline/2":  {status: tracker.Running, part: 0.7},
			"gelu-mlp/2":  {status: tracker.Running, part: 0.45},
			"post-norm/1": {status: tracker.Failed, reason: "out of memory: 1.9 GiB asked for, 0.4 GiB free; lower train.global_batch_size", part: 0.2},
			"post-norm/2": {status: tracker.Stopped, reason: "stopped by a reader", part: 0.3},
			"baseline/3":  {status: tracker.Planned}, "gelu-mlp/3": {status: tracker.Planned}, "post-norm/3": {status: tracker.Planned},
		},
	}
}

func (s study) goesOn() bool {
	for _, o := range s.odd {
		if o.status == tracker.Running {
			return true
		}
	}
	return false
}

// spec is the resolved spec of a variant, with what pages read of it.
func (s study) spec(v variant) json.RawMessage {
	fields := map[string]any{
		"model.family": "glm", "model.hidden_size": 64, "model.num_hidden_layers": max(s.layers, 2), "model.num_attention_heads": max(s.heads, 4),
		"model.positions": "rotary", "model.mlp": "swiglu", "model.norm_placement": "pre", "objective.kind": "causal",
		"train.max_steps": s.steps, "train.learning_rate": 5e-3, "train.global_batch_size": 16, "train.sequence_length": 128,
	}
	for name, value := range v.params {
		fields[name] = value
	}
	sections := map[string]any{"spec": 1, "name": s.name, "question": s.question}
	for name, value := range fields {
		section, field, _ := strings.Cut(name, ".")
		if sections[section] == nil {
			sections[section] = map[string]any{}
		}
		sections[section].(map[string]any)[field] = value
	}
	text, err := json.Marshal(sections)
	if err != nil {
		panic(err) // maps of plain values have JSON
	}
	return text
}

func (s study) layersOf(v variant) int {
	if n, ok := v.params["model.num_hidden_layers"].(int); ok {
		return n
	}
	return s.layers
}

func (s study) headsOf(v variant) int {
	if n, ok := v.params["model.num_attention_heads"].(int); ok {
		return n
	}
	return s.heads
}
