package filter

import (
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	"", "status = finished and train.learning_rate >= 1e-4 and not tag.broken", "(variant in (baseline, one-head) or tag.kind = \"probe\") and min(val/loss) < 2.5",
	"val/loss is nan", "val/loss is not null", "experiment like 'go-%'", "variant ~ \"^one\"", "variant !~ 'x'", "created > -7d", "finished < 2026-11-01", "duration > 1h30m",
	"val/loss@`rank 1` < 3", "variant not in (a, 'b\\\\') or variant not like '\\%'", "param.`a+b` and `and`", "metric.`odd ``name```@x is nan", "困惑度 <> -inf",
	"created > 2026-11-01T12:00:00.123456789+07:00", "model.intermediate_size in (auto, 64, '64')", "not not not (model.tie)", "seed = 3k", "mean(loss) == .5", "“", "min(", "a@", "x not ",
}

// FuzzParse: no text makes Parse and Check panic, and what they take is explained as a text for the same tree.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, now)
		if err == nil {
			e, err = Check(e, known)
		}
		if err != nil {
			if err.Error() == "" {
				t.Error("a mistake without words")
			}
			return
		}
		if len(Explain(e)) <= MaxText {
			roundTrip(t, e)
		}
		again, err := Check(e, known)
		if err != nil {
			t.Fatalf("%s, checked twice: %v", text, err)
		}
		if a, b := Explain(e), Explain(again); a != b {
			t.Errorf("%s, checked twice, is %s", a, b)
		}
	})
}

// FuzzComplete: completions lie within the text, and the text stays UTF-8.
func FuzzComplete(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, len(s)/2)
		f.Add(s, utf8.RuneCountInString(s))
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		for _, c := range Complete(text, cursor, known) {
			if c.Start < 0 || c.Start > cursor || c.End < cursor || c.End > utf8.RuneCountInString(text) || c.Text == "" || c.Detail == "" || !utf8.ValidString(c.Text) {
				t.Errorf("%q at %d: %+v", text, cursor, c)
			}
		}
	})
}

// FuzzOrder: no text makes ParseOrder and CheckOrder panic, and what they take is explained as a text for the same keys.
func FuzzOrder(f *testing.F) {
	for _, s := range []string{"", "min(val/loss) desc, created", "val/loss@rank-0 asc", "`desc` desc", "tag.and,tag.`weird tag`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseOrder(text)
		if err == nil {
			keys, err = CheckOrder(keys, known)
		}
		if err != nil {
			return
		}
		again, err := ParseOrder(ExplainOrder(keys))
		if err == nil {
			again, err = CheckOrder(again, known)
		}
		if err != nil || ExplainOrder(again) != ExplainOrder(keys) {
			t.Errorf("%s is explained as %s: %v", text, ExplainOrder(keys), err)
		}
	})
}
