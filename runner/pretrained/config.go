package pretrained

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"inkstone/experiments"
)

// Config is what a config.json says.
type Config struct {
	Dialect Dialect
	// Model is the network; the fields that the dialect has no word for have their defaults.
	Model experiments.Model
	// Positions is the longest row that the model was made for; 0 where the file does not say.
	Positions int
	// BOS, EOS and Pad are ids of tokens; several end a text.
	BOS, EOS, Pad []int
	// Labels is the number of classes of a task's head; 0 without one.
	Labels int
	// DType is the type in which the tensors are said to be stored, as "bfloat16".
	DType string
	// Warnings are contradictions and settings without effect, each a sentence for the reader.
	Warnings []string
}

// configName is the file of a folder.
const configName = "config.json"

// ReadConfig reads a config.json, or that of a folder, in any of the published forms.
func ReadConfig(path string) (Config, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, configName)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read the model's configuration: %w", err)
	}
	c, err := parseConfig(text)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readers read each dialect's form.
var readers = map[Dialect]func(*document, *Config){
	GLM: readNative, GLM4: readNative, ChatGLM: readChatGLM, ChatGLM1: readChatGLM1, GLMOriginal: readOriginal, BERT: readBERT,
}

func parseConfig(text []byte) (Config, error) {
	d, err := parseDocument(text)
	if err != nil {
		return Config{}, err
	}
	c := Config{Model: experiments.Model{Family: "glm", NormPlacement: "pre", ResidualScale: 1, InitializerRange: d.float("initializer_range", 0.02)}}
	if c.Dialect, err = detect(d); err != nil {
		return Config{}, err
	}
	readers[c.Dialect](d, &c)
	c.BOS, c.EOS, c.Pad = d.ids("bos_token_id"), d.ids("eos_token_id"), d.ids("pad_token_id")
	c.DType = d.text("torch_dtype", d.text("dtype", ""))
	c.Labels = labels(d)
	d.must("quantization_bit", "0", "the weights are quantised; use the model that was not")
	d.must("quantization_config", "{}", "the weights are quantised; use the model that was not")
	d.ignore("architectures", "model_type", "use_cache", "auto_map", "_name_or_path", "transformers_version", "return_dict", "mask_token_id",
		"gmask_token_id", "cls_token_id", "sep_token_id", "num_labels", "id2label", "label2id", "problem_type", "classifier_dropout")
	c.check(d)
	for _, key := range d.unread() {
		c.warn("%s: unknown, and without effect", key)
	}
	return c, d.err()
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}

// detect tells the dialect by model_type, and the forms that share one by their fields.
func detect(d *document) (Dialect, error) {
	kind := d.text("model_type", "")
	switch {
	case kind == "chatglm" && d.has("inner_hidden_size"), kind == "" && d.has("position_encoding_2d"):
		return ChatGLM1, nil
	case kind == "chatglm":
		return ChatGLM, nil
	case kind == "glm_original", kind == "glm" && d.has("block_position_encoding"):
		return GLMOriginal, nil
	case kind == "glm", kind == "glm4", kind == "bert":
		return Dialect(kind), nil
	case kind == "":
		return "", fmt.Errorf("model_type: it is missing; want glm, glm4, chatglm or bert")
	}
	return "", fmt.Errorf("model_type: %q is not supported; glm, glm4, chatglm, glm_original and bert are", kind)
}

// labels is the number of a head's classes: num_labels, or the entries of id2label.
func labels(d *document) int {
	names := value(d, "id2label", map[string]any(nil), "an object")
	return value(d, "num_labels", len(names), "a whole number")
}

// check asks for what every model needs, and fills in what follows.
func (c *Config) check(d *document) {
	m := &c.Model
	if m.NumKeyValueHeads > 0 && m.NumAttentionHeads%m.NumKeyValueHeads != 0 {
		d.fail(configName, "%d groups of keys and values do not divide %d heads", m.NumKeyValueHeads, m.NumAttentionHeads)
	}
	if m.HeadDim == 0 {
		if m.HiddenSize%m.NumAttentionHeads != 0 {
			d.fail(configName, "%d heads do not divide the width %d", m.NumAttentionHeads, m.HiddenSize)
		}
		m.HeadDim = m.HiddenSize / m.NumAttentionHeads
	}
	if m.NormEps <= 0 || m.NormEps >= 1 {
		d.fail(configName, "the normalisation's epsilon must be above 0 and below 1, not %v", m.NormEps)
	}
	if strings.HasPrefix(m.Positions, "rotary") {
		if m.RopeTheta < 1 {
			d.fail(configName, "the rotation's base must be at least 1, not %v", m.RopeTheta)
		}
		if m.Positions == "rotary" && (m.PartialRotaryFactor <= 0 || m.PartialRotaryFactor > 1) {
			d.fail("partial_rotary_factor", "want a share above 0 and at most 1, not %v", m.PartialRotaryFactor)
		}
	}
}
