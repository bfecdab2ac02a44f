package experiments

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// field is one line of the table that defines a spec: what may be written at a path, its default, and what it means.
type field struct {
	path string
	// value is the default as YAML text. A default that other fields decide is worded in auto and filled in by resolve;
	// a field with neither must be written.
	value, auto string
	rule        rule
	meaning     string
}

// rule bounds a field's value. The zero rule allows everything.
type rule struct {
	words     []string // texts allowed
	low, high float64  // numbers allowed, both included, unless low and high are equal
	above     bool     // low itself is not allowed
	below     bool     // high itself is not allowed
}

func oneOf(words ...string) rule          { return rule{words: words} }
func between(low, high float64) rule      { return rule{low: low, high: high} }
func above(low, high float64) rule        { return rule{low: low, high: high, above: true} }
func betweenBelow(low, high float64) rule { return rule{low: low, high: high, below: true} }

const required = "" // reads better in the table

// most bounds counts that only a slip would pass.
const most = 1 << 30

// fields is the table. Its order is that of a spec.
var fields = []field{
	{"spec", required, "", between(1, 1), "version of the format: 1"},
	{"name", required, "", rule{}, "the experiment's name: lower-case letters, digits, - _ ."},
	{"question", `""`, "", rule{}, "what the experiment asks, in a sentence"},
	{"seeds", "5", "", rule{}, "a number n for seeds 1 to n, or a list of seeds"},

	{"data.corpus", required, "none, if files are given", oneOf("go-stdlib", "repeats"), "built-in corpus: the Go standard library's source, or generated repeats of symbols"},
	{"data.files", "[]", "", rule{}, "globs of .txt and .jsonl files, relative to the spec's folder"},
	{"data.field", "text", "", rule{}, "key of a .jsonl line that holds the text"},
	{"data.repeats.symbols", "32", "", between(2, 52), "how many distinct symbols there are; shown as A-Z, then a-z"},
	{"data.repeats.min_period", "6", "", between(1, 52), "shortest period of a sequence"},
	{"data.repeats.max_period", "24", "", between(1, 52), "longest period of a sequence"},
	{"data.packing", "none", "", oneOf("none", "documents"), "rows of text: windows at random places of the stream, or rows filled with whole documents that do not see each other"},
	{"data.validation.share", "0.02", "", above(0, 0.5), "share of the documents that is held out (not for generated corpora)"},
	{"data.validation.batches", "16", "", between(1, 1e6), "batches that one validation averages over"},
	{"data.validation.seed", "1234", "", between(0, math.MaxInt64), "seed of the validation windows and masks, the same for all runs"},

	{"tokenizer.kind", "auto", "", oneOf("auto", "bytes", "bpe", "symbols"), "auto: symbols for the corpus repeats, bytes otherwise; bpe is trained on the corpus"},
	{"tokenizer.vocab_size", "1024", "", between(257, 65536), "entries of bpe's vocabulary, the 256 bytes included"},

	{"model.preset", `""`, "", rule{}, "a published model or a sibling of one, whose settings stand in for those not written; `inkstone presets` lists them"},
	{"model.family", "glm", "", oneOf("glm", "bert"), "glm: a decoder; bert: an encoder that sees both sides, with the head of a masked language model"},
	{"model.hidden_size", required, "", between(1, 65536), "width"},
	{"model.num_hidden_layers", required, "", between(1, 1000), "blocks"},
	{"model.num_attention_heads", required, "", between(1, 1024), "heads of a block"},
	{"model.num_key_value_heads", required, "num_attention_heads", between(1, 1024), "groups that share keys and values; they divide the heads"},
	{"model.head_dim", required, "hidden_size / num_attention_heads", between(1, 65536), "width of a head"},
	{"model.attention_bias", "true", "", rule{}, "biases of the query, key and value projections"},
	{"model.linear_bias", "false", "", rule{}, "biases of the attention's output and of the MLP"},
	{"model.intermediate_size", "auto", "", between(1, 1<<20), "width of the MLP; auto: equal parameters whatever the mlp, with k = ceil(4/3 hidden_size) 3k for gelu and 2k for swiglu"},
	{"model.positions", "rotary", "", oneOf("rotary", "rotary-2d", "learned", "absolute", "none"), "how a token's place is told: ChatGLM2's rotation, ChatGLM-6B's two-dimensional one, GLM's two tables, BERT's one, or not at all"},
	{"model.rope_theta", "10000", "", between(1, 1e12), "base of the rotation's wavelengths"},
	{"model.partial_rotary_factor", "0.5", "", above(0, 1), "share of each head that rotary turns"},
	{"model.rope_pairing", required, "half for rotary-2d, else interleaved", oneOf("interleaved", "half"), "which dimensions of a head turn together: neighbours, or one of each half"},
	{"model.max_position_embeddings", required, "train.sequence_length", between(1, 1<<20), "positions of the tables of learned and absolute"},
	{"model.type_vocab_size", "0", "", between(0, 1024), "token types, each with an embedding; 0: none"},
	{"model.vocab_size", required, "the tokenizer's", between(1, 1<<24), "rows of the embedding; those beyond the tokenizer's stay unused"},
	{"model.mlp", "swiglu", "", oneOf("swiglu", "geglu", "gelu", "gelu-erf", "none"), "kind of MLP; gelu is the tanh form, gelu-erf and geglu's gate are exact; none leaves attention only"},
	{"model.norm", "rmsnorm", "", oneOf("rmsnorm", "layernorm"), "kind of normalisation"},
	{"model.norm_eps", "1e-5", "", above(0, 1), "added to the normalisation's variance"},
	{"model.norm_placement", "pre", "", oneOf("pre", "sandwich", "normed-residual", "post"), "pre: before each part of a block; sandwich: before and behind it (GLM-4-0414); normed-residual: before it and its residual (ChatGLM-6B); post: behind the sum (BERT)"},
	{"model.residual_scale", required, "√(2 num_hidden_layers) for normed-residual, else 1", above(0, 1e3), "multiplies the residual of each part of a block"},
	{"model.tie_word_embeddings", "false", "", rule{}, "the output projection is the embedding"},
	{"model.initializer_range", "0.02", "", above(0, 10), "standard deviation of the initial weights"},
	{"model.hidden_dropout", "0", "", betweenBelow(0, 1), "share of each part's output that is dropped in training"},
	{"model.attention_dropout", "0", "", betweenBelow(0, 1), "share of the attention's probabilities that is dropped in training"},
	{"model.embedding_dropout", "0", "", betweenBelow(0, 1), "share of the embeddings that is dropped in training"},

	{"objective.kind", "causal", "", oneOf("causal", "infill", "mlm"), "causal (next token), infill (GLM's blank infilling) or mlm (BERT's masked tokens); `objective: infill` is short for it"},
	{"objective.mask_ratio", "0.15", "", above(0, 0.9), "infill, mlm: share of the tokens that are masked"},
	{"objective.mean_span", "3", "", above(0, 1000), "infill: mean of a span's length in tokens (Poisson)"},
	{"objective.max_span", "39", "", between(1, 1e6), "infill: longest span in tokens"},
	{"objective.block_mask_prob", "0.1", "", betweenBelow(0, 1), "infill: probability that an input token of a span is blanked, too"},
	{"objective.tasks.token", "1", "", between(0, 1), "infill: share of the batches that mask spans of tokens; the three shares make 1"},
	{"objective.tasks.sentence", "0", "", between(0, 1), "infill: share of the batches that mask whole sentences"},
	{"objective.tasks.document", "0", "", between(0, 1), "infill: share of the batches that generate one long stretch"},
	{"objective.gpt_min_ratio", "0.5", "", betweenBelow(0, 1), "infill, document task: least share of a text that is generated"},
	{"objective.gpt_infill_prob", "0.5", "", between(0, 1), "infill, document task: probability that the text's end is generated; else a stretch in its middle"},
	{"objective.short_seq_prob", "0", "", between(0, 1), "infill: probability that a batch's texts are cut into shorter pieces"},

	{"train.max_steps", required, "", between(1, most), "optimizer updates"},
	{"train.global_batch_size", required, "", between(1, 1<<20), "sequences of a step"},
	{"train.sequence_length", required, "", between(2, 1<<20), "tokens of a sequence"},
	{"train.gradient_accumulation_steps", "1", "", between(1, 1<<20), "micro-batches that the sequences of a step go through the network in: less memory, the same gradient"},
	{"train.label_smoothing", "0", "", betweenBelow(0, 1), "share of a target's probability that the training loss spreads over the vocabulary; validation stays exact"},
	{"train.precision", "f32", "", oneOf("f32", "bf16"), "type of the network's stream and products; weights, optimizer, norms, softmax and logits stay in f32"},
	{"train.activation_checkpointing", "false", "", rule{}, "the backward pass computes each block again in place of keeping its activations: less memory, about a third more work"},
	{"train.learning_rate", required, "", above(0, 10), "peak of the schedule"},
	{"train.lr_scheduler_type", "cosine", "", oneOf("cosine", "cosine_with_restarts", "linear", "polynomial", "inverse_sqrt", "constant", "wsd"), "shape of the schedule after the warm-up; wsd: stable, then a decay"},
	{"train.warmup_ratio", "0.1", "", betweenBelow(0, 1), "share of the steps that warm up, linearly"},
	{"train.warmup_steps", required, "warmup_ratio of max_steps", between(0, most), "steps that warm up, in place of warmup_ratio"},
	{"train.warmup_start_ratio", "0", "", between(0, 1), "where the warm-up begins, as a share of learning_rate"},
	{"train.decay_ratio", "0.2", "", above(0, 1), "wsd: share of the steps that decay"},
	{"train.decay_type", "linear", "", oneOf("linear", "cosine", "1-sqrt"), "wsd: shape of the decay"},
	{"train.num_cycles", "1", "", between(1, 1e6), "cosine_with_restarts: falls from the peak to the floor"},
	{"train.power", "1", "", above(0, 100), "polynomial: exponent of the share of the steps that are left"},
	{"train.min_lr_ratio", "0", "", between(0, 1), "floor of the decay, as a share of learning_rate"},
	{"train.weight_decay", "0.01", "", between(0, 10), "AdamW's decay of matrices; norms and biases have none"},
	{"train.adam_beta1", "0.9", "", betweenBelow(0, 1), "decay of the gradient's mean"},
	{"train.adam_beta2", "0.95", "", betweenBelow(0, 1), "decay of the squared gradient's mean"},
	{"train.adam_epsilon", "1e-8", "", above(0, 1), "added to the root of the squared gradient's mean"},
	{"train.max_grad_norm", "1", "", between(0, 1e9), "gradients are scaled down to this global norm; 0: never"},
	{"train.stop.nan", "false", "", rule{}, "a loss that is no number, also after a reload, finishes the run with the weights before it; otherwise the run fails"},
	{"train.stop.divergence.factor", "0", "", between(0, 1e6), "finishes a run whose training loss is above this many times its smoothed minimum; 0: never"},
	{"train.stop.divergence.steps", "20", "", between(1, most), "steps in a row that the loss must be above it"},
	{"train.stop.plateau.metric", required, "compare.metric if it is val/…, else val/loss", rule{}, "validation metric that must go on improving"},
	{"train.stop.plateau.every", required, "record.validation.every", between(1, most), "steps between looks at the metric; each is a validation"},
	{"train.stop.plateau.patience", "0", "", between(0, most), "looks in a row without improvement that finish the run; 0: never"},
	{"train.stop.plateau.min_delta", "0", "", between(0, 1e6), "an improvement is more than this"},
	{"train.stop.max_tokens", "0", "", between(0, 1<<60), "tokens after which the run is finished, padding included; 0: max_steps alone decides"},
	{"train.stop.max_time", required, "none", rule{}, "training time after which the run is finished, over all attempts: 90m, 2h30m; it makes the result depend on the machine"},
	{"train.checkpoint.every", "100", "", between(0, most), "steps between checkpoints; 0: only at the end"},
	{"train.checkpoint.keep", "2", "", between(1, 1e6), "checkpoints that are kept, the newest ones"},
	{"train.checkpoint.best", required, "false", rule{}, "true or a metric: the checkpoint of its best value is written and kept, too; true: compare.metric if training measures it, else val/loss"},

	{"record.metrics.every", "10", "", between(1, most), "steps between the training metrics' points"},
	{"record.validation.every", "50", "", between(0, most), "steps between validations, with one before and one after training; 0: never"},
	{"record.head_scores.every", required, "validation.every for the corpus repeats, else 0", between(0, most), "steps between scores of every attention head (previous token, induction …); 0: never"},
	{"record.head_ablation.at", required, "end where heads are scored, else never", oneOf("log", "end", "never"), "when the loss without each head is measured; log: steps 0, 1, 2, 4, 8 … and the last"},
	{"record.attention.at", required, "log with prompts, else never", oneOf("log", "end", "never"), "when attention maps are captured; log: steps 0, 1, 2, 4, 8 … and the last"},
	{"record.attention.prompts", "[]", "", rule{}, "texts whose attention is captured"},
	{"record.samples.at", required, "log with prompts, else never", oneOf("log", "end", "never"), "when texts are generated; log: steps 0, 1, 2, 4, 8 … and the last"},
	{"record.samples.prompts", "[]", "", rule{}, "texts to go on from; with the objective infill, texts whose [MASK], [sMASK] or [gMASK] is filled in"},
	{"record.samples.max_new_tokens", "64", "", between(1, most), "tokens of a text at most"},
	{"record.samples.temperature", "0", "", between(0, 100), "0 takes the most probable token, else draws are made"},
	{"record.samples.top_k", "0", "", between(0, most), "draw from so many of the most probable tokens; 0: all"},
	{"record.samples.top_p", "1", "", above(0, 1), "draw from the most probable tokens that together reach this probability"},

	{"ablate", "{}", "", rule{}, "named variants: {one-layer: {model.num_hidden_layers: 1}, …}"},
	{"sweep.grid", "{}", "", rule{}, "variants by the product of lists: {train.learning_rate: [1e-3, 3e-3], …}"},

	{"compare.metric", "val/loss", "", rule{}, "the metric that the table is about"},
	{"compare.goal", required, "maximize for accuracies, scores and speed, else minimize", oneOf("minimize", "maximize"), "which values are better"},
	{"compare.baseline", "baseline", "", rule{}, "the variant that the others are compared with"},
	{"compare.also", "[]", "", rule{}, "further metrics whose means the table shows"},

	{"run.backend", "auto", "", oneOf("auto", "xla-cuda", "xla-cpu", "go"), "what computes; never part of a trial's identity, as all of run"},
	{"run.slots", "0", "", between(0, 1024), "attempts at once; 0: one per core"},
}

