package gateway

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Opcodes of the gateway.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatACK   = 11
)

const (
	// eventPrefix stands before the names of events on their way through
	// discordgo, which knows none that begins like that.
	eventPrefix = "raw "

	writeTimeout = 10 * time.Second
	// byeTimeout is how long the close frame may take when the bot stops.
	byeTimeout = time.Second
	// maxHeader bounds the answer to the upgrade, in bytes.
	maxHeader = 64 << 10
	// maxInterval bounds the heartbeat interval. Discord's is 41.25 s.
	maxInterval = 10 * time.Minute
)

// errByClient is the cause where discordgo closes the connection by itself.
var errByClient = errors.New("discordgo closed the connection")

// watched is the connection that discordgo is given; the package's
// documentation says what for. It stands on the plain side of TLS.
//
// It ends once, with a cause. From then on Read fails, and Write takes
// everything and sends nothing: were an error told, discordgo's heartbeat would
// take the session down at the same time as its listener does.
type watched struct {
	net.Conn          // the plain side
	raw      net.Conn // what is closed; Conn itself, but for TLS
	token    string
	resume   *resume       // nil: discordgo's IDENTIFY goes out as it is
	connect  time.Duration // that READY may take
	opened   atomic.Bool   // discordgo's Open has returned

	// For Read, which is called by one goroutine at a time.
	br       *bufio.Reader
	frames   frames
	header   int           // bytes of the answer to the upgrade so far
	out      []byte        // what is to be read next
	interval time.Duration // of heartbeats; 0 before HELLO
	isReady  bool

	mu       sync.Mutex // of writing
	upgraded bool
	greeted  bool // IDENTIFY or RESUME was sent

	once  sync.Once
	dead  chan struct{} // closed when the connection has ended
	cause cause         // set before that
}

// watch makes conn a watched connection, on which READY must come until by.
func watch(conn, raw net.Conn, token string, r *resume, by time.Time, connect time.Duration) (*watched, error) {
	if err := conn.SetReadDeadline(by); err != nil {
		return nil, err
	}
	br := bufio.NewReaderSize(conn, 16<<10)
	return &watched{Conn: conn, raw: raw, token: token, resume: r, connect: connect,
		br: br, frames: frames{r: br, limit: maxMessage}, dead: make(chan struct{})}, nil
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	for {
		select {
		case <-w.dead:
			return 0, net.ErrClosed
		default:
		}
		if len(w.out) > 0 {
			n := copy(p, w.out)
			w.out = w.out[n:]
			return n, nil
		}
		w.mu.Lock()
		upgraded := w.upgraded
		w.mu.Unlock()
		fill := w.readHeader
		if upgraded {
			fill = w.readFrame
		}
		if c := fill(); c != nil {
			w.end(*c)
		}
	}
}

// readHeader reads a line of the answer to the upgrade.
func (w *watched) readHeader() *cause {
	line, err := w.br.ReadSlice('\n')
	if err != nil {
		return w.lost(err)
	}
	if w.header == 0 {
		if _, status, _ := strings.Cut(string(line), " "); !strings.HasPrefix(status, "101") {
			return w.lost(fmt.Errorf("the gateway does not open a websocket: it answers %.100q", bytes.TrimSpace(line)))
		}
	}
	w.header += len(line)
	if w.header > maxHeader {
		return w.lost(fmt.Errorf("the gateway's answer has a header of more than %d bytes", maxHeader))
	}
	w.out = append(w.out[:0:0], line...)
	if len(bytes.TrimSpace(line)) == 0 {
		w.mu.Lock()
		w.upgraded = true
		w.mu.Unlock()
	}
	return nil
}

// readFrame reads a control frame or a message, and lets through what
// discordgo is to see of it.
func (w *watched) readFrame() *cause {
	opcode, payload, err := w.frames.next()
	if err != nil {
		return w.lost(err)
	}
	switch opcode {
	case frameClose:
		code := 1005 // RFC 6455, 7.4.1: none is given
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		return &cause{kind: closed, code: code}
	case frameText:
		return w.message(payload)
	}
	w.out = appendFrame(nil, opcode, payload)
	return nil
}

