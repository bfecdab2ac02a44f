package remote

import (
	"bytes"
	"errors"
	"fmt"
)

// piece is a stretch of a segment: a frame that is whole, or damage.
type piece struct {
	Frame
	offset, size int // in the segment
	number       int // counted from 1 in the segment, a stretch of damage as one
	damaged      bool
	known        bool // which frame it is, or was: the header is right
	bytes        []byte
}

// scan cuts the bytes of a segment that lie from base on into pieces; number frames lie before them. What remains at the end
// is the beginning of a frame that was being written, or nothing: torn is where it begins.
func scan(data []byte, base, number int) (pieces []piece, torn int) {
	at := 0
	for at < len(data) {
		f, size, err := DecodeFrame(data[at:])
		if errors.Is(err, ErrCut) && intact(data, at+1) == len(data) {
			break
		}
		number++
		p := piece{Frame: f, offset: base + at, number: number, damaged: err != nil, known: f.Run != ""}
		if p.size = size; size == 0 {
			p.size = intact(data, at+1) - at
		}
		p.bytes = data[at : at+p.size]
		pieces = append(pieces, p)
		at += p.size
	}
	return pieces, base + at
}

// intact finds the next header that is right; the end where there is none.
func intact(data []byte, from int) int {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(magic))
		if i < 0 {
			break
		}
		from += i
		if len(data)-from >= headerSize && sumFits(data[from:from+headerSize]) {
			return from
		}
		from++
	}
	return len(data)
}

// Damage is a stretch of a journal that cannot be read.
type Damage struct {
	// Segment is the file's name, in the journal's folder; Offset a byte in it; Frame counts its frames from 1.
	Segment string `json:"segment"`
	Offset  int    `json:"offset"`
	Size    int    `json:"size"`
	Frame   int    `json:"frame"`
	// What names the frame where its header can be read.
	What string `json:"what,omitempty"`
}

func (d Damage) String() string {
	what := d.What
	if what == "" {
		what = "it is not known which"
	}
	return fmt.Sprintf("frame %d of %s, at byte %d (%d bytes), is damaged: %s", d.Frame, d.Segment, d.Offset, d.Size, what)
}

func (p piece) damage(segment string) Damage {
	d := Damage{Segment: segment, Offset: p.offset, Size: p.size, Frame: p.number}
	if p.known {
		d.What = p.Frame.String()
	}
	return d
}
