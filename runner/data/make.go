package data

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// trainingSample bounds the text that a BPE is trained on: documents of the training side in order, evenly thinned so
// that about this many bytes are left.
const trainingSample = 16 << 20

// maker prepares one corpus: a pass for the tokenizer where it is trained, and one that hashes and tokenises.
type maker struct {
	ctx      context.Context
	spec     experiments.Spec
	sources  []source
	cacheDir string
	progress func(done, total int64, what string)
	// shardBytes is the size of a full shard.
	shardBytes int64
}

func (m *maker) make() (experiments.Content, error) {
	content, err := m.build()
	if err != nil {
		return content, fmt.Errorf("prepare the corpus: %w", err)
	}
	return content, nil
}

func (m *maker) build() (content experiments.Content, err error) {
	t, err := m.tokenizer()
	if err != nil {
		return content, err
	}
	temporary, err := m.temporary()
	if err != nil {
		return content, err
	}
	defer os.RemoveAll(temporary)
	made, err := m.tokenise(temporary, t)
	if err != nil {
		return content, err
	}
	content = experiments.Content{Data: made.Data, Tokenizer: made.Tokenizer}
	if bpe, ok := t.(*tokenizer.BPE); ok {
		if err := os.WriteFile(filepath.Join(temporary, tokenizerFile), bpe.Marshal(), 0o644); err != nil {
			return content, err
		}
	}
	if err := writeJSON(filepath.Join(temporary, manifestFile), made); err != nil {
		return content, err
	}
	return content, m.keep(temporary, content)
}

// temporary makes a folder to work in, and removes those of preparations that were killed: the lock keeps others out.
func (m *maker) temporary() (string, error) {
	corpora := filepath.Join(m.cacheDir, "corpora")
	if err := os.MkdirAll(corpora, 0o755); err != nil {
		return "", err
	}
	left, err := fs.Glob(os.DirFS(corpora), ".new-*")
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(corpora, name)))
	}
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(corpora, ".new-")
}

// keep gives a finished folder its name. One that already lies there whole stays: attempts may be opening it.
func (m *maker) keep(temporary string, content experiments.Content) error {
	if p, err := Open(m.spec, content, m.cacheDir); err == nil {
		return p.Close()
	}
	final := folder(m.cacheDir, content)
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(temporary, final)
}

// each visits every document in order and reports progress in bytes.
func (m *maker) each(what string, visit func(document) error) error {
	p := &passage{what: what, report: m.progress}
	for _, s := range m.sources {
		p.total += s.size
	}
	for _, s := range m.sources {
		before := p.done
		err := documents(m.spec.Data, s, p.read, func(d document) error {
			if m.ctx.Err() != nil {
				return context.Cause(m.ctx)
			}
			p.show(progressBytes)
			return visit(d)
		})
		if err != nil {
			return err
		}
		p.done = before + s.size // as announced, though the file grew meanwhile
		p.show(progressBytes)
	}
	p.show(0)
	return nil
}

// progressBytes is how much is read between two reports.
const progressBytes = 1 << 20

// passage counts what one pass over the corpus has read.
type passage struct {
	what               string
	done, total, shown int64
	report             func(done, total int64, what string)
}

func (p *passage) read(n int) { p.done += int64(n) }

// show reports where at least so many bytes were read since the last report.
func (p *passage) show(least int64) {
	if p.report != nil && p.done-p.shown >= least {
		p.report(min(p.done, p.total), p.total, p.what)
		p.shown = p.done
	}
}

// tokenizer makes the tokenizer; a BPE is trained on the training side.
func (m *maker) tokenizer() (tokenizer.Tokenizer, error) {
	if m.spec.Tokenizer.Kind != "bpe" {
		return tokenizer.Bytes{}, nil
	}
	var total, seen, taken int64
	for _, s := range m.sources {
		total += s.size
	}
	keep := min(1, float64(trainingSample)/float64(max(total, 1)))
	trainer := tokenizer.NewTrainer()
	err := m.each("training the tokenizer", func(d document) error {
		if heldOut(d.key, m.spec.Data.Validation.Share) {
			return nil
		}
		seen += int64(len(d.text))
		if float64(taken) <= keep*float64(seen) {
			taken += int64(len(d.text))
			trainer.Add(d.text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return trainer.Train(m.spec.Tokenizer.VocabSize)
}

// tokenise writes both sides. The digest covers every document, its side and whether it continues the one before.
func (m *maker) tokenise(dir string, t tokenizer.Tokenizer) (manifest, error) {
	made := manifest{Tokenizer: t.Digest(), Kind: m.spec.Tokenizer.Kind, Width: 2}
	if t.VocabSize() > 1<<16 {
		made.Width = 4
	}
	made.ShardTokens = m.shardBytes / int64(made.Width)
	end, _ := t.Special(tokenizer.EndOfText)
	sides := [2]*sideWriter{}
	var err error
	for i, name := range []string{trainSide, validationSide} {
		if sides[i], err = newSideWriter(filepath.Join(dir, name), made.Width, made.ShardTokens, end); err != nil {
			return made, err
		}
		defer sides[i].close()
	}
	made.Data, err = m.write(sides, t)
	for i, count := range []*counts{&made.Train, &made.Validation} {
		err = errors.Join(err, sides[i].finish())
		*count = counts{sides[i].tokens, sides[i].documents}
	}
	return made, err
}

// write tokenises every document into its side and returns their digest.
func (m *maker) write(sides [2]*sideWriter, t tokenizer.Tokenizer) (digest string, err error) {
	sum, last := sha256.New(), 0
	err = m.each("tokenising", func(d document) error {
		at := 0
		if heldOut(d.key, m.spec.Data.Validation.Share) {
			at = 1
		}
		joined := d.joined && at == last
		last = at
		hashDocument(sum, d.text, at, joined)
		ids, err := t.Encode(d.text)
		if err != nil {
			return err
		}
		return sides[at].document(ids, joined)
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

func hashDocument(h hash.Hash, text []byte, side int, joined bool) {
	var head [10]byte
	binary.LittleEndian.PutUint64(head[:], uint64(len(text)))
	head[8] = byte(side)
	if joined {
		head[9] = 1
	}
	h.Write(head[:])
	h.Write(text)
}