// missing tells whether the field must be written.
func (f field) missing() bool { return f.value == required && f.auto == "" }

// fixed tells why a field cannot vary between variants, or is empty.
func (f field) fixed() string {
	group, _, _ := strings.Cut(f.path, ".")
	switch {
	case strings.HasPrefix(f.path, "train.checkpoint."):
		return "checkpoints change no weights"
	case group == "spec" || group == "name" || group == "question":
		return "it describes the whole experiment"
	case group == "seeds":
		return "every variant is trained with the same seeds, so that they can be paired"
	case group == "record" || group == "compare":
		return "all variants are recorded and compared alike"
	case group == "run":
		return "it is a matter of the host and changes no weights"
	case group == "ablate" || group == "sweep":
		return "variants do not nest"
	}
	return ""
}

// lookup returns the table's line for a path; "objective" stands for its kind.
func lookup(path string) (field, bool) {
	if path == "objective" {
		path = "objective.kind"
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.path == path })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

// broken words what the rule wants, or is empty where the value fits.
func (r rule) broken(value any) string {
	if r.words != nil {
		if text, ok := value.(string); ok && slices.Contains(r.words, text) {
			return ""
		}
		return "it is one of " + strings.Join(r.words, ", ")
	}
	if r.low == r.high && r.low == 0 {
		return ""
	}
	x, _ := strconv.ParseFloat(fmt.Sprint(value), 64)
	if (x > r.low || x == r.low && !r.above) && (x < r.high || x == r.high && !r.below) {
		return ""
	}
	return "it must be " + r.span()
}

func (r rule) span() string {
	if r.low == r.high {
		return digits(r.low)
	}
	low, high := "at least ", "at most "
	if r.above {
		low = "above "
	}
	if r.below {
		high = "below "
	}
	return low + digits(r.low) + " and " + high + digits(r.high)
}

func digits(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}
