package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// Prepared is a corpus ready to be read.
type Prepared struct {
	Content   experiments.Content
	Tokenizer tokenizer.Tokenizer
	// TrainTokens and ValidationTokens count the ids of both sides; 0 for generated corpora, which have no end.
	TrainTokens, ValidationTokens int64

	repeats           *experiments.Repeats
	train, validation *stream
}

// manifest is what a prepared corpus's folder says of it.
type manifest struct {
	Data      string `json:"data"`
	Tokenizer string `json:"tokenizer"`
	Kind      string `json:"kind"`
	// Width is the bytes of an id, ShardTokens the ids of a full shard.
	Width       int    `json:"width"`
	ShardTokens int64  `json:"shard_tokens"`
	Train       counts `json:"train"`
	Validation  counts `json:"validation"`
}

// counts are those of a side.
type counts struct {
	Tokens    int64 `json:"tokens"`
	Documents int64 `json:"documents"`
}

const (
	manifestFile   = "manifest.json"
	trainSide      = "train"
	validationSide = "validation"
	tokenizerFile  = "tokenizer.bpe"
)

// lockPause is the time between two looks at a lock that another process holds.
const lockPause = 50 * time.Millisecond

// Prepare makes sure that a spec's corpus lies in cacheDir, tokenised, and opens it. Processes that want the same wait for
// each other; a killed one leaves nothing that would be taken for whole. progress is told bytes; it may be nil. A corpus
// with fewer tokens on either side than a window takes is an error that names the remedy.
func Prepare(ctx context.Context, s experiments.Spec, cacheDir string, progress func(done, total int64, what string)) (*Prepared, error) {
	if s.Data.Corpus == "repeats" {
		return openRepeats(s), nil
	}
	list, err := sources(ctx, s.Data)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(cacheDir, "prepare.lock"))
	if err != nil {
		return nil, fmt.Errorf("prepare the corpus: %w", err)
	}
	defer unlock()
	p, err := openOrMake(&maker{ctx: ctx, spec: s, sources: list, cacheDir: cacheDir, progress: progress, shardBytes: shardBytes})
	if err != nil {
		return nil, err
	}
	if err := p.check(s); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// check finds what only the tokens tell, before any trial is trained.
func (p *Prepared) check(s experiments.Spec) error {
	if err := p.checkRows(s); err != nil {
		return err
	}
	for _, prompt := range s.Record.Attention.Prompts {
		if _, err := p.Prompt(prompt, s.Train.SequenceLength); err != nil {
			return err
		}
	}
	return nil
}

// checkRows makes sure that both sides have rows.
func (p *Prepared) checkRows(s experiments.Spec) error {
	if s.Data.Packing != "documents" {
		return p.CheckLength(WindowLength(s))
	}
	for _, side := range []Side{Train, Validation} {
		if _, err := p.Pack(side, s.Train.SequenceLength, Overlap(s)); err != nil {
			return err
		}
	}
	return nil
}

// openOrMake finds a corpus by the fingerprint of its files, or makes it. The lock is held.
func openOrMake(m *maker) (*Prepared, error) {
	index := filepath.Join(m.cacheDir, "seen", fingerprint(m.spec, m.sources)+".json")
	var content experiments.Content
	if readJSON(index, &content) == nil {
		if p, err := Open(m.spec, content, m.cacheDir); err == nil {
			return p, nil
		}
	}
	content, err := m.make()
	if err != nil {
		return nil, err
	}
	if err := writeJSON(index, content); err != nil {
		return nil, fmt.Errorf("prepare the corpus: %w", err)
	}
	return Open(m.spec, content, m.cacheDir)
}

// Open opens a corpus that Prepare has prepared.
func Open(s experiments.Spec, c experiments.Content, cacheDir string) (*Prepared, error) {
	if s.Data.Corpus == "repeats" {
		return openRepeats(s), nil
	}
	dir := folder(cacheDir, c)
	var m manifest
	if err := readJSON(filepath.Join(dir, manifestFile), &m); err != nil {
		return nil, fmt.Errorf("open the prepared corpus: %w; `inkstone run` prepares it", err)
	}
	p := &Prepared{Content: c, TrainTokens: m.Train.Tokens, ValidationTokens: m.Validation.Tokens}
	var err error
	if p.Tokenizer, err = openTokenizer(s, dir); err != nil {
		return nil, fmt.Errorf("open the prepared corpus: %w", err)
	}
	if got := p.Tokenizer.Digest(); got != c.Tokenizer {
		return nil, fmt.Errorf("open the prepared corpus: its tokenizer has digest %.12s, want %.12s; delete %s and run again", got, c.Tokenizer, dir)
	}
	if p.train, err = openStream(filepath.Join(dir, trainSide), m.Width, m.ShardTokens, m.Train); err == nil {
		p.validation, err = openStream(filepath.Join(dir, validationSide), m.Width, m.ShardTokens, m.Validation)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the prepared corpus: %w", err), p.Close())
	}
	return p, nil
}

// openRepeats needs no files: the generator is the content.
func openRepeats(s experiments.Spec) *Prepared {
	symbols := tokenizer.Symbols{Count: s.Data.Repeats.Symbols}
	sum := sha256.Sum256([]byte("repeats, generator 1"))
	r := s.Data.Repeats
	return &Prepared{
		Content: experiments.Content{Data: hex.EncodeToString(sum[:]), Tokenizer: symbols.Digest()}, Tokenizer: symbols, repeats: &r,
	}
}

// Close lets go of the mapped files.
func (p *Prepared) Close() error { return errors.Join(p.train.close(), p.validation.close()) }

func folder(cacheDir string, c experiments.Content) string {
	return filepath.Join(cacheDir, "corpora", fmt.Sprintf("%.16s-%.16s", c.Data, c.Tokenizer))
}

func openTokenizer(s experiments.Spec, dir string) (tokenizer.Tokenizer, error) {
	if s.Tokenizer.Kind != "bpe" {
		return tokenizer.Bytes{}, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, tokenizerFile))
	if err != nil {
		return nil, err
	}
	return tokenizer.UnmarshalBPE(text)
}

// fingerprint is a cheap guess at the content: files by path, size and time. An equal one means the same content.
func fingerprint(s experiments.Spec, list []source) string {
	h := sha256.New()
	writeField(h, "preparation 3") // raise it when the same files become other tokens
	writeField(h, fmt.Sprintf("%q %q %v %+v", s.Data.Corpus, s.Data.Field, s.Data.Validation.Share, s.Tokenizer))
	for _, f := range list {
		writeField(h, fmt.Sprintf("%s %d %d", f.path, f.size, f.time))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeField(h hash.Hash, text string) { fmt.Fprintf(h, "%d:%s", len(text), text) }

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// writeJSON writes a file whole or not at all.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.WriteString(f, string(text)+"\n")
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// lock waits for a lock that ends with the process, as long as ctx lasts.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, context.Cause(ctx)
		case <-time.After(lockPause):
		}
	}
}
