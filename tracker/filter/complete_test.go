package filter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestComplete gives texts with a | at the cursor, and what they can become: the first ones that are offered.
func TestComplete(t *testing.T) {
	for text, want := range map[string][]string{
		"sta|":                      {"status|", "started|"},
		"status| = lost":            nil,
		"stat|us = lost":            {"status| = lost"},
		"st|us = lost":              {"status| = lost", "started| = lost"},
		"learn|":                    {"train.learning_rate|"},
		"val|":                      {"val/loss|"},
		"seed = 1 and val/|":        {"seed = 1 and val/loss|"},
		"param.s|":                  {"param.seed|", "param.model.intermediate_size|"},
		"metric.l|":                 {"metric.loss|", "metric.train/loss|", "metric.val/loss|"},
		"gpu|":                      {"gpu/memory@rank-0|", "gpu/memory@rank-1|"},
		"weird|":                    {"`weird tag`|"},
		"`weird t|":                 {"`weird tag`|"},
		"tag.`wei|rd` = 3":          {"tag.`weird tag`| = 3"},
		"los|":                      {"param.loss|", "metric.loss|", "tag.loss|", "train/loss|"},
		"min(va|":                   {"min(val/loss|"},
		"min(val/loss |":            {"min(val/loss )|"},
		"me|":                       {"mean(|", "gpu/memory@rank-0|"},
		"val/loss@|":                {"val/loss@`rank 1`|", "val/loss@rank-0|"},
		"val/loss@rank-|":           {"val/loss@rank-0|"},
		"status |":                  {"status =|", "status !=|", "status in|", "status like|", "status ~|", "status !~|", "status not in|", "status not like|", "status is null|", "status is not null|"},
		"status l|":                 {"status like|"},
		"val/loss is |":             {"val/loss is null|", "val/loss is nan|", "val/loss is not null|", "val/loss is not nan|"},
		"val/loss is no|":           {"val/loss is not null|", "val/loss is not nan|"},
		"seed is not |":             {"seed is not null|"},
		"seed not |":                {"seed not in|"},
		"seed in |":                 {"seed in (|"},
		"seed in (1 |":              {"seed in (1 ,|", "seed in (1 )|"},
		"status = |":                {"status = planned|", "status = running|", "status = finished|", "status = failed|", "status = stopped|", "status = lost|"},
		"status = f|":               {"status = finished|", "status = failed|"},
		"status = 'fin|":            {"status = finished|"},
		"status = 'fi|n' and":       {"status = finished| and"},
		"status in (lost, ru|":      {"status in (lost, running|"},
		"model.tie = |":             {"model.tie = true|", "model.tie = false|"},
		"created > |":               {"created > now|", "created > -1d|", "created > -7d|", "created > -30d|"},
		"variant = |":               nil,
		"seed = 1 |":                {"seed = 1 and|", "seed = 1 or|"},
		"(seed = 1 |":               {"(seed = 1 and|", "(seed = 1 or|", "(seed = 1 )|"},
		"not (seed = 1 a|":          {"not (seed = 1 and|"},
		"not seed = 1 |":            {"not seed = 1 and|", "not seed = 1 or|"},
		"broken a|":                 {"broken and|"},
		"nothing |":                 nil,
		"status finished |":         nil,
		"seed = 1) |":               nil,
		"seed = 1 & |":              nil,
		"注 = 'a' and status = lo|x": {"注 = 'a' and status = lost|"},
		"duration |":                {"duration <|", "duration <=|", "duration >|", "duration >=|", "duration is null|", "duration is not null|"},
	} {
		before, after, _ := strings.Cut(text, "|")
		runes := []rune(before + after)
		var got []string
		for _, c := range Complete(string(runes), len([]rune(before)), known) {
			got = append(got, string(runes[:c.Start])+c.Text+"|"+string(runes[c.End:]))
		}
		if len(want) > 0 {
			got = got[:min(len(want), len(got))]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestCompleteAll checks that all kinds are offered where anything may stand, each told apart.
func TestCompleteAll(t *testing.T) {
	details := map[string]string{}
	for _, c := range Complete("", 0, known) {
		details[c.Text] = c.Detail
	}
	for text, want := range map[string]string{
		"status": "attribute", "model.intermediate_size": "param: number, string", "val/loss": "metric", "broken": "tag", "min(": "summary", "not": "keyword", "`and`": "tag", "`1e3`": "tag",
	} {
		if details[text] != want {
			t.Errorf("%s is %q, want %q", text, details[text], want)
		}
	}
	for _, cursor := range []int{-1, 1} {
		if list := Complete("", cursor, known); list != nil {
			t.Errorf("at %d: %v", cursor, list)
		}
	}
}
