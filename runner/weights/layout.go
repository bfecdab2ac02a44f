package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// entry is a tensor as the header describes it; begin and end are bytes from the end of the header.
type entry struct {
	dtype      DType
	shape      []uint64
	begin, end uint64
}

// of is the tensor in the bytes behind the header.
func (e entry) of(data []byte) Tensor {
	shape := make([]int, len(e.shape))
	for i, d := range e.shape {
		shape[i] = int(d)
	}
	return Tensor{e.dtype, shape, data[e.begin:e.end:e.end]}
}

// header is the decoded header. metadata is nil where the file has none.
type header struct {
	entries  map[string]entry
	metadata map[string]string
}

// checkLayout asks that each tensor's range is as long as its type and shape say, and that together they cover the size
// bytes behind the header once: no hole, no overlap, nothing behind.
func (h header) checkLayout(size uint64) error {
	names := slices.SortedFunc(maps.Keys(h.entries), func(a, b string) int {
		x, y := h.entries[a], h.entries[b]
		return cmp.Or(cmp.Compare(x.begin, y.begin), cmp.Compare(x.end, y.end), cmp.Compare(a, b))
	})
	var at uint64
	for _, name := range names {
		e := h.entries[name]
		want, err := byteSize(e.dtype, e.shape)
		switch {
		case err != nil:
			return fmt.Errorf("tensor %q: %w", name, err)
		case e.begin > e.end:
			return fmt.Errorf("tensor %q: data_offsets [%d, %d] run backwards", name, e.begin, e.end)
		case e.end-e.begin != want:
			return fmt.Errorf("tensor %q: %s of shape %v takes %d bytes, data_offsets [%d, %d] hold %d", name, e.dtype, e.shape, want, e.begin, e.end, e.end-e.begin)
		case e.begin < at:
			return fmt.Errorf("tensor %q: begins at byte %d of the data, inside of another tensor", name, e.begin)
		case e.begin > at:
			return fmt.Errorf("tensor %q: begins at byte %d of the data, and bytes %d to %d belong to none", name, e.begin, at, e.begin)
		case e.end > size:
			return fmt.Errorf("tensor %q: ends at byte %d of the data, of which there are %d; the file is truncated", name, e.end, size)
		}
		at = e.end
	}
	if at != size {
		return fmt.Errorf("%d bytes of data behind the last tensor", size-at)
	}
	return nil
}

// encode writes the header: metadata first, then the tensors by name.
func (h header) encode() []byte {
	b := []byte{'{'}
	if h.metadata != nil {
		b = append(b, `"__metadata__":{`...)
		for i, k := range slices.Sorted(maps.Keys(h.metadata)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, k)
			b = append(b, ':')
			b = appendString(b, h.metadata[k])
		}
		b = append(b, '}')
	}
	for _, name := range slices.Sorted(maps.Keys(h.entries)) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		e := h.entries[name]
		b = appendString(b, name)
		b = append(b, `:{"dtype":`...)
		b = appendString(b, string(e.dtype))
		b = append(b, `,"shape":`...)
		b = appendNumbers(b, e.shape)
		b = append(b, `,"data_offsets":`...)
		b = appendNumbers(b, []uint64{e.begin, e.end})
		b = append(b, '}')
	}
	return append(b, '}')
}

func appendNumbers(b []byte, numbers []uint64) []byte {
	b = append(b, '[')
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	return append(b, ']')
}

// appendString writes a JSON string; s is valid UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
