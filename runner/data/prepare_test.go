package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// files is a spec over text files of a folder.
func files(dir, kind string) experiments.Spec {
	var s experiments.Spec
	s.Data = experiments.Data{Files: []string{filepath.Join(dir, "*.txt"), filepath.Join(dir, "*.jsonl")}, Field: "text"}
	s.Data.Validation = experiments.Validation{Share: .3, Batches: 2, Seed: 9}
	s.Tokenizer = experiments.Tokenizer{Kind: kind, VocabSize: 300}
	s.Objective.Kind, s.Train.SequenceLength, s.Train.GlobalBatchSize = "causal", 16, 4
	return s
}

// corpus writes two files of Chinese text.
func corpus(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	var text, lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "第%d句：学而时习之，不亦说乎？\n", i)
		fmt.Fprintf(&lines, "{\"text\": \"有朋自远方来%d\"}\n", i%400)
	}
	write(t, filepath.Join(dir, "a.txt"), text.String()+"\xff no UTF-8\n")
	write(t, filepath.Join(dir, "b.jsonl"), lines.String())
	return dir
}

func prepare(t testing.TB, s experiments.Spec, cache string) *Prepared {
	t.Helper()
	p, err := Prepare(t.Context(), s, cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// all decodes a side, its documents told apart by |.
func all(p *Prepared, side Side) string {
	end, _ := p.Tokenizer.Special(tokenizer.EndOfText)
	s, text := p.side(side), ""
	ids := s.read(0, int(s.tokens))
	for len(ids) > 0 {
		at := slices.Index(ids, end)
		text += string(p.Tokenizer.Decode(ids[:at])) + "|"
		ids = ids[at+1:]
	}
	return text
}

func TestPrepareKeepsEveryDocumentOnOneSide(t *testing.T) {
	dir := corpus(t)
	original, err := os.ReadFile(filepath.Join(dir, "a.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"bytes", "bpe"} {
		t.Run(kind, func(t *testing.T) {
			p := prepare(t, files(dir, kind), t.TempDir())
			train, validation := all(p, Train), all(p, Validation)
			seen := map[string]int{}
			for _, text := range []string{train, validation} {
				once := map[string]bool{}
				for document := range strings.SplitSeq(text, "|") {
					if strings.HasPrefix(document, "有朋") && !once[document] {
						once[document] = true
						seen[document]++
					}
				}
			}
			if len(seen) != 400 {
				t.Errorf("%d documents of the .jsonl file, want 400", len(seen))
			}
			for document, sides := range seen {
				if sides != 1 {
					t.Errorf("%q lies on both sides", document)
				}
			}
			// A document of either side is a stretch of its file: what lay between on the other side ends it.
			for document := range strings.SplitSeq(train+validation, "|") {
				if strings.HasPrefix(document, "第") && !strings.Contains(string(original), document) {
					t.Errorf("pieces that do not follow each other became the document %.40q…", document)
				}
			}
			for i := range 3000 {
				if line := fmt.Sprintf("第%d句：", i); strings.Contains(train, line) == strings.Contains(validation, line) {
					t.Errorf("line %d lies on both sides or none", i)
				}
			}
			if !strings.Contains(train+validation, "\xff no UTF-8") {
				t.Error("bytes that are no UTF-8 were lost")
			}
		})
	}
}

func TestPrepareIsCachedByContent(t *testing.T) {
	dir, cache := corpus(t), t.TempDir()
	s := files(dir, "bpe")
	first := prepare(t, s, cache)
	calls := 0
	again, err := Prepare(t.Context(), s, cache, func(_, _ int64, _ string) { calls++ })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if calls != 0 || again.Content != first.Content {
		t.Errorf("the second preparation read the corpus (%d reports) or differs: %v, %v", calls, first.Content, again.Content)
	}
	// Other times and another folder, the same texts: the same content, and the folder that lies there is not replaced.
	before := inode(t, folder(cache, first.Content))
	moved := t.TempDir()
	if err := os.CopyFS(moved, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if p := prepare(t, files(moved, "bpe"), cache); p.Content != first.Content {
		t.Errorf("moved files have content %v, want %v", p.Content, first.Content)
	}
	if !os.SameFile(before, inode(t, folder(cache, first.Content))) {
		t.Error("a whole corpus was replaced")
	}
	write(t, filepath.Join(moved, "c.txt"), "more")
	if p := prepare(t, files(moved, "bpe"), cache); p.Content.Data == first.Content.Data {
		t.Error("another text has the same digest")
	}
	s.Data.Validation.Share = .4
	if p := prepare(t, s, cache); p.Content.Data == first.Content.Data {
		t.Error("another split has the same digest")
	}
}

func inode(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestPrepareMendsAndCleans(t *testing.T) {
	s, cache := files(corpus(t), "bytes"), t.TempDir()
	content := prepare(t, s, cache).Content
	damaged := filepath.Join(folder(cache, content), shardName(trainSide, 0))
	left := filepath.Join(cache, "corpora", ".new-killed")
	if err := errors.Join(os.Truncate(damaged, 3), os.Mkdir(left, 0o755)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s, content, cache); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("open a damaged corpus: %v", err)
	}
	if p := prepare(t, s, cache); p.Content != content {
		t.Errorf("content %v, want %v", p.Content, content)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a killed preparation is still there: %v", err)
	}
}

func TestPrepareWaitsNoLongerThanItsContext(t *testing.T) {
	s, cache := files(corpus(t), "bytes"), t.TempDir()
	unlock, err := lock(t.Context(), filepath.Join(cache, "prepare.lock"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Prepare(ctx, s, cache, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	unlock()
	prepare(t, s, cache)
}

func TestPrepareRefusesWhatDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		name, want string
		change     func(*experiments.Spec)
	}{
		{"training", "use a shorter train.sequence_length or more text", func(s *experiments.Spec) { s.Train.SequenceLength = 1 << 19 }},
		{"validation", "raise data.validation.share or use more text", func(s *experiments.Spec) { s.Data.Validation.Share = 1e-9 }},
		{"prompt", "record.attention.prompts:", func(s *experiments.Spec) {
			s.Tokenizer.Kind, s.Record.Attention.Prompts = "bpe", []string{"不亦说乎", strings.Repeat("xyz", 20)}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := files(corpus(t), "bytes")
			test.change(&s)
			if _, err := Prepare(t.Context(), s, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
