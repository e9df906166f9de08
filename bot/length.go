package bot

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"time"
)

// Bounds of reading a video's length.
const (
	maxBoxes  = 64             // that are looked at on one level
	maxLength = 24 * time.Hour // a longer one is not believed
)

// errNoLength says that a file does not tell how long its video is.
var errNoLength = errors.New("the file does not tell its length")

// videoLength reads how long an MP4 of size bytes plays, from the movie header
// (mvhd) in the movie box (moov), wherever in the file that stands.
// Source: ISO/IEC 14496-12, 4.2 "Object Structure" and 8.2.2 "Movie Header Box".
func videoLength(r io.ReaderAt, size int64) (time.Duration, error) {
	moov, err := findBox(r, section{0, size}, "moov")
	if err != nil {
		return 0, err
	}
	mvhd, err := findBox(r, moov, "mvhd")
	if err != nil {
		return 0, err
	}
	var b [32]byte // version and flags, two times, the scale and the duration
	n := min(mvhd.end-mvhd.begin, int64(len(b)))
	if n < 20 {
		return 0, errNoLength
	}
	if _, err := r.ReadAt(b[:n], mvhd.begin); err != nil {
		return 0, errNoLength
	}
	var scale, duration uint64 // units a second, units
	switch {
	case b[0] == 0:
		scale, duration = uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
		if duration == math.MaxUint32 { // its way to say: not known
			return 0, errNoLength
		}
	case b[0] == 1 && n == int64(len(b)):
		scale, duration = uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:])
	}
	if scale == 0 || duration == 0 || duration/scale >= uint64(maxLength/time.Second) {
		return 0, errNoLength
	}
	// Neither product overflows: the one is below a day, and the other's factor
	// below 2^32.
	whole, part := duration/scale, duration%scale
	return time.Duration(whole)*time.Second + time.Duration(part*uint64(time.Second)/scale), nil
}

// section is a part of a file.
type section struct{ begin, end int64 }

// findBox returns what the first box of a kind holds, among those that stand
// one after the other in a section.
func findBox(r io.ReaderAt, in section, kind string) (section, error) {
	for range maxBoxes {
		if in.end-in.begin < 8 {
			break
		}
		var head [16]byte // size, kind, and a larger size where the first is 1
		n := min(in.end-in.begin, int64(len(head)))
		if _, err := r.ReadAt(head[:n], in.begin); err != nil {
			break
		}
		size, header := uint64(binary.BigEndian.Uint32(head[:])), uint64(8)
		switch size {
		case 0: // as far as the file goes
			size = uint64(in.end - in.begin)
		case 1:
			if size, header = binary.BigEndian.Uint64(head[8:]), 16; n < 16 {
				return section{}, errNoLength
			}
		}
		if size < header || size > uint64(in.end-in.begin) {
			break
		}
		next := in.begin + int64(size)
		if string(head[4:8]) == kind {
			return section{in.begin + int64(header), next}, nil
		}
		in.begin = next
	}
	return section{}, errNoLength
}
