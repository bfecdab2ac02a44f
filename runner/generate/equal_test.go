package generate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// full runs the whole row through the model without a cache, and gives the logits [V] of its last token.
func full(t *testing.T, g *Generator, r *row, generated []input) []float32 {
	t.Helper()
	before, prefix := newRow(r.Request, 0, g.Context, g.Decoder).prompt()
	all := append(before, generated...)
	var tokens, positions, blocks []int32
	for _, in := range all {
		tokens, positions, blocks = append(tokens, in.id), append(positions, in.position), append(blocks, in.block)
	}
	exec, err := gomlx.NewExec(g.Backend, g.device.store, func(_ *gomlx.Scope, in []*Node) *Node {
		w := g.device.lookup(g.device.parameters(in[0].Graph()))
		return g.device.logits(w, model.Inputs{Tokens: in[0], Positions: in[1], Blocks: in[2], Prefix: in[3]})
	})
	if err != nil {
		t.Fatal(err)
	}
	table := func(v []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(v, 1, len(all)) }
	out, err := exec.Exec(table(tokens), table(positions), table(blocks), []int32{int32(prefix)})
	if err != nil {
		t.Fatal(err)
	}
	logits, err := take[float32](out[0])
	if err != nil {
		t.Fatal(err)
	}
	return logits
}

// blocks are one model of every kind of block, of positions and of masks.
func blocks() map[string]experiments.Model {
	geglu := chatglm1Model()
	geglu.Positions, geglu.PartialRotaryFactor, geglu.MLP, geglu.TieWordEmbeddings = "rotary", 1, "geglu", true
	attention := rotaryModel()
	attention.MLP, attention.Positions = "none", "none"
	return map[string]experiments.Model{
		"glm4": rotaryModel(), "glm4-0414": sandwichModel(), "chatglm-6b": chatglm1Model(), "glm-2021": originalModel(), "geglu": geglu, "attention only": attention,
	}
}

const equalVocab, equalContext = 37, 32

// randomRequests are prompts of different lengths; with blanks, two of them.
func randomRequests(filling bool) []Request {
	random := rand.New(rand.NewPCG(1, 2))
	var requests []Request
	for i, length := range []int{9, 4, 13} {
		r := Request{Row: i, MaxNewTokens: 8, Sampling: Sampling{Temperature: 3, Seed: 5}}
		for range length {
			r.Prompt = append(r.Prompt, random.Int32N(equalVocab-2))
		}
		if filling {
			r.Blanks = &Blanks{At: []int{2, 1}, Start: equalVocab - 2, End: equalVocab - 1}
		}
		requests = append(requests, r)
	}
	return requests
}

// Cached decoding of a padded batch gives the logits of the full forward pass of each row alone, token by token, for all
// kinds of blocks, and where rows go from blank to blank at different times.
func TestCachedIsFull(t *testing.T) {
	b := reference.Backend(t)
	for name, m := range blocks() {
		for _, filling := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, filling %v", name, filling), func(t *testing.T) {
				g := generator(t, b, m, equalVocab, equalContext, initial(m))
				sameAsFull(t, g, randomRequests(filling))
			})
		}
	}
}

func sameAsFull(t *testing.T, g *Generator, requests []Request) {
	t.Helper()
	rows, generated := make([]*row, len(requests)), make([][]input, len(requests))
	for i, r := range requests {
		rows[i] = newRow(r, i, g.Context, g.Decoder)
	}
	logits, err := g.device.prefill(layOut(rows))
	for step := range 8 {
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if r.done() {
				continue
			}
			if d := reference.Distance(logits[i*g.Vocab:(i+1)*g.Vocab], full(t, g, r, generated[i])); !(d <= 2e-5) {
				t.Fatalf("step %d, row %d: logits differ by %v", step, i, d)
			}
			id := int32((7*step + 5*i) % g.Vocab)
			if step == 2+i {
				id = int32(g.Vocab - 1) // ends a blank
			}
			r.accept(id, 0)
			generated[i] = append(generated[i], r.next)
		}
		logits, err = g.device.step(inputs(rows))
	}
}

// A row's text is the same alone and in a batch, sampled or not.
func TestRowsAreIndependent(t *testing.T) {
	g := generator(t, reference.Backend(t), rotaryModel(), equalVocab, equalContext, initial(rotaryModel()))
	for name, s := range map[string]Sampling{"greedy": {}, "sampled": {Temperature: 1, Seed: 3, TopP: 0.9}} {
		t.Run(name, func(t *testing.T) {
			requests := randomRequests(false)
			for i := range requests {
				requests[i].Sampling = s
			}
			together, err := g.Generate(t.Context(), requests, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range requests {
				alone, err := g.Generate(t.Context(), []Request{r}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if alone[0].Text != together[i].Text || len(alone[0].IDs) != r.MaxNewTokens {
					t.Errorf("row %d: %q alone, %q in the batch", i, alone[0].Text, together[i].Text)
				}
			}
		})
	}
}
