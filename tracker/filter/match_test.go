package filter

import (
	"math"
	"testing"
	"time"
)

// TestMatch checks what the operators say of one run.
func TestMatch(t *testing.T) {
	values := map[string]Value{
		"id": str("0abc"), "experiment": str("Go-models"), "variant": str("one-head"), "status": str("running"), "seed": num(3), "parameters": num(2e6),
		"created": {Type: TypeTime, Time: now.Add(-time.Hour)}, "started": {Type: TypeTime, Time: now.Add(-time.Minute)}, "duration": {Type: TypeDuration, Duration: 10 * time.Minute},
		"param.train.learning_rate": num(1e-3), "param.model.tie": {Type: TypeBool, Bool: true}, "param.`a+b`": {Type: TypeBool}, "param.model.layers": str(`[1,2]`),
		"param.model.intermediate_size": str("auto"), "param.data.limit": {}, "metric.val/loss": num(math.NaN()), "min(metric.val/loss)": num(2), "metric.train/loss": num(math.Inf(1)),
		"metric.loss": num(0.5), "tag.broken": str(""), "tag.kind": str("probe"), "param.objective.kind": str("a\nb"),
	}
	get := func(o Operand) (Value, bool) {
		v, ok := values[o.String()]
		return v, ok && v.Type != ""
	}
	for text, want := range map[string]bool{
		"":         true,
		"seed = 3": true, "seed != 3": false, "seed < 3": false, "seed <= 3": true, "seed > 2": true, "seed >= 3.5": false, "seed in (1, 3)": true, "seed not in (1, 3)": false,
		"variant = one-head": true, "variant = One-head": false, "variant != x": true, "variant in (a, one-head)": true, "variant not in (a)": true,
		"experiment like 'go%'": true, "experiment like 'go-______'": true, "experiment like 'go'": false, "experiment not like '%MODELS'": false,
		"variant ~ '^one'": true, "variant ~ head": true, "variant !~ '^head'": true, "variant ~ '^ONE'": false, "objective.kind ~ 'a.b'": false, "objective.kind like 'a_b'": true,
		"created > -2h": true, "created < -2h": false, "started <= now": true, "duration >= 10m": true, "duration > 10m": false,
		"model.tie": true, "not model.tie": false, "param.`a+b`": false, "param.`a+b` = false": true, "model.tie != false": true, "broken": true, "tag.kind": true, "tag.loss": false,
		"kind = probe": true, "broken = ''": true, "model.layers = '[1,2]'": true,

		"seed = 3 and seed = 4": false, "seed = 3 or seed = 4": true, "not (seed = 4 or seed = 5)": true, "not seed = 4 and seed = 3": true,

		// What is missing: data.limit is null, finished has not come, the rest was never there.
		"data.limit = 1": false, "data.limit != 1": false, "not data.limit = 1": true, "not data.limit != 1": true, "data.limit in (1)": false, "data.limit not in (1)": false,
		"data.limit is null": true, "data.limit is not null": false, "finished < now": false, "finished >= now": false, "finished is null": true, "seed is null": false,
		"parent = a": false, "parent != a": false, "parent not like a": false, "parent !~ a": false, "parent is not null": false, "gpu/memory@rank-0 is nan": false,
		"gpu/memory@rank-0 is not nan": false, "tag.loss != a": false,

		// NaN and infinities.
		"val/loss = 1": false, "val/loss != 1": false, "val/loss < inf": false, "val/loss >= -inf": false, "val/loss not in (1)": false, "not val/loss < 1": true,
		"val/loss is nan": true, "val/loss is not nan": false, "val/loss is null": false, "min(val/loss) < 2.5": true, "train/loss = inf": true, "train/loss > 1e308": true,
		"train/loss <= inf": true, "train/loss is nan": false, "train/loss is not nan": true, "metric.loss > -inf": true,

		// Another type than the one that is compared with.
		"model.intermediate_size = auto": true, "model.intermediate_size = 64": false, "model.intermediate_size != 64": true, "model.intermediate_size < 64": false,
		"model.intermediate_size >= 64": false, "model.intermediate_size not in (64)": true, "model.intermediate_size in (64, auto)": true,
	} {
		if got := Match(mustCheck(t, text), get); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestLike(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"%", "", true}, {"%", "abc", true}, {"_", "", false}, {"_", "注", true}, {"__", "注", false}, {"a%c", "abbc", true}, {"a%c", "abcd", false},
		{"%b%", "abc", true}, {"%%", "a", true}, {"%_", "", false}, {"%_", "ab", true}, {"a%b%c", "aXbXbXc", true}, {"a%b%c", "aXcXb", false}, {"ABC", "abc", true}, {"É", "é", false},
		{`50\%`, "50%", true}, {`50\%`, "501", false}, {`a\_b`, "a_b", true}, {`a\_b`, "axb", false}, {`a\\b`, `a\b`, true}, {`\A`, "a", true}, {`%\%`, "5%", true}, {"a", "ab", false}, {"ab", "a", false},
		{"%aab", "aaab", true}, {"%a%a%a%a%a%b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	} {
		if got := (&Like{Pattern: str(test.pattern)}).Matches(test.text); got != test.want {
			t.Errorf("%q like %q: %v", test.text, test.pattern, got)
		}
	}
}
