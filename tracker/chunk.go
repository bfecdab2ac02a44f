package tracker

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// A chunk is up to chunkPoints points of a series in three blobs. Each is a version byte, the number of what it holds as a
// uvarint, a zstd frame, and the CRC32C of all before it.
//
//	top      one bucket for all points
//	levels   a bucket for each levelPoints points
//	data     batches that the points came with, steps, times (differences of differences), values (byte planes)
const chunkVersion = 1

// maxChunkBody bounds what a frame may unfold to.
const maxChunkBody = 1 << 24

var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(false))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxChunkBody))
)

func pack(count int, body []byte) []byte {
	out := binary.AppendUvarint([]byte{chunkVersion}, uint64(count))
	return withChecksum(packer.EncodeAll(body, out))
}

// unpack reads what pack wrote; body may be reused by the next call with the same scratch.
func unpack(p, scratch []byte) (count int, body []byte, err error) {
	inner, err := checked(p)
	if err != nil {
		return 0, nil, err
	}
	if len(inner) == 0 || inner[0] != chunkVersion {
		return 0, nil, fmt.Errorf("%w: a chunk of another format than %d", ErrInvalid, chunkVersion)
	}
	n, size := binary.Uvarint(inner[1:])
	if size <= 0 || n > chunkPoints {
		return 0, nil, fmt.Errorf("%w: a chunk of %d points, at most %d are right", ErrInvalid, n, chunkPoints)
	}
	body, err = unpacker.DecodeAll(inner[1+size:], scratch[:0])
	if err != nil {
		return 0, nil, fmt.Errorf("%w: a chunk's frame: %w", ErrInvalid, err)
	}
	return int(n), body, nil
}

func encodeData(c *columns) []byte {
	body := binary.AppendUvarint(nil, uint64(len(c.origins)))
	var last position
	for _, o := range c.origins {
		body = binary.AppendUvarint(body, uint64(o.attempt-last.attempt))
		body = binary.AppendVarint(body, o.sequence-last.sequence)
		body = binary.AppendUvarint(body, uint64(o.count))
		last = o.position
	}
	body = appendDeltas(body, c.steps)
	body = appendDeltas(body, c.times)
	return pack(c.len(), appendPlanes(body, c.values))
}

func decodeData(p, scratch []byte) (*columns, []byte, error) {
	n, body, err := unpack(p, scratch)
	if err != nil {
		return nil, scratch, err
	}
	d := decoder{rest: body}
	c := &columns{origins: d.origins(n), steps: d.deltas(n), times: d.deltas(n), values: d.planes(n)}
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	return c, body, d.err
}

func (d *decoder) origins(points int) []origin {
	origins := make([]origin, d.count(3, "batches"))
	var last position
	total := 0
	for i := range origins {
		last.attempt += int(d.uvarint() & 0x7fffffff)
		last.sequence += d.varint()
		count := int(d.uvarint() & 0x7fffffff)
		origins[i] = origin{last, count}
		total += count
	}
	if d.err == nil && total != points {
		d.fail("batches of %d points for %d", total, points)
	}
	return origins
}

func encodeBuckets(all []Bucket) []byte {
	body := make([]byte, 0, 64*len(all))
	steps, times := make([]int64, 0, 2*len(all)), make([]int64, 0, 2*len(all))
	numbers := make([]float64, 3*len(all))
	for i, b := range all {
		for _, n := range []int64{b.Count, b.NaN, b.PosInf, b.NegInf, flags(b)} {
			body = binary.AppendUvarint(body, uint64(n))
		}
		steps, times = append(steps, b.FirstStep, b.LastStep), append(times, b.FirstTime, b.LastTime)
		numbers[i], numbers[len(all)+i], numbers[2*len(all)+i] = b.Min, b.Max, b.Sum
	}
	body = appendDeltas(appendDeltas(body, steps), times)
	return pack(len(all), appendPlanes(body, numbers))
}

func decodeBuckets(p []byte) ([]Bucket, error) {
	n, body, err := unpack(p, nil)
	if err != nil {
		return nil, err
	}
	d := decoder{rest: body}
	if n > len(body) {
		d.fail("%d buckets announced, %d bytes there", n, len(body))
		n = 0
	}
	all := make([]Bucket, n)
	for i := range all {
		all[i].Count, all[i].NaN, all[i].PosInf, all[i].NegInf = int64(d.uvarint()), int64(d.uvarint()), int64(d.uvarint()), int64(d.uvarint())
		back := d.uvarint()
		all[i].StepsBack, all[i].TimesBack = back&1 != 0, back&2 != 0
	}
	steps, times, numbers := d.deltas(2*n), d.deltas(2*n), d.planes(3*n)
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	if d.err != nil {
		return nil, d.err
	}
	for i := range all {
		b := &all[i]
		b.FirstStep, b.LastStep, b.FirstTime, b.LastTime = steps[2*i], steps[2*i+1], times[2*i], times[2*i+1]
		b.Min, b.Max, b.Sum = numbers[i], numbers[n+i], numbers[2*n+i]
	}
	return all, nil
}

func flags(b Bucket) (bits int64) {
	if b.StepsBack {
		bits |= 1
	}
	if b.TimesBack {
		bits |= 2
	}
	return bits
}
