package remote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"inkstone/tracker"
)

// Kind says what a frame holds.
type Kind uint8

// The kinds of frames: a batch of points, what metrics are, and the end of an attempt.
const (
	Points  Kind = 1
	Declare Kind = 2
	Ended   Kind = 3
)

func (k Kind) String() string {
	switch k {
	case Points:
		return "points"
	case Declare:
		return "declare"
	case Ended:
		return "end"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Frame is one record of a journal, and of a request's body. All numbers are little-endian:
//
//	0  "INK1"               4 bytes
//	4  kind                 1
//	5  run                  32, filled up with zero bytes
//	37 attempt              4
//	41 sequence             8, of the batch; of other kinds, that of the last batch before
//	49 length of payload    4
//	53 CRC32C of 0 to 52    4
//	57 payload              of points, see tracker.EncodeSamples; of other kinds, the JSON body of the request
//	   CRC32C of all before 4
type Frame struct {
	Kind     Kind
	Run      string
	Attempt  int
	Sequence int64
	Payload  []byte
}

const (
	magic      = "INK1"
	runSize    = 32
	headerSize = 57
	sumSize    = 4
)

// MaxBody bounds a request's body, and with it a frame: 8 MiB.
const MaxBody = 8 << 20

// MaxJSON bounds a body that is no batches, and with it the payload of such a frame: 1 MiB.
const MaxJSON = 1 << 20

// What DecodeFrame tells apart.
var (
	// ErrCut: the bytes end within the frame.
	ErrCut = errors.New("the frame is cut")
	// ErrDamaged: a checksum does not fit.
	ErrDamaged = errors.New("the frame is damaged")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendFrame appends a frame's bytes to dst. What has no room in a frame is ErrInvalid.
func AppendFrame(dst []byte, f Frame) ([]byte, error) {
	switch {
	case f.Run == "" || len(f.Run) > runSize || bytes.IndexByte([]byte(f.Run), 0) >= 0:
		return dst, fmt.Errorf("%w: %q is no id of a run", tracker.ErrInvalid, f.Run)
	case f.Attempt < 1 || int64(f.Attempt) > 1<<31-1 || f.Sequence < 0:
		return dst, fmt.Errorf("%w: attempt %d, batch %d", tracker.ErrInvalid, f.Attempt, f.Sequence)
	case f.Kind != Points && len(f.Payload) > MaxJSON:
		return dst, fmt.Errorf("%w: %v of %d bytes, at most %d fit", tracker.ErrInvalid, f, len(f.Payload), MaxJSON)
	case f.size() > MaxBody:
		return dst, fmt.Errorf("%w: a batch of %d bytes, at most %d fit; append it in parts", tracker.ErrInvalid, len(f.Payload), MaxBody-headerSize-sumSize)
	}
	from := len(dst)
	dst = append(append(dst, magic...), byte(f.Kind))
	dst = append(append(dst, f.Run...), make([]byte, runSize-len(f.Run))...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(f.Attempt))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.Sequence))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(f.Payload)))
	dst = appendSum(dst, from)
	return appendSum(append(dst, f.Payload...), from), nil
}

func (f Frame) size() int { return headerSize + len(f.Payload) + sumSize }

func appendSum(dst []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// DecodeFrame reads the frame that p begins with, and how many bytes it takes. Its payload shares p's memory.
//
// The error is ErrCut, ErrDamaged or, where no frame of this format begins, tracker.ErrInvalid. With ErrDamaged, size is 0
// if the header is damaged; else the frame's header is right and its payload is not.
func DecodeFrame(p []byte) (f Frame, size int, err error) {
	if n := min(len(p), len(magic)); string(p[:n]) != magic[:n] {
		return f, 0, fmt.Errorf("%w: no frame begins here", tracker.ErrInvalid)
	}
	if len(p) < headerSize {
		return f, 0, ErrCut
	}
	if !sumFits(p[:headerSize]) {
		return f, 0, ErrDamaged
	}
	f = Frame{
		Kind: Kind(p[4]), Run: string(bytes.TrimRight(p[5:5+runSize], "\x00")),
		Attempt: int(binary.LittleEndian.Uint32(p[37:])), Sequence: int64(binary.LittleEndian.Uint64(p[41:])),
	}
	length := int64(binary.LittleEndian.Uint32(p[49:]))
	whole := headerSize + length + sumSize
	switch {
	case whole > MaxBody:
		return Frame{}, 0, ErrDamaged
	case int64(len(p)) < whole:
		return f, 0, ErrCut
	case !sumFits(p[:whole]):
		return f, int(whole), ErrDamaged
	}
	f.Payload = p[headerSize : headerSize+length : headerSize+length]
	return f, int(whole), nil
}

// sumFits tells whether bytes end in their own checksum.
func sumFits(p []byte) bool {
	body := p[:len(p)-sumSize]
	return crc32.Checksum(body, castagnoli) == binary.LittleEndian.Uint32(p[len(body):])
}

// String names a frame.
func (f Frame) String() string {
	switch f.Kind {
	case Points:
		return fmt.Sprintf("batch %d of run %s, attempt %d", f.Sequence, f.Run, f.Attempt)
	case Declare:
		return fmt.Sprintf("a declaration of metrics of run %s", f.Run)
	}
	return fmt.Sprintf("the end of run %s, attempt %d", f.Run, f.Attempt)
}
