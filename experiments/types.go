package experiments

// Spec is one experiment as declared: the resolved form of a YAML file, every default filled in. Its structs are the
// configuration everywhere; nothing copies them.
type Spec struct {
	Version   int         `json:"spec"`
	Name      string      `json:"name"`
	Question  string      `json:"question"`
	Seeds     []int64     `json:"seeds"`
	Data      Data        `json:"data"`
	Tokenizer Tokenizer   `json:"tokenizer"`
	Model     Model       `json:"model"`
	Objective Objective   `json:"objective"`
	Train     Train       `json:"train"`
	Record    Record      `json:"record"`
	Ablate    []Variation `json:"ablate"`
	Sweep     Sweep       `json:"sweep"`
	Compare   Compare     `json:"compare"`
	Run       Run         `json:"run"`
}

// Data says where the text comes from. Exactly one of Corpus and Files is set.
type Data struct {
	// Corpus names a built-in corpus: "go-stdlib" (the Go standard library's source under GOROOT) or "repeats"
	// (generated sequences that repeat a random order of distinct symbols).
	Corpus string `json:"corpus"`
	// Files are globs of .txt and .jsonl files, relative to the spec's folder.
	Files []string `json:"files"`
	// Field is the key that holds the text of a .jsonl line.
	Field string `json:"field"`
	// Repeats configures the corpus "repeats".
	Repeats Repeats `json:"repeats"`
	// Packing says how rows are cut out of the text: "none" (windows at random places of the stream of documents, which see
	// across the documents' ends) or "documents" (rows filled with whole documents, none of which sees another).
	Packing    string     `json:"packing"`
	Validation Validation `json:"validation"`
}

// Repeats is the in-context copying task: a random order of distinct symbols, repeated with a random period. The loss
// counts behind the second round's first symbol, which alone is a surprise (after Olsson et al. 2022, "In-context Learning
// and Induction Heads").
type Repeats struct {
	Symbols   int `json:"symbols"`
	MinPeriod int `json:"min_period"`
	MaxPeriod int `json:"max_period"`
}

// Validation is drawn with a seed of its own, the same for all runs and steps.
type Validation struct {
	// Share of the documents held out, by a hash of their path or content; in (0, 0.5].
	Share float64 `json:"share"`
	// Batches of the training batch's size that one validation averages over.
	Batches int   `json:"batches"`
	Seed    int64 `json:"seed"`
}

// Tokenizer kinds are "bytes", "bpe" (byte-level, trained on the corpus) and "symbols" (generated corpora); "auto" is
// resolved to one of them.
type Tokenizer struct {
	Kind      string `json:"kind"`
	VocabSize int    `json:"vocab_size"`
}

// Model is the shape of the network. Field names follow Hugging Face configurations.
type Model struct {
	// Preset names a published model whose settings stand in for those that are not written. It changes no weights by itself.
	Preset string `json:"preset"`
	// Family is "glm" (a decoder) or "bert" (an encoder that sees both sides, with BERT's head for masked tokens).
	Family            string `json:"family"`
	HiddenSize        int    `json:"hidden_size"`
	NumHiddenLayers   int    `json:"num_hidden_layers"`
	NumAttentionHeads int    `json:"num_attention_heads"`
	// NumKeyValueHeads divides NumAttentionHeads; by default equal to it.
	NumKeyValueHeads int `json:"num_key_value_heads"`
	// HeadDim is the width of one head; by default HiddenSize / NumAttentionHeads.
	HeadDim int `json:"head_dim"`
	// AttentionBias adds a bias to the query, key and value projections, LinearBias to the attention's output and the MLP.
	AttentionBias bool `json:"attention_bias"`
	LinearBias    bool `json:"linear_bias"`
	// IntermediateSize is the MLP's width; auto (0) is resolved so that every kind of MLP has equally many parameters.
	IntermediateSize int `json:"intermediate_size"`
	// Positions is "rotary" (on a part of each head, as ChatGLM2 and GLM-4), "rotary-2d" (ChatGLM-6B), "learned" (GLM's two
	// tables), "absolute" (BERT's one table) or "none".
	Positions           string  `json:"positions"`
	RopeTheta           float64 `json:"rope_theta"`
	PartialRotaryFactor float64 `json:"partial_rotary_factor"`
	// RopePairing is which dimensions turn together: "interleaved" (2i, 2i+1) or "half" (i, i+d/2).
	RopePairing string `json:"rope_pairing"`
	// MaxPositionEmbeddings is the largest number of positions that tables of positions are made for; 0 without tables.
	MaxPositionEmbeddings int `json:"max_position_embeddings"`
	// TypeVocabSize is the number of token types, each with an embedding; 0 for none.
	TypeVocabSize int `json:"type_vocab_size"`
	// VocabSize is the number of rows of the embedding; 0 stands for the tokenizer's, a larger one pads.
	VocabSize int `json:"vocab_size"`
	// MLP is "swiglu", "geglu" (the gate through the exact GELU), "gelu" (tanh form), "gelu-erf" (exact) or "none" (attention
	// only).
	MLP string `json:"mlp"`
	// Norm is "rmsnorm" or "layernorm".
	Norm    string  `json:"norm"`
	NormEps float64 `json:"norm_eps"`
	// NormPlacement is where a block's parts are normalised: "pre" (their input), "sandwich" (input and output, GLM-4-0414),
	// "normed-residual" (their input, which also is the residual, ChatGLM-6B) or "post" (the sum behind them, BERT).
	NormPlacement string `json:"norm_placement"`
	// ResidualScale multiplies the residual before a part's output is added.
	ResidualScale     float64 `json:"residual_scale"`
	TieWordEmbeddings bool    `json:"tie_word_embeddings"`
	InitializerRange  float64 `json:"initializer_range"`
	// HiddenDropout is the share of values dropped from the output of each part of a block, AttentionDropout from the
	// probabilities, EmbeddingDropout from the sum of the embeddings. Only training drops.
	HiddenDropout    float64 `json:"hidden_dropout"`
	AttentionDropout float64 `json:"attention_dropout"`
	EmbeddingDropout float64 `json:"embedding_dropout"`
}

