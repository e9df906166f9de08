package luma

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Bounds of SetClipSize, in bytes: over every drawn clip with a box's header, and
// what a box's 32-bit size can name.
const (
	minClipSize = 64 << 10
	maxClipSize = 4<<30 - 1
)

// boxHeader is the header of a box: its size in 32 bits, and its type.
// Source: ISO 14496-12, 4.2.
const boxHeader = 8

// SetClipSize has every clip be exactly this many bytes, from 64 KiB to 4 GiB;
// it stays a whole video. A film of a picture, of some 2.5 MB, is a drawn dream
// where it has no room in that. 0: each as it is.
func (s *Server) SetClipSize(bytes int64) error {
	if bytes != 0 && (bytes < minClipSize || bytes > maxClipSize) {
		return fmt.Errorf("a clip cannot have %d bytes, only %d to %d", bytes, minClipSize, maxClipSize)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clipSize = bytes
	return nil
}

// clip is a video as it is served: its file, and after it a free box, which
// players skip (ISO 14496-12, 8.1.2), where it is to be larger. The zeros in
// the box are made as they are read.
type clip struct {
	file []byte
	box  []byte // header of the free box; empty: none
	size int64  // bytes in all
}

// newClip pads file to size bytes; a size without room for a box changes
// nothing.
func newClip(file []byte, size int64) *clip {
	c := &clip{file: file, size: int64(len(file))}
	if pad := size - c.size; pad >= boxHeader {
		c.box = append(binary.BigEndian.AppendUint32(nil, uint32(pad)), "free"...)
		c.size = size
	}
	return c
}

func (c *clip) reader() io.ReadSeeker { return io.NewSectionReader(c, 0, c.size) }

// ReadAt implements io.ReaderAt.
func (c *clip) ReadAt(p []byte, at int64) (int, error) {
	if at >= c.size {
		return 0, io.EOF
	}
	var err error
	if left := c.size - at; int64(len(p)) > left {
		p, err = p[:left], io.EOF
	}
	n := 0
	for _, part := range [][]byte{c.file, c.box} {
		if at < int64(len(part)) {
			m := copy(p[n:], part[at:])
			n, at = n+m, 0
			continue
		}
		at -= int64(len(part))
	}
	clear(p[n:])
	return len(p), err
}
