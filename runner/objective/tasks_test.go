package objective

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

func mixture(t *testing.T, change func(*experiments.Objective)) *infilling {
	t.Helper()
	o := recipe
	o.Tasks, o.GPTMinRatio, o.GPTInfillProb = experiments.Tasks{Token: .4, Sentence: .3, Document: .3}, .25, .5
	if change != nil {
		change(&o)
	}
	n, err := newInfilling(o, tokenizer.Bytes{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// randomText is sentences of letters, cut into documents now and then.
func randomText(random *rand.Rand, n int, end int32) []int32 {
	tokens := make([]int32, n)
	for i := range tokens {
		switch at := random.IntN(60); {
		case at == 0:
			tokens[i] = end
		case at < 5:
			tokens[i] = '.'
		default:
			tokens[i] = int32('a' + random.IntN(26))
		}
	}
	return tokens
}

// Over random texts and all tasks: the text can be put together again from parts A and B, the weights count what they must, the
// lengths are those of the parts, and B's places are those of its masks.
func TestInvariantsOfAllTasks(t *testing.T) {
	n := mixture(t, func(o *experiments.Objective) { o.BlockMaskProb = 0 })
	for kind := range taskNames {
		t.Run(taskNames[kind], func(t *testing.T) {
			made := 0
			for seed := range uint64(2000) {
				random := rand.New(rand.NewPCG(seed, 11))
				s := n.specials[kind]
				tokens := randomText(random, 8+random.IntN(200), s.EndOfText)
				r, ok := n.row(random, tokens, draw{task: task(kind), generated: 1 + random.IntN(len(tokens))})
				if !ok {
					continue
				}
				made++
				if r.Task != taskNames[kind] {
					t.Fatalf("task %q, want %q", r.Task, taskNames[kind])
				}
				checkParts(t, tokens, r, s)
			}
			if made < 1300 {
				t.Errorf("%d of 2000 texts became rows", made)
			}
		})
	}
}

// checkParts finds the spans in part B and puts the text together again. A prefix split has no end token: its one stretch
// ends with the text.
func checkParts(t *testing.T, tokens []int32, r Row, s Specials) {
	t.Helper()
	answers, spans, count := map[int32][]int32{}, 0, 0
	for i := r.Prefix; i < len(r.Inputs); i++ {
		at := r.Positions[i]
		if r.Inputs[i] == s.StartOfPiece {
			spans++
			if r.BlockPositions[i] != 1 || len(answers[at]) > 0 || r.Inputs[at] != s.Mask {
				t.Fatalf("a span begins at column %d with places %d, %d", i, at, r.BlockPositions[i])
			}
		} else if r.Inputs[i] != r.Targets[i-1] || r.BlockPositions[i] != r.BlockPositions[i-1]+1 || at != r.Positions[i-1] {
			t.Fatalf("column %d does not go on from the one before", i)
		}
		if r.Targets[i] != s.EndOfPiece {
			answers[at] = append(answers[at], r.Targets[i])
			count++
		}
		if r.Weights[i] != 1 {
			t.Fatalf("column %d of part B has weight %v", i, r.Weights[i])
		}
	}
	var whole []int32
	for i := range r.Prefix {
		if r.Weights[i] != 0 || r.Positions[i] != int32(i) || r.BlockPositions[i] != 0 {
			t.Fatalf("column %d of part A has weight %v and places %d, %d", i, r.Weights[i], r.Positions[i], r.BlockPositions[i])
		}
		if r.Inputs[i] == s.Mask {
			whole = append(whole, answers[int32(i)]...)
		} else {
			whole = append(whole, r.Inputs[i])
		}
	}
	if !slices.Equal(whole, tokens) {
		t.Fatalf("A and B make\n%v, want\n%v", whole, tokens)
	}
	ends := spans
	if spans == 1 && r.Targets[len(r.Targets)-1] != s.EndOfPiece {
		ends = 0 // the prefix split
	}
	if got := float32(count + ends); r.weight() != got || len(r.Inputs) != len(tokens)+spans+ends {
		t.Fatalf("%d columns with weight %v for %d tokens, %d of them in %d spans with %d ends", len(r.Inputs), r.weight(), len(tokens), count, spans, ends)
	}
}

// Tasks come with their shares, the document task's lengths are even between their bounds, and half of its rows are split.
func TestMixture(t *testing.T) {
	n := mixture(t, func(o *experiments.Objective) { o.ShortSeqProb = .02 })
	counts, short := [len(taskNames)]int{}, 0
	const draws = 20000
	for i := range draws {
		d := n.draw(rand.New(rand.NewPCG(uint64(i), 1)), func(task) int { return 400 })
		counts[d.task]++
		if d.piece > 0 {
			short++
			if d.piece < shortestPiece || d.piece >= 399 {
				t.Fatalf("pieces of %d tokens", d.piece)
			}
		}
	}
	for i, p := range []float64{.4, .3, .3, .02} {
		got := float64(append(counts[:], short)[i]) / draws
		if math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/draws) {
			t.Errorf("share %d is %.4f, want %.2f", i, got, p)
		}
	}
}

func TestGeneratedLengths(t *testing.T) {
	n := mixture(t, nil)
	for _, test := range []struct{ shortest, longest, low, high int }{{100, 100, 25, 98}, {40, 100, 10, 98}, {4, 4, 1, 2}, {3, 3, 1, 1}, {2, 2, 1, 1}} {
		random, seen := rand.New(rand.NewPCG(6, 6)), map[int]int{}
		for range 100 * (test.high - test.low + 1) {
			seen[n.generated(random, test.shortest, test.longest)]++
		}
		for length, count := range seen {
			if length < test.low || length > test.high || math.Abs(float64(count)-100) > 50 {
				t.Errorf("texts of %d to %d: %d tokens %d times, want 100 for each of %d to %d", test.shortest, test.longest, length, count, test.low, test.high)
			}
		}
		if len(seen) != test.high-test.low+1 {
			t.Errorf("texts of %d to %d: %d lengths, want %d", test.shortest, test.longest, len(seen), test.high-test.low+1)
		}
	}
}

// A text of several documents is always split; one of a single document in gpt_infill_prob of the cases.
func TestGenerateSplitsOrInfills(t *testing.T) {
	random, n := rand.New(rand.NewPCG(8, 8)), mixture(t, func(o *experiments.Objective) { o.GPTInfillProb = .3 })
	end := n.specials[documentTask].EndOfText
	for _, test := range []struct {
		name   string
		tokens []int32
		share  float64
	}{
		{"one document", []int32("abcdefghij"), .3}, {"one whole document", append([]int32("abcdefghi"), end), .3},
		{"two documents", append(append([]int32("abcd"), end), []int32("fghij")...), 1}, {"an end first", append([]int32{end}, []int32("abcdefghi")...), 1},
	} {
		split := 0
		const draws = 4000
		for range draws {
			r, ok := n.generate(random, test.tokens, 6)
			if !ok {
				t.Fatalf("%s: no row", test.name)
			}
			if r.Prefix == 5 && r.Inputs[4] == n.specials[documentTask].Mask && len(r.Inputs) == 11 {
				split++
			}
		}
		if got := float64(split) / draws; math.Abs(got-test.share) > .04 {
			t.Errorf("%s: %.3f are split, want %.2f", test.name, got, test.share)
		}
	}
	if _, ok := n.generate(random, []int32("ab"), 6); ok {
		t.Error("a text of two tokens became a row")
	}
}

// Rows of one batch share their task and, where nothing is cut short, the length that they generate; validation rows do not.
func TestBatchesShareTheirTask(t *testing.T) {
	spec := specs(t)["mixture"]
	spec.Objective.ShortSeqProb = 0
	s, seen := source(t, spec, 1), map[string]int{}
	for step := range 40 {
		b := s.Train(step + 1)
		seen[b.Tasks[0]]++
		generated := map[float32]bool{}
		for row, name := range b.Tasks {
			if name != b.Tasks[0] {
				t.Fatalf("step %d has rows of %s and %s", step+1, name, b.Tasks[0])
			}
			r := Row{Weights: b.Weights[row*b.Length:][:b.Length], Targets: b.Targets[row*b.Length:]}
			weight := r.weight()
			if b.Targets[row*b.Length+int(b.Valid[row])-1] == s.infilling.specials[documentTask].EndOfPiece {
				weight--
			}
			generated[weight] = true
		}
		if b.Tasks[0] == "document" && len(generated) != 1 {
			t.Errorf("step %d generates lengths %v", step+1, generated)
		}
	}
	for _, name := range taskNames {
		if seen[name] < 5 {
			t.Errorf("task %s came %d times in 40 steps", name, seen[name])
		}
	}
	if tasks := s.Validation(0).Tasks; len(slices.Compact(slices.Sorted(slices.Values(tasks)))) != len(taskNames) {
		t.Errorf("a validation batch has the tasks %v", tasks)
	}
}
