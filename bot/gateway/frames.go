package gateway

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// Opcodes and bits of WebSocket frames. Source: RFC 6455, section 5.2.
const (
	frameContinuation = 0
	frameText         = 1
	frameBinary       = 2
	frameClose        = 8
	framePing         = 9
	framePong         = 10

	finalBit = 0x80
	maskBit  = 0x80
)

const (
	// maxMessage bounds one message, in bytes. The largest that Discord sends
	// are READY and GUILD_CREATE, with some megabytes for very large bots.
	maxMessage = 16 << 20
	// maxControl is what a control frame can hold. Source: RFC 6455, 5.5.
	maxControl = 125
)

// frames reads a server's side of a WebSocket connection.
type frames struct {
	r       *bufio.Reader
	partial *bytes.Buffer // of a message in several frames; nil: none has begun
	limit   int           // of a message, in bytes
}

// next returns the next control frame, or the next message as a whole, with
// the opcode of its first frame. The payload is the caller's.
func (f *frames) next() (opcode byte, payload []byte, err error) {
	for {
		var head [2]byte
		if _, err := io.ReadFull(f.r, head[:]); err != nil {
			return 0, nil, err
		}
		opcode, final := head[0]&0x0f, head[0]&finalBit != 0
		if head[0]&0x70 != 0 {
			return 0, nil, errors.New("a frame with an extension that was not agreed on")
		}
		if head[1]&maskBit != 0 {
			return 0, nil, errors.New("a masked frame from a server")
		}
		size := uint64(head[1])
		switch size {
		case 126:
			var b [2]byte
			if _, err := io.ReadFull(f.r, b[:]); err != nil {
				return 0, nil, cutShort(err)
			}
			size = uint64(binary.BigEndian.Uint16(b[:]))
		case 127:
			var b [8]byte
			if _, err := io.ReadFull(f.r, b[:]); err != nil {
				return 0, nil, cutShort(err)
			}
			size = binary.BigEndian.Uint64(b[:])
		}

		switch opcode {
		case frameClose, framePing, framePong:
			if !final || size > maxControl {
				return 0, nil, errors.New("a control frame in parts, or too long")
			}
			payload := make([]byte, size)
			if _, err := io.ReadFull(f.r, payload); err != nil {
				return 0, nil, cutShort(err)
			}
			return opcode, payload, nil
		case frameText:
			if f.partial != nil {
				return 0, nil, errors.New("a message inside of another one")
			}
			f.partial = new(bytes.Buffer)
		case frameContinuation:
			if f.partial == nil {
				return 0, nil, errors.New("the rest of a message that has not begun")
			}
		default:
			// Binary messages are compressed ones, which were not asked for.
			return 0, nil, fmt.Errorf("a frame with opcode %d", opcode)
		}
		if size > uint64(f.limit-f.partial.Len()) {
			return 0, nil, fmt.Errorf("a message of more than %d bytes", f.limit)
		}
		// What is claimed is not allocated before it has come.
		if _, err := io.CopyN(f.partial, f.r, int64(size)); err != nil {
			return 0, nil, cutShort(err)
		}
		if final {
			payload := f.partial.Bytes()
			f.partial = nil
			return frameText, payload, nil
		}
	}
}

// cutShort is err, where an end is not the end of the connection but comes in
// the middle of a frame.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendFrame appends a final frame as a server sends it.
func appendFrame(b []byte, opcode byte, payload []byte) []byte {
	return append(appendHeader(b, opcode, 0, len(payload)), payload...)
}

// appendMasked appends a final frame as a client sends it.
func appendMasked(b []byte, opcode byte, payload []byte) []byte {
	var key [4]byte
	binary.BigEndian.PutUint32(key[:], rand.Uint32())
	b = append(appendHeader(b, opcode, maskBit, len(payload)), key[:]...)
	for i, c := range payload {
		b = append(b, c^key[i&3])
	}
	return b
}

func appendHeader(b []byte, opcode, mask byte, size int) []byte {
	b = append(b, finalBit|opcode)
	switch {
	case size < 126:
		return append(b, mask|byte(size))
	case size <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, mask|126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, mask|127), uint64(size))
}

// unmask reads p as exactly one final frame of a client's. ok is false where it
// is something else.
func unmask(p []byte) (opcode byte, payload []byte, ok bool) {
	if len(p) < 2 || p[0]&0xf0 != finalBit || p[1]&maskBit == 0 {
		return 0, nil, false
	}
	opcode, size, rest := p[0]&0x0f, uint64(p[1]&^maskBit), p[2:]
	switch {
	case size == 126 && len(rest) >= 2:
		size, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case size == 127 && len(rest) >= 8:
		size, rest = binary.BigEndian.Uint64(rest), rest[8:]
	case size > 125:
		return 0, nil, false
	}
	if len(rest) < 4 || uint64(len(rest)-4) != size {
		return 0, nil, false
	}
	key, masked := rest[:4], rest[4:]
	payload = make([]byte, len(masked))
	for i, c := range masked {
		payload[i] = c ^ key[i&3]
	}
	return opcode, payload, true
}
