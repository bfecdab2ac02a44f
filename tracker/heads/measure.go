package heads

// Measure is something that is measured of a head.
type Measure int

// The measures. The first five lie between 0 and 1, and a head that is far above chance has that role; the others describe
// how it spreads its weight.
const (
	// PreviousToken is the weight on the key before the query (Olsson et al., "In-context Learning and Induction Heads", 2022).
	PreviousToken Measure = iota
	// FirstToken is the weight on the first key, the sink of heads with nothing to say (Xiao et al., "Efficient Streaming
	// Language Models with Attention Sinks", 2023).
	FirstToken
	// Induction is the weight on the keys behind earlier occurrences of the query's token (Olsson et al. 2022: "prefix
	// matching"), at queries whose token occurred earlier.
	Induction
	// SameToken is the weight on earlier occurrences of the query's token, at queries that have any (Wang et al.,
	// "Interpretability in the Wild", 2022: "duplicate token heads").
	SameToken
	// BlockDiagonal is the weight within the query's own segment, at queries that see another segment too.
	BlockDiagonal
	// Entropy is that of the weights, in nats, at queries that see at least two keys.
	Entropy
	// NormalizedEntropy is the entropy as a share of the greatest possible, ln of the number of visible keys.
	NormalizedEntropy
	// Distance is the mean distance from query to key in tokens, whichever comes first, at queries that see at least two keys.
	Distance

	measures
)

// roles are how many of the measures name a role; they come first.
const roles = int(Entropy)

// Values are one of each measure; NaN is a measure that applies to no query of the sequence.
type Values [measures]float64

// Measures are all there are.
func Measures() []Measure {
	all := make([]Measure, measures)
	for i := range all {
		all[i] = Measure(i)
	}
	return all
}

// Roles are the measures that name what a head does.
func Roles() []Measure { return Measures()[:roles] }

// clearShare is the part of the way from chance to 1 at which a score names a role.
const clearShare = 1.0 / 3

// Clear tells whether the score of a role is clearly above chance: at least a third of the way from chance to 1, which holds
// equally for roles whose chance differs.
func Clear(score, chance float64) bool { return Excess(score, chance) >= clearShare }

// Excess is how far a score lies on the way from chance, 0, to 1, which is 1; a score below chance is negative.
func Excess(score, chance float64) float64 { return (score - chance) / (1 - chance) }
