package tracker

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// A payload is one batch: a version byte; the table of metric names; the number of samples; per sample the index of its
// name, the difference of its step and of its time (µs) to the sample before (zigzag varints), and the value's eight
// IEEE bytes, little-endian; at last the CRC32C of all before it. Counts and lengths are uvarints.
const payloadVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Limits of what a payload may claim, so that a damaged one cannot ask for the whole memory.
const (
	maxName    = 1 << 12
	minSample  = 1 + 1 + 1 + 8
	crcSize    = 4
	headerSize = 1
)

func encodePayload(samples []Sample) []byte {
	out := []byte{payloadVersion}
	index := map[string]uint64{}
	var names []string
	for _, s := range samples {
		if _, ok := index[s.Metric]; !ok {
			index[s.Metric] = uint64(len(names))
			names = append(names, s.Metric)
		}
	}
	out = binary.AppendUvarint(out, uint64(len(names)))
	for _, n := range names {
		out = append(binary.AppendUvarint(out, uint64(len(n))), n...)
	}
	out = binary.AppendUvarint(out, uint64(len(samples)))
	var step, at int64
	for _, s := range samples {
		now := s.Time.UnixMicro()
		out = binary.AppendUvarint(out, index[s.Metric])
		out = binary.AppendVarint(out, s.Step-step)
		out = binary.AppendVarint(out, now-at)
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(s.Value))
		step, at = s.Step, now
	}
	return withChecksum(out)
}

// withChecksum appends the CRC32C of all before it.
func withChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodePayload reads what encodePayload wrote. Anything else is an error, and never a panic.
func decodePayload(p []byte) ([]Sample, error) {
	if len(p) < headerSize+crcSize {
		return nil, fmt.Errorf("%w: %d bytes are too few for a batch", ErrInvalid, len(p))
	}
	body, sum := p[:len(p)-crcSize], binary.LittleEndian.Uint32(p[len(p)-crcSize:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return nil, fmt.Errorf("%w: checksum %08x, stored as %08x", ErrInvalid, got, sum)
	}
	if body[0] != payloadVersion {
		return nil, fmt.Errorf("%w: batch format %d, this program knows %d", ErrInvalid, body[0], payloadVersion)
	}
	d := decoder{rest: body[1:]}
	names := d.names()
	samples := d.samples(names)
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	if d.err != nil {
		return nil, d.err
	}
	return samples, nil
}

// decoder reads a payload; after the first error it returns zeros.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: a batch with "+format, append([]any{ErrInvalid}, args...)...)
	}
	d.rest = nil
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail("a truncated number")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail("a truncated number")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail("%d bytes announced, %d there", n, len(d.rest))
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) names() []string {
	count := d.uvarint()
	if count > uint64(len(d.rest)) {
		d.fail("%d names announced", count)
		return nil
	}
	names := make([]string, count)
	for i := range names {
		size := d.uvarint()
		if size > maxName {
			d.fail("a name of %d bytes", size)
			return nil
		}
		names[i] = string(d.bytes(size))
	}
	return names
}

func (d *decoder) samples(names []string) []Sample {
	count := d.uvarint()
	if count > uint64(len(d.rest)/minSample) {
		d.fail("%d samples announced", count)
		return nil
	}
	samples := make([]Sample, 0, count)
	var step, at int64
	for range count {
		name := d.uvarint()
		step += d.varint()
		at += d.varint()
		bits := d.bytes(8)
		if d.err == nil && name >= uint64(len(names)) {
			d.fail("name %d of %d", name, len(names))
		}
		if d.err != nil {
			return nil
		}
		samples = append(samples, Sample{
			Metric: names[name], Step: step, Time: time.UnixMicro(at).UTC(), Value: math.Float64frombits(binary.LittleEndian.Uint64(bits)),
		})
	}
	return samples
}
