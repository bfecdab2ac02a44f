package data

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// sharded prepares a corpus in shards of a size.
func sharded(t *testing.T, s experiments.Spec, cache string, size int64, progress func(done, total int64, what string)) (*Prepared, error) {
	t.Helper()
	list, err := sources(t.Context(), s.Data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openOrMake(&maker{ctx: t.Context(), spec: s, sources: list, cacheDir: cache, progress: progress, shardBytes: size})
	if err == nil {
		t.Cleanup(func() { p.Close() })
	}
	return p, err
}

// Whatever the size of shards, the corpus is the same: its digest, its ids, windows over the joints, documents.
func TestShardsAreOneStream(t *testing.T) {
	s := files(corpus(t), "bytes")
	whole := prepare(t, s, t.TempDir())
	for _, size := range []int64{30002, 1 << 16} {
		p, err := sharded(t, s, t.TempDir(), size, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.Content != whole.Content || p.TrainTokens != whole.TrainTokens {
			t.Errorf("shards of %d bytes: content %v, %d tokens; want %v, %d", size, p.Content, p.TrainTokens, whole.Content, whole.TrainTokens)
		}
		if n := len(p.train.shards); int64(n) != (2*p.TrainTokens+size-1)/size {
			t.Errorf("shards of %d bytes: %d of them for %d tokens", size, n, p.TrainTokens)
		}
		if !slices.Equal(p.train.read(0, int(p.TrainTokens)), whole.train.read(0, int(p.TrainTokens))) || string(p.train.starts) != string(whole.train.starts) {
			t.Errorf("shards of %d bytes: other ids or documents", size)
		}
		for row := range 50 {
			if !slices.Equal(p.Window(Train, 1, 1, row, 64).Tokens, whole.Window(Train, 1, 1, row, 64).Tokens) {
				t.Fatalf("shards of %d bytes: another window %d", size, row)
			}
		}
	}
}

// The index says where documents begin: behind the end of the one before.
func TestDocumentsAreIndexed(t *testing.T) {
	p := prepare(t, files(corpus(t), "bpe"), t.TempDir())
	end, _ := p.Tokenizer.Special(tokenizer.EndOfText)
	for _, s := range []*stream{p.train, p.validation} {
		ids := s.read(0, int(s.tokens))
		var want, got []int64
		for at := range ids {
			if at == 0 || ids[at-1] == end {
				want = append(want, int64(at))
			}
		}
		for document := range s.documents {
			got = append(got, s.start(document))
		}
		if !slices.Equal(got, want) || s.start(s.documents) != s.tokens {
			t.Errorf("documents begin at %v, want %v; the last one ends at %d of %d", got, want, s.start(s.documents), s.tokens)
		}
	}
}

// A file much larger than the memory allowed is prepared in a stream, with progress, and read through its mapping.
func TestPreparationHasABoundedHeap(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and has little to do at once")
	}
	const bytes, limit = 96 << 20, 64 << 20
	dir := t.TempDir()
	large(t, filepath.Join(dir, "large.txt"), bytes)
	s := files(dir, "bytes")
	s.Data.Files = s.Data.Files[:1]
	runtime.GC()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	peak, reports, last := uint64(0), 0, int64(0)
	p, err := sharded(t, s, t.TempDir(), 8<<20, func(done, total int64, _ string) {
		if reports++; done < last || total != bytes {
			t.Errorf("progress went from %d to %d of %d", last, done, total)
		}
		last = done
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
	})
	if err != nil {
		t.Fatal(err)
	}
	if peak > limit || reports < 40 || last != bytes {
		t.Errorf("the heap grew by %d bytes, want at most %d; %d reports, the last at %d", peak, limit, reports, last)
	}
	if len(p.train.shards) < 8 {
		t.Errorf("%d shards", len(p.train.shards))
	}
	for step := range 200 {
		p.Window(Train, 1, step, 0, 1000)
	}
	if runtime.ReadMemStats(&now); now.HeapAlloc > before.HeapAlloc+limit {
		t.Errorf("reading took %d bytes of heap", now.HeapAlloc-before.HeapAlloc)
	}
}

// large writes lines of text.
func large(t *testing.T, path string, bytes int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<16)
	for i := 0; i < bytes/64; i++ {
		fmt.Fprintf(out, "%063d\n", i)
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Preparation stops in the middle of a file, and leaves nothing that would be taken for whole.
func TestPreparationStopsWithinAFile(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	large(t, filepath.Join(dir, "large.txt"), 8<<20)
	s := files(dir, "bytes")
	s.Data.Files = s.Data.Files[:1]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last int64
	_, err := Prepare(ctx, s, cache, func(done, _ int64, _ string) { last = done; cancel() })
	if !errors.Is(err, context.Canceled) || last > 2<<20 {
		t.Errorf("error %v after %d bytes", err, last)
	}
	left, _ := os.ReadDir(filepath.Join(cache, "corpora"))
	if len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