// Objective is "causal" (next token), "infill" (GLM's blank infilling, arXiv 2103.10360, section 2) or "mlm" (BERT's masked
// tokens, arXiv 1810.04805, section 3.1).
type Objective struct {
	Kind string `json:"kind"`
	// MaskRatio is the share of tokens that are masked, for "infill" and "mlm". All else is for "infill".
	MaskRatio float64 `json:"mask_ratio"`
	// MeanSpan is the Poisson mean of a span's length in tokens, cut at MaxSpan; BlockMaskProb the probability that an input
	// token of part B becomes [dBLOCK]. All for the token-level task.
	MeanSpan      float64 `json:"mean_span"`
	MaxSpan       int     `json:"max_span"`
	BlockMaskProb float64 `json:"block_mask_prob"`
	Tasks         Tasks   `json:"tasks"`
	// GPTMinRatio is the least share of a text that the document-level task generates. GPTInfillProb is the probability that
	// it splits the text into a prefix and the rest; otherwise it cuts one span out of the middle.
	GPTMinRatio   float64 `json:"gpt_min_ratio"`
	GPTInfillProb float64 `json:"gpt_infill_prob"`
	// ShortSeqProb is the probability that a batch's texts are cut into shorter pieces.
	ShortSeqProb float64 `json:"short_seq_prob"`
}

// Tasks are the shares of infilling's tasks, which are drawn for each batch: spans of tokens behind [MASK], whole sentences
// behind [sMASK], one long stretch of a document behind [gMASK].
type Tasks struct {
	Token    float64 `json:"token"`
	Sentence float64 `json:"sentence"`
	Document float64 `json:"document"`
}

// Train is the optimisation. Steps count optimizer updates, from 1.
type Train struct {
	MaxSteps        int `json:"max_steps"`
	GlobalBatchSize int `json:"global_batch_size"`
	SequenceLength  int `json:"sequence_length"`
	// GradientAccumulationSteps is in how many micro-batches the rows of a step go through the network; it divides
	// GlobalBatchSize.
	GradientAccumulationSteps int `json:"gradient_accumulation_steps"`
	// LabelSmoothing is the share of every target's probability that the training loss spreads evenly over the vocabulary.
	LabelSmoothing float64 `json:"label_smoothing"`
	// Precision is the type in which the network computes, "f32" or "bf16": the weights, the optimizer, norms, softmax and
	// logits are in float32 in any case.
	Precision string `json:"precision"`
	// ActivationCheckpointing keeps only the stream between the blocks for the backward pass, which computes the rest again.
	ActivationCheckpointing bool `json:"activation_checkpointing"`
	// LearningRate is the schedule's peak.
	LearningRate float64 `json:"learning_rate"`
	// LRSchedulerType is "cosine", "cosine_with_restarts", "linear", "polynomial", "inverse_sqrt", "constant" or "wsd"
	// (warm-up, stable, decay). All of them begin with a warm-up.
	LRSchedulerType string  `json:"lr_scheduler_type"`
	WarmupRatio     float64 `json:"warmup_ratio"`
	// WarmupSteps, where it is written, takes the place of WarmupRatio.
	WarmupSteps int `json:"warmup_steps"`
	// WarmupStartRatio is where the warm-up begins, as a share of LearningRate.
	WarmupStartRatio float64 `json:"warmup_start_ratio"`
	// DecayRatio is the share of the steps in which "wsd" decays, DecayType how: "linear", "cosine" or "1-sqrt".
	DecayRatio float64 `json:"decay_ratio"`
	DecayType  string  `json:"decay_type"`
	// NumCycles are the falls of "cosine_with_restarts"; Power is the exponent of "polynomial".
	NumCycles int     `json:"num_cycles"`
	Power     float64 `json:"power"`
	// MinLRRatio is the floor of a decay, as a share of LearningRate.
	MinLRRatio  float64    `json:"min_lr_ratio"`
	WeightDecay float64    `json:"weight_decay"`
	AdamBeta1   float64    `json:"adam_beta1"`
	AdamBeta2   float64    `json:"adam_beta2"`
	AdamEpsilon float64    `json:"adam_epsilon"`
	MaxGradNorm float64    `json:"max_grad_norm"`
	Stop        Stop       `json:"stop"`
	Checkpoint  Checkpoint `json:"checkpoint"`
}

