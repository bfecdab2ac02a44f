package filter

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
)

// wrong are filters with mistakes, by the part of the language that refuses them.
var wrong = map[string][]string{
	"syntax": {
		"status =", "status = finished and", "status finished", "status = finished variant = a", "(status = finished", "status = finished)", "()",
		"and status = lost", "3 < seed", "seed not 3", "seed not lik 3", "seed is 3", "seed in 3", "seed in ()", "seed in (1 2)", "seed in (1,", "val/loss = nan",
		"parent != null", "variant = and", "variant = `a`", "variant = 'a", "`val/loss < 3", "`` = 3", "seed = 1 && seed = 2", "!tag.broken", "seed ≥ 3", "（seed = 1）",
		"variant = “a”", "experiment like go-%", "mni(val/loss) < 3", "min(val/loss < 3", "min() < 3", "min(val/loss)@rank-0 < 3", "metric. < 3", "metric.'x' < 3", "a+b",
		"val/loss@ < 3", "val/loss@a+b < 3", "'val/loss' < 3", "注意 = '注\u0301' adn seed = 1", "seed = 1\nand seed 2", "= 3", "now > created", "variant = *", "variant ~ ~",
		strings.Repeat("seed = 1 and ", 20) + "seed 1" + strings.Repeat(" and seed = 1", 20),
	},
	"names": {
		"stauts = finished", "Status = finished", "learning_rate > 1", "train.learning_rat > 1", "val/los < 3", "tag.broke", "param.val/loss > 1", "metric.val/lss > 1",
		"loss < 3", "loss@rank-0 < 1", "min(train.learning_rate) < 3", "seed@x = 1", "min(valloss) < 3", "val/loss@rank-O < 3", "gpu/memory > 3", "train/loss@x > 1",
		"nothing_like_it = 1", "min(status) = 1", "`weird tga`", "param.nothing = 1 or tag.nothing or metric.nothing = 1",
	},
	"types": {
		"status < 3", "status = finishd", "status in (finished, Failed, won)", "status = 'finishd'", "seed ~ 3", "seed like '3%'", "seed = abc", `seed = "3"`, "seed = 1e999",
		"created = 2026-11-01", "created > 7d", "created > '2026-11-01'", "created > 2026-13-01", "duration > 600", "duration > -10m", "duration > long", "duration > '10m'",
		"val/loss < train/loss", "model.tie = ture", "model.tie = 1", "model.tie > true", "model.intermediate_size > auto", "model.layers < 3", "data.cache = 1", "variant < b",
		"train.learning_rate is nan", "min(val/loss) is nan", "tag.kind is nan", "status", "val/loss", "train.max_steps or parent", "variant ~ '^(one'", `variant ~ "a\d**"`,
		"variant ~ '注[z-a]'", "variant ~ '(?P<x>a){2000}'", `variant like 'a\\'`, "tag.kind > 3", "seed in (1, b, '3')",
	},
}

func TestErrors(t *testing.T) {
	for part, texts := range wrong {
		var out strings.Builder
		for _, text := range texts {
			e, err := Parse(text, now)
			if (err != nil) != (part == "syntax") {
				t.Errorf("Parse(%s): %v", text, err)
			}
			if err == nil {
				_, err = Check(e, known)
			}
			if err == nil {
				t.Errorf("%s is right", text)
				continue
			}
			out.WriteString(err.Error() + "\n\n")
		}
		golden.Check(t, "testdata/"+part+".golden", out.String())
	}
}

// TestErrorPlaces checks that every mistake lies within its text.
func TestErrorPlaces(t *testing.T) {
	for _, texts := range wrong {
		for _, text := range texts {
			e, err := Parse(text, now)
			if err == nil {
				_, err = Check(e, known)
			}
			var list Errors
			if !errors.As(err, &list) {
				t.Fatalf("%s: %T is not Errors", text, err)
			}
			for _, m := range list {
				if m.Text != text || m.Column < 1 || m.Length < 0 || m.Column-1+m.Length > len([]rune(text)) {
					t.Errorf("%s: %+v", text, m)
				}
			}
		}
	}
}

// TestLongMistakes checks that a message stays short, however long the word is that it is about.
func TestLongMistakes(t *testing.T) {
	long := strings.Repeat("a", 10000)
	for _, text := range []string{long + " = 1", "seed = " + long, "seed " + long, "seed = 1 " + long, "status = '" + long + "'", "id ~ '(" + long + "'", strings.Repeat("#", 10000)} {
		e, err := Parse(text, now)
		if err == nil {
			_, err = Check(e, known)
		}
		if err == nil || len(err.Error()) > 1500 {
			t.Errorf("%.20s…: %v", text, err)
		}
	}
}

func TestErrorJSON(t *testing.T) {
	e, err := Parse("名 = 1 and stauts = lost", now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Check(e, known)
	got, _ := json.MarshalIndent(err, "", " ")
	want := `[
 {
  "text": "名 = 1 and stauts = lost",
  "column": 1,
  "length": 1,
  "message": "no run has an attribute, param, metric or tag 名"
 },
 {
  "text": "名 = 1 and stauts = lost",
  "column": 11,
  "length": 6,
  "message": "no run has an attribute, param, metric or tag stauts",
  "suggestion": "status"
 }
]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestQuote(t *testing.T) {
	for name, test := range map[string]struct {
		text        string
		column      int
		line, caret string
	}{
		"plain":          {"ab", 2, "ab", " ^"},
		"wide":           {"注，x", 3, "注，x", "    ^"},
		"combining":      {"e\u0301x", 3, "e\u0301x", " ^"},
		"lines and tabs": {"a\n\tb", 4, "a  b", "   ^"},
		"control":        {"a\x1b[mb", 5, "a\ufffd[mb", "    ^"},
		"beyond the end": {"ab", 9, "ab", "  ^"},
		"long": {strings.Repeat("a", 100) + "X" + strings.Repeat("b", 100), 101,
			"…" + strings.Repeat("a", 60) + "X" + strings.Repeat("b", 59) + "…", strings.Repeat(" ", 61) + "^"},
	} {
		line, caret := quote(test.text, test.column)
		if diff := cmp.Diff([]string{test.line, test.caret}, []string{line, caret}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