// message is a message of the gateway's.
type message struct {
	Op   int             `json:"op"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

// message decides what becomes of a message.
func (w *watched) message(payload []byte) *cause {
	var m message
	if err := json.Unmarshal(payload, &m); err != nil || bytes.TrimSpace(payload)[0] != '{' {
		return w.lost(errors.New("a message that is not one of the gateway's"))
	}
	switch m.Op {
	case opDispatch:
		name, err := json.Marshal(eventPrefix + m.Type)
		if err != nil {
			return w.lost(err)
		}
		if m.Data == nil {
			m.Data = json.RawMessage("null")
		}
		event := fmt.Appendf(nil, `{"op":0,"s":%d,"t":%s,"d":%s}`, m.Seq, name, m.Data)
		w.out = appendFrame(nil, frameText, event)
	case opHeartbeat:
		w.out = appendFrame(nil, frameText, []byte(`{"op":1}`))
	case opReconnect:
		return &cause{kind: reconnect}
	case opInvalidSession:
		if bytes.Equal(m.Data, []byte("true")) {
			return &cause{kind: maybe}
		}
		return &cause{kind: invalid}
	case opHello:
		var hello struct {
			Interval int64 `json:"heartbeat_interval"` // ms
		}
		if err := json.Unmarshal(m.Data, &hello); err != nil || hello.Interval <= 0 || hello.Interval > maxInterval.Milliseconds() {
			return w.lost(errors.New("a HELLO without a heartbeat interval that can be kept"))
		}
		if w.interval > 0 {
			return nil // discordgo has its own already
		}
		w.interval = time.Duration(hello.Interval) * time.Millisecond
		w.out = appendFrame(nil, frameText, fmt.Appendf(nil, `{"op":10,"d":{"heartbeat_interval":%d}}`, hello.Interval))
	case opHeartbeatACK:
		if w.isReady {
			if err := w.extend(); err != nil {
				return w.lost(err)
			}
		}
		if w.opened.Load() { // before that, discordgo would lock itself up
			w.out = appendFrame(nil, frameText, []byte(`{"op":11}`))
		}
	}
	return nil // others mean nothing to discordgo
}

// ready is called when READY or RESUMED was handed on, by the goroutine that
// reads. From now on heartbeat ACKs must come.
func (w *watched) ready() error {
	w.isReady = true
	return w.extend()
}

// patience is how long the connection lives without a heartbeat ACK. It is
// less than discordgo's own five intervals.
func (w *watched) patience() time.Duration {
	return 2*w.interval + min(w.interval/2, 5*time.Second)
}

func (w *watched) extend() error { return w.Conn.SetReadDeadline(time.Now().Add(w.patience())) }

// lost is the cause for an error of reading.
func (w *watched) lost(err error) *cause {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		switch {
		case w.isReady:
			err = fmt.Errorf("no heartbeat ACK within %s", w.patience())
		case w.interval > 0:
			err = fmt.Errorf("no READY within %s", w.connect)
		default:
			err = fmt.Errorf("no HELLO within %s", w.connect)
		}
	}
	return &cause{kind: lost, err: err}
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.dead:
		return len(p), nil
	default:
	}
	out := p
	if w.upgraded {
		opcode, payload, ok := unmask(p)
		switch {
		case ok && opcode == frameClose:
			w.end(cause{kind: lost, err: errByClient})
			return len(p), nil
		case ok && opcode == frameText && !w.greeted:
			out = w.greeting(p, payload)
		}
	}
	if err := w.write(out, writeTimeout); err != nil {
		w.end(cause{kind: lost, err: err})
	}
	return len(p), nil
}

// greeting returns what is sent in place of frame, whose payload is the first
// message on the connection if it is an IDENTIFY. w.mu is held.
func (w *watched) greeting(frame, payload []byte) []byte {
	var m struct {
		Op int `json:"op"`
	}
	if json.Unmarshal(payload, &m) != nil || m.Op != opIdentify {
		return frame
	}
	w.greeted = true
	if w.resume == nil {
		return frame
	}
	type data struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	resume, err := json.Marshal(struct {
		Op   int  `json:"op"`
		Data data `json:"d"`
	}{opResume, data{w.token, w.resume.id, w.resume.seq}})
	if err != nil { // strings and numbers always encode
		return frame
	}
	return appendMasked(nil, frameText, resume)
}

// write sends p. w.mu is held.
func (w *watched) write(p []byte, limit time.Duration) error {
	if err := w.Conn.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := w.Conn.Write(p)
	return err
}

// hasGreeted reports whether IDENTIFY or RESUME was sent.
func (w *watched) hasGreeted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.greeted
}

// bye ends the connection, and the session at Discord with it.
func (w *watched) bye(why error) {
	// A write that hangs must not hold this up.
	_ = w.Conn.SetWriteDeadline(time.Now().Add(byeTimeout)) // fails where it is closed
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.dead:
		return
	default:
	}
	if w.upgraded {
		// Discord ends the session sooner by it; nothing depends on that.
		_ = w.write(appendMasked(nil, frameClose, binary.BigEndian.AppendUint16(nil, 1000)), byeTimeout)
	}
	w.end(cause{kind: lost, err: why})
}

// end ends the connection without a close frame. Only the first call counts.
func (w *watched) end(c cause) {
	w.once.Do(func() {
		w.cause = c
		close(w.dead)
		_ = w.raw.Close() // nothing more is expected of it
	})
}

// Close implements io.Closer.
func (w *watched) Close() error {
	w.end(cause{kind: lost, err: errByClient})
	return nil
}

// The deadlines are the connection's own.

// SetDeadline implements net.Conn; it has no effect.
func (w *watched) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn; it has no effect.
func (w *watched) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn; it has no effect.
func (w *watched) SetWriteDeadline(time.Time) error { return nil }