// Stop are the rules by which a run is finished before MaxSteps. The schedule of the learning rate does not know of them.
type Stop struct {
	// NaN finishes a run whose loss is no number, with the weights before, where a run fails otherwise.
	NaN        bool       `json:"nan"`
	Divergence Divergence `json:"divergence"`
	Plateau    Plateau    `json:"plateau"`
	// MaxTokens are positions that are trained on, padding included; 0 is no limit.
	MaxTokens int64 `json:"max_tokens"`
	// MaxTime is the time of the training in all attempts, as Go writes durations; empty is no limit.
	MaxTime string `json:"max_time"`
}

// Divergence is a training loss above Factor times its smoothed minimum for that many steps; a Factor of 0 is no rule.
type Divergence struct {
	Factor float64 `json:"factor"`
	Steps  int     `json:"steps"`
}

// Plateau is a validation metric that does not improve by more than MinDelta on its best value, seen every so many steps,
// Patience times in a row; a Patience of 0 is no rule.
type Plateau struct {
	Metric   string  `json:"metric"`
	Every    int     `json:"every"`
	Patience int     `json:"patience"`
	MinDelta float64 `json:"min_delta"`
}

// Checkpoint says every how many steps one is written (0: only at the end) and how many are kept.
type Checkpoint struct {
	Every int `json:"every"`
	Keep  int `json:"keep"`
	// Best is the metric whose best value is kept, too; empty is none.
	Best string `json:"best"`
}

// Record says what a run stores. It has a digest of its own and is no part of a trial's identity.
type Record struct {
	Metrics    Interval `json:"metrics"`
	Validation Interval `json:"validation"`
	// HeadScores measures what every head does on a fixed generated probe: previous token, first token, induction, same token,
	// block-diagonal, entropy, distance.
	HeadScores Interval `json:"head_scores"`
	// HeadAblation says when the loss is measured without each head: "log", "end" or "never".
	HeadAblation HeadAblation `json:"head_ablation"`
	Attention    Attention    `json:"attention"`
	Samples      Samples      `json:"samples"`
}

// Samples are texts that the model in training makes of prompts. The draws are decided by the run's seed and the step.
type Samples struct {
	// At is "log" (steps 0, 1, 2, 4, 8 … and the last), "end" or "never".
	At           string   `json:"at"`
	Prompts      []string `json:"prompts"`
	MaxNewTokens int      `json:"max_new_tokens"`
	// Temperature, TopK and TopP are those of generation; a temperature of 0 takes the most probable token.
	Temperature float64 `json:"temperature"`
	TopK        int     `json:"top_k"`
	TopP        float64 `json:"top_p"`
}

// HeadAblation measures what the loss of the first validation batch gains when a head's output is replaced by its mean.
type HeadAblation struct {
	At string `json:"at"`
}

// Interval is a number of steps; 0 means never, except that the last step of a run is recorded where Every is positive.
type Interval struct {
	Every int `json:"every"`
}

// Attention says at which steps the maps of the prompts are captured: "log" (0, 1, 2, 4, 8 … and the last), "end" or
// "never".
type Attention struct {
	At      string   `json:"at"`
	Prompts []string `json:"prompts"`
}

// Variation is one named ablation: settings changed against the baseline.
type Variation struct {
	Name string       `json:"name"`
	Set  []Assignment `json:"set"`
}

// Assignment sets the field at a dotted path. Value is the YAML text of the new value.
type Assignment struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Sweep declares variants by the product of lists.
type Sweep struct {
	Grid []Axis `json:"grid"`
}

// Axis is one dotted path of a grid and its values, as YAML text.
type Axis struct {
	Path   string   `json:"path"`
	Values []string `json:"values"`
}

// Compare says what the table is about.
type Compare struct {
	Metric string `json:"metric"`
	// Goal is "minimize" or "maximize".
	Goal string `json:"goal"`
	// Baseline is the variant that the others are compared with.
	Baseline string `json:"baseline"`
	// Also lists further metrics whose means the table shows, without a test.
	Also []string `json:"also"`
}

// Run is how and where to train: host matters that are never part of a trial's identity.
type Run struct {
	// Backend is "auto", "xla-cuda", "xla-cpu" or "go".
	Backend string `json:"backend"`
	// Slots is how many attempts run at once; 0 means one per core.
	Slots int `json:"slots"`
}
