package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Content holds the digests, in hex, of what was prepared: the corpus as it is split and read, and the tokenizer.
type Content struct {
	Data      string
	Tokenizer string
}

// Identity digests what changes a trial's weights and its measures: model, tokenizer, objective, the training without its
// checkpoints, the data's content and settings, and the seed. Names, the question, the files' paths, the preset's
// name, record, compare and run have no part in it.
func (s Spec) Identity(seed int64, c Content) string {
	source, train := s.Data, s.Train
	source.Files, train.Checkpoint = nil, Checkpoint{}
	network := s.Model
	network.Preset = ""
	return digest("trial", struct {
		Version   int
		Seed      int64
		Content   Content
		Data      Data
		Tokenizer Tokenizer
		Model     Model
		Objective Objective
		Train     Train
	}{s.Version, seed, c, source, s.Tokenizer, network, s.Objective, train})
}

// RecordDigest digests what a run records.
func (s Spec) RecordDigest() string { return digest("record", s.Record) }

// ComparabilityKey names what a validation metric is measured on: objective, tokenizer, sequence length, and a digest of
// these in full with the windows that validation reads. Values under different keys are different quantities.
func (s Spec) ComparabilityKey(c Content) string {
	tokenizer := s.Tokenizer.Kind
	if s.Tokenizer.VocabSize > 0 {
		tokenizer = fmt.Sprintf("%s-%d", tokenizer, s.Tokenizer.VocabSize)
	}
	source := s.Data
	source.Files, source.Validation.Batches = nil, 0
	full := digest("comparability", struct {
		Content   Content
		Data      Data
		Windows   int
		Tokenizer Tokenizer
		Objective Objective
		Length    int
	}{c, source, s.Data.Validation.Batches * s.Train.GlobalBatchSize, s.Tokenizer, s.Objective, s.Train.SequenceLength})
	return fmt.Sprintf("%s/%s/%d/%s", s.Objective.Kind, tokenizer, s.Train.SequenceLength, full[:8])
}

// digest hashes the JSON of a value, whose order is the structs'. Kind keeps digests of different things apart.
func digest(kind string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("experiments: a spec has no JSON: " + err.Error()) // only NaN and Inf have none; decoding refuses them
	}
	sum := sha256.Sum256(append([]byte(kind+"\n"), text...))
	return hex.EncodeToString(sum[:])
}
