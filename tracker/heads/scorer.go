package heads

import (
	"fmt"
	"math"
)

// Scorer measures heads on one sequence.
type Scorer struct {
	size    int // of the sequence
	queries []query
	counts  Values // queries to which each measure applies
	chance  Values
}

// query is a row of a map: the keys that it sees, and for each role which of these are its targets.
type query struct {
	at      int
	visible []int
	targets [roles][]int // nil where the role does not apply
}

// NewScorer prepares the measures of a sequence. Segments of another length than the tokens are a mistake of the caller.
func NewScorer(s Sequence) *Scorer {
	if s.Segments != nil && len(s.Segments) != len(s.Tokens) {
		panic(fmt.Sprintf("heads: %d segments for %d tokens", len(s.Segments), len(s.Tokens)))
	}
	c := &Scorer{size: len(s.Tokens)}
	for at := max(s.From, 0); at < c.size; at++ {
		c.queries = append(c.queries, s.query(at))
	}
	c.count()
	c.chance = c.score(c.uniform())
	return c
}

func (s Sequence) query(at int) query {
	q := query{at: at}
	for key := range s.Tokens {
		if s.sees(at, key) {
			q.visible = append(q.visible, key)
		}
	}
	for _, m := range Roles() {
		var targets []int
		for _, key := range q.visible {
			if s.target(m, at, key) {
				targets = append(targets, key)
			}
		}
		if len(targets) < len(q.visible) {
			q.targets[m] = targets
		}
	}
	return q
}

// count counts the queries to which each measure applies.
func (c *Scorer) count() {
	for _, q := range c.queries {
		for m, targets := range q.targets {
			if targets != nil {
				c.counts[m]++
			}
		}
		if len(q.visible) > 1 {
			for m := Entropy; m < measures; m++ {
				c.counts[m]++
			}
		}
	}
}

// uniform is the map of a head that spreads its weight evenly over what it sees.
func (c *Scorer) uniform() []float64 {
	weights := make([]float64, c.size*c.size)
	for _, q := range c.queries {
		for _, key := range q.visible {
			weights[q.at*c.size+key] = 1 / float64(len(q.visible))
		}
	}
	return weights
}

// Chance is what uniform attention over the visible keys has.
func (c *Scorer) Chance() Values { return c.chance }

// Score measures a head by its weights, [queries, keys] row-major, of which there are as many as tokens.
func (c *Scorer) Score(weights []float32) Values {
	if len(weights) != c.size*c.size {
		panic(fmt.Sprintf("heads: %d weights for %d tokens", len(weights), c.size))
	}
	wide := make([]float64, len(weights))
	for i, w := range weights {
		wide[i] = float64(w)
	}
	return c.score(wide)
}

func (c *Scorer) score(weights []float64) Values {
	var sum Values
	for _, q := range c.queries {
		q.add(&sum, weights[q.at*c.size:][:c.size])
	}
	for m := range sum {
		sum[m] /= c.counts[m] // 0/0 is NaN: the measure applies to no query
	}
	return sum
}

// add adds a query's part to the sums of all measures.
func (q query) add(sum *Values, row []float64) {
	total := 0.0
	for _, w := range row {
		total += w
	}
	if !(total > 0) || math.IsInf(total, 0) {
		total = math.NaN()
	}
	for m, targets := range q.targets {
		for _, key := range targets {
			sum[m] += row[key] / total
		}
	}
	if len(q.visible) < 2 {
		return
	}
	entropy := 0.0
	for key, w := range row {
		if w /= total; w != 0 {
			entropy -= w * math.Log(w)
			sum[Distance] += w * math.Abs(float64(q.at-key))
		}
	}
	sum[Entropy] += entropy
	sum[NormalizedEntropy] += entropy / math.Log(float64(len(q.visible)))
}

// Mean is the mean of each measure over sequences of equal length; a measure that one of them lacks is NaN.
func Mean(all ...Values) Values {
	var mean Values
	for _, values := range all {
		for m, v := range values {
			mean[m] += v / float64(len(all))
		}
	}
	return mean
}
