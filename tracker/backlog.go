package tracker

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// logged is a point on its way to a batch: 32 bytes.
type logged struct {
	series     Handle
	step, time int64 // Unix microseconds
	value      float64
}

// backlog is what was logged and not yet taken, in order: blocks in memory and, before them, what had to be moved to a file
// since there was no room. The file has no name: it ends with the process.
type backlog struct {
	block int // rows in a full block
	limit int // rows in memory
	dir   string

	mu     sync.Mutex
	blocks [][]logged
	rows   int   // in memory
	added  int64 // rows ever

	order  sync.Mutex // held while rows go to the file or leave: taken before mu
	file   *os.File
	frames []frame
	end    int64
	taken  int64 // rows ever
}

// frame is where a block stands in the file.
type frame struct {
	at   int64
	size int
}

// add makes room for rows: f appends them to the block that it gets. It tells whether a block is full, and whether there
// are more in memory than there may be.
func (b *backlog) add(f func(block []logged) []logged) (full, over bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.blocks) - 1
	if last < 0 || len(b.blocks[last]) >= b.block {
		b.blocks = append(b.blocks, make([]logged, 0, b.block))
		last++
	}
	before := len(b.blocks[last])
	b.blocks[last] = f(b.blocks[last])
	b.rows += len(b.blocks[last]) - before
	b.added += int64(len(b.blocks[last]) - before)
	return last > 0 || len(b.blocks[last]) >= b.block, b.rows > b.limit
}

// mark is where the newest row stands.
func (b *backlog) mark() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.added
}

// take returns the oldest rows as samples, as far as they stand before a mark, with those of their block behind it.
func (b *backlog) take(mark int64, names func() []seriesName) (samples []Sample, err error) {
	b.order.Lock()
	defer b.order.Unlock()
	switch {
	case b.taken >= mark:
		return nil, nil
	case len(b.frames) > 0:
		samples, err = b.unspill()
	default:
		samples = samplesOf(b.oldest(), names())
	}
	b.taken += int64(len(samples))
	return samples, err
}

// oldest takes the first block.
func (b *backlog) oldest() []logged {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := b.blocks[0]
	b.blocks = b.blocks[1:]
	b.rows -= len(rows)
	return rows
}

func samplesOf(rows []logged, names []seriesName) []Sample {
	samples := make([]Sample, len(rows))
	for i, r := range rows {
		name := names[r.series]
		samples[i] = Sample{name.metric, name.context, r.step, time.UnixMicro(r.time).UTC(), r.value}
	}
	return samples
}

// spill moves full blocks to the file until half of the memory is free. What cannot be written stays in memory.
func (b *backlog) spill(names func() []seriesName) error {
	b.order.Lock()
	defer b.order.Unlock()
	for {
		b.mu.Lock()
		enough := b.rows <= b.limit/2 || len(b.blocks) < 2
		var oldest []logged
		if !enough {
			oldest = b.blocks[0]
		}
		b.mu.Unlock()
		if enough {
			return nil
		}
		if err := b.write(EncodeSamples(samplesOf(oldest, names()))); err != nil {
			return fmt.Errorf("move what waits to be recorded to a file: %w", explain(err))
		}
		b.mu.Lock()
		b.blocks = b.blocks[1:]
		b.rows -= len(oldest)
		b.mu.Unlock()
	}
}

func (b *backlog) write(payload []byte) error {
	if b.file == nil {
		f, err := os.CreateTemp(b.dir, ".spill-")
		if err != nil {
			return err
		}
		if err := os.Remove(f.Name()); err != nil {
			f.Close()
			return err
		}
		b.file = f
	}
	if _, err := b.file.WriteAt(payload, b.end); err != nil {
		return err
	}
	b.frames = append(b.frames, frame{b.end, len(payload)})
	b.end += int64(len(payload))
	return nil
}

// unspill reads the oldest frame, and empties the file behind the last.
func (b *backlog) unspill() ([]Sample, error) {
	next := b.frames[0]
	payload := make([]byte, next.size)
	if _, err := b.file.ReadAt(payload, next.at); err != nil {
		return nil, fmt.Errorf("read back what waits to be recorded: %w", err)
	}
	samples, err := DecodeSamples(payload)
	if err != nil {
		return nil, fmt.Errorf("read back what waits to be recorded: %w", err)
	}
	b.frames = b.frames[1:]
	if len(b.frames) == 0 {
		b.frames, b.end = nil, 0
		return samples, b.file.Truncate(0)
	}
	return samples, nil
}

// waiting is how many rows are in memory, and how many bytes in the file.
func (b *backlog) waiting() (rows int, spilled int64) {
	b.order.Lock()
	defer b.order.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.frames {
		spilled += int64(f.size)
	}
	return b.rows, spilled
}

func (b *backlog) close() error {
	b.order.Lock()
	defer b.order.Unlock()
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}
