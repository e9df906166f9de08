package discord

import (
	"bytes"
	"compress/zlib"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// zlibStream is the transport compression that the gateway knows. Discord has
// zstd-stream besides.
const zlibStream = "zlib-stream"

// minPacked is the length in bytes from which payloads are compressed where the
// client takes that. Which ones Discord compresses it does not say: not all.
const minPacked = 2048

// packer compresses what the gateway sends, where its client asked for it: by
// the query for the connection as a whole, or by IDENTIFY for single payloads.
// Source: discord-api-docs, topics/gateway, encoding and compression.
type packer struct {
	stream   bool        // zlib-stream: one zlib stream, flushed after each payload
	payloads atomic.Bool // large payloads are a zlib stream each

	// The stream's state is the writing goroutine's alone.
	buffer bytes.Buffer
	writer *zlib.Writer
}

// pack returns a payload as it is sent, valid until the next call.
func (p *packer) pack(raw []byte) (kind int, packed []byte, err error) {
	switch {
	case p.stream:
		p.buffer.Reset()
		if p.writer == nil {
			p.writer = zlib.NewWriter(&p.buffer)
		}
		if _, err := p.writer.Write(raw); err != nil {
			return 0, nil, err
		}
		// Flush ends in the bytes 00 00 FF FF, by which clients tell that a
		// payload is complete.
		err = p.writer.Flush()
	case p.payloads.Load() && len(raw) >= minPacked:
		p.buffer.Reset()
		w := zlib.NewWriter(&p.buffer)
		if _, err := w.Write(raw); err != nil {
			return 0, nil, err
		}
		err = w.Close()
	default:
		return websocket.TextMessage, raw, nil
	}
	return websocket.BinaryMessage, p.buffer.Bytes(), err
}
