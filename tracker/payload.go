package tracker

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// A payload is one batch: a version byte; the table of series, each as its metric's name and, where it has a context, a zero
// byte and that; the number of samples; per sample the index of its series, the difference of its step and of its time (µs)
// to the sample before (zigzag varints), and the value's eight IEEE bytes, little-endian; at last the CRC32C of all before
// it. Counts and lengths are uvarints.
const payloadVersion = 1

// Limits of what a payload may claim, so that a damaged one cannot ask for the whole memory.
const (
	maxName   = 1 << 12
	minSample = 1 + 1 + 1 + 8
)

// EncodeSamples writes a batch's samples in the format of the journal, which ends in a checksum.
func EncodeSamples(samples []Sample) []byte {
	index := map[seriesName]uint64{}
	var table []byte
	for _, s := range samples {
		name := seriesName{s.Metric, s.Context}
		if _, ok := index[name]; !ok {
			index[name] = uint64(len(index))
			text := name.text()
			table = append(binary.AppendUvarint(table, uint64(len(text))), text...)
		}
	}
	out := make([]byte, 0, len(table)+13*len(samples)+16)
	out = append(binary.AppendUvarint(append(out, payloadVersion), uint64(len(index))), table...)
	out = binary.AppendUvarint(out, uint64(len(samples)))
	var step, at int64
	for _, s := range samples {
		now := s.Time.UnixMicro()
		out = binary.AppendUvarint(out, index[seriesName{s.Metric, s.Context}])
		out = binary.AppendVarint(out, s.Step-step)
		out = binary.AppendVarint(out, now-at)
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(s.Value))
		step, at = s.Step, now
	}
	return withChecksum(out)
}

func (n seriesName) text() string {
	if n.context == "" {
		return n.metric
	}
	return n.metric + "\x00" + n.context
}

// DecodeSamples reads what EncodeSamples wrote. Anything else is ErrInvalid, and never a panic.
func DecodeSamples(p []byte) ([]Sample, error) {
	d, names, err := openPayload(p)
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, 0, len(d.rest)/minSample)
	err = d.samples(len(names), func(name int, step, at int64, value float64) {
		samples = append(samples, Sample{names[name].metric, names[name].context, step, time.UnixMicro(at).UTC(), value})
	})
	if err != nil {
		return nil, err
	}
	return samples, nil
}

// openPayload checks a payload and reads its table of series; the samples follow.
func openPayload(p []byte) (*decoder, []seriesName, error) {
	body, err := checked(p)
	if err != nil {
		return nil, nil, err
	}
	if len(body) == 0 || body[0] != payloadVersion {
		return nil, nil, fmt.Errorf("%w: a batch of another format than %d", ErrInvalid, payloadVersion)
	}
	d := &decoder{rest: body[1:]}
	names := make([]seriesName, d.count(1, "names"))
	for i := range names {
		size := d.uvarint()
		if size > 2*maxName {
			d.fail("a name of %d bytes", size)
		}
		metric, context, _ := strings.Cut(string(d.bytes(size)), "\x00")
		names[i] = seriesName{metric, context}
	}
	return d, names, d.err
}

// samples visits the samples behind a table of so many series.
func (d *decoder) samples(series int, visit func(series int, step, at int64, value float64)) error {
	var step, at int64
	for range d.count(minSample, "samples") {
		name := d.uvarint()
		step += d.varint()
		at += d.varint()
		bits := d.bytes(8)
		if d.err == nil && name >= uint64(series) {
			d.fail("series %d of %d", name, series)
		}
		if d.err != nil {
			return d.err
		}
		visit(int(name), step, at, math.Float64frombits(binary.LittleEndian.Uint64(bits)))
	}
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	return d.err
}
