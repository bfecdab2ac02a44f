package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// batchOf is the object of inkstone batch --json.
type batchOf struct {
	Trial, Objective string
	Step, Length     int
	Rows             []struct {
		Row, Prefix, Padding, Targets int
		Task                          string
		Tokens                        []struct {
			Column                            int
			Input, Target                     string
			Weight                            float64
			Position, BlockPosition, Document int
		}
	}
}

func batchBy(t *testing.T, args ...string) (b batchOf) {
	t.Helper()
	if err := json.Unmarshal([]byte(mustRun(t, append([]string{"batch", "--json"}, args...)...)), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBatchOfASpecAndOfItsRun checks that the batches of a spec that was never run are those of its run.
func TestBatchOfASpecAndOfItsRun(t *testing.T) {
	const spec = "testdata/specs/tiny.yaml"
	store := filepath.Join(t.TempDir(), "store")
	before := mustRun(t, "batch", spec, "--seed", "2", "--step", "7", "--json", "--store", store)
	mustRun(t, "run", spec, "--variants", "baseline", "--store", store, "--addr", "off")
	if after := mustRun(t, "batch", "tiny/baseline/2", "--step", "7", "--json", "--store", store); after != before {
		t.Errorf("the run has the batch\n%s, its spec\n%s", after, before)
	}
	if other := mustRun(t, "batch", "tiny/baseline/2", "--step", "8", "--json", "--store", store); other == before {
		t.Error("two steps have the same batch")
	}

	b := batchBy(t, "tiny/baseline/1", "--store", store)
	if b.Trial != "tiny/baseline/1" || b.Step != 1 || b.Length != 12 || len(b.Rows) != 4 || len(b.Rows[0].Tokens) != 12 {
		t.Fatalf("got %+v", b)
	}
	tokens := b.Rows[0].Tokens
	for i, token := range tokens[:11] {
		if token.Target != "" && token.Target != tokens[i+1].Input {
			t.Errorf("column %d predicts %q, the next one reads %q", i, token.Target, tokens[i+1].Input)
		}
	}
	row := mustRun(t, "batch", "tiny/baseline/1", "--row", "0", "--store", store)
	for _, want := range []string{
		"tiny/baseline/1, step 1, objective causal, row 0: 12 tokens, ", "each token sees those before it",
		"      10        10  " + tokens[10].Input + " → " + tokens[10].Target + "\n",
	} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q:\n%s", want, row)
		}
	}

	for _, test := range []struct {
		want string
		args []string
	}{
		{"--step 31: tiny/baseline/1 trains steps 1 to 30", []string{"tiny/baseline/1", "--step", "31"}},
		{"--row 4: a batch of tiny/baseline/1 has rows 0 to 3", []string{"tiny/baseline/1", "--row", "4"}},
		{"go with a spec's file", []string{"tiny/baseline/1", "--seed", "2"}},
		{"there is no variant \"two\"; the spec has baseline, one-layer", []string{spec, "--variant", "two"}},
		{"cannot read the spec", []string{"none.yaml"}},
	} {
		r := inkstone(t, append([]string{"batch", "--store", store}, test.args...)...)
		if r.status != 2 || !strings.Contains(r.stderr, test.want) {
			t.Errorf("%v: status %d, %q, want %q", test.args, r.status, r.stderr, test.want)
		}
	}
}

func TestBatchOfInfillingAndOfPackedRows(t *testing.T) {
	dir := t.TempDir()
	spec := filepath.Join(dir, "blanks.yaml")
	text, err := os.ReadFile("testdata/specs/blanks.yaml")
	if err == nil {
		err = os.WriteFile(spec, []byte(strings.Replace(string(text), "*.txt", "*.jsonl", 1)), 0o600)
	}
	var lines strings.Builder
	for i := range 300 {
		fmt.Fprintf(&lines, "{\"text\": \"%03d pens are mightier.\"}\n", i)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "a.jsonl"), []byte(lines.String()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "store")
	all := mustRun(t, "batch", spec, "--store", store)
	for _, want := range []string{"blanks/baseline/1, step 1, objective infill: 2 rows of 48 tokens", "part A", "token", "[MASK]"} {
		if !strings.Contains(all, want) {
			t.Errorf("the overview lacks %q:\n%s", want, all)
		}
	}
	row := mustRun(t, "batch", spec, "--row", "1", "--store", store)
	for _, want := range []string{"column  part  position  block  reads → predicts", "task token; the first ", "<sop> → ", " → <eop>", "of padding"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q:\n%s", want, row)
		}
	}

	packed := []string{spec, "--set", "objective=causal", "--set", "data.packing=documents", "--store", store}
	b := batchBy(t, packed...)
	for _, token := range b.Rows[0].Tokens {
		if want := token.Column / 22; token.Document != want+1 || token.Position != token.Column%22 {
			t.Errorf("column %d is number %d of document %d", token.Column, token.Position, token.Document)
		}
	}
	if words := mustRun(t, append([]string{"batch", "--row", "0"}, packed...)...); !strings.Contains(words, "within its document") || !strings.Contains(words, ". → <eod>") {
		t.Errorf("the packed row:\n%s", words)
	}
}
