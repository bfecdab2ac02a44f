package model_test

import (
	"testing"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// TestPublishedCounts holds every preset's parameters against the published models (folder param_counts) and, for the small
// siblings, against counts by hand.
func TestPublishedCounts(t *testing.T) {
	var published []struct {
		Name       string
		Parameters int64
	}
	reference.JSON(t, &published, "param_counts", "param_counts.json")
	want := map[string]int64{}
	for _, p := range published {
		want[p.Name] = p.Parameters
	}
	names := map[string]string{
		"chatglm-6b": "chatglm-6b (v1) with lm_head", "chatglm2-6b": "chatglm2-6b / chatglm3-6b", "chatglm3-6b": "chatglm2-6b / chatglm3-6b",
		"glm-4-9b-chat": "glm-4-9b", "glm-4-9b-chat-1m": "glm-4-9b-chat-1m (4 groups)", "glm-4-0414-9b": "glm-4-9b-0414",
		"glm-4-0414-32b": "glm-4-32b-0414", "glm-edge-1.5b": "glm-edge-1.5b tied",
	}
	rounded := map[string]float64{"nano": 1.51e6, "micro": 5.77e6, "mini": 26.8e6, "small": 98.3e6, "medium": 298e6, "bert-base": 109.5e6, "bert-mini": 11.2e6}
	for _, p := range experiments.Presets() {
		name := p.Name
		if known, ok := names[name]; ok {
			name = known
		}
		got := model.Count(p.Model, 0, 0)
		if about, ok := rounded[p.Name]; ok {
			if off := float64(got)/about - 1; off < -0.005 || off > 0.005 {
				t.Errorf("%s has %d parameters, want about %g", p.Name, got, about)
			}
		} else if got != want[name] {
			t.Errorf("%s has %d parameters, want %d", p.Name, got, want[name])
		}
	}
}

// TestUntiedCount holds a preset whose head is untied against the published count.
func TestUntiedCount(t *testing.T) {
	m := presetModel(t, "glm-edge-1.5b")
	m.TieWordEmbeddings = false
	if got := model.Count(m, 0, 0); got != 1593427968 {
		t.Errorf("%d parameters, want 1593427968", got)
	}
}

func presetModel(t *testing.T, name string) experiments.Model {
	t.Helper()
	for _, p := range experiments.Presets() {
		if p.Name == name {
			return p.Model
		}
	}
	t.Fatalf("there is no preset %s", name)
	return experiments.Model{}
}
