package discord

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one connection. Its reader is the handler's goroutine, its writer
// one of its own.
type socket struct {
	ws      *websocket.Conn
	out     chan []byte
	queued  atomic.Int64  // bytes in out
	ending  chan struct{} // closed once, when it is to end
	read    chan struct{} // closed when its reader has ended
	once    sync.Once
	version int
	code    int // to close with
	reason  string
	session *session // guarded by Server.mu
	known   string   // what is shown of its session's id, also of one that is gone; likewise
	packer  packer
	heard   []time.Time // frames of the last minute
}

// send queues a frame. A client that does not read is cut off.
func (k *socket) send(v object) {
	raw, err := json.Marshal(v)
	if err != nil {
		k.cut()
		return
	}
	k.sendRaw(raw)
}

func (k *socket) sendRaw(raw []byte) {
	if k.queued.Add(int64(len(raw))) > maxQueued {
		k.cut()
		return
	}
	select {
	case k.out <- raw:
	default:
		k.cut()
	}
}

// close ends the connection with a code, after what is queued.
func (k *socket) close(code int, reason string) {
	k.once.Do(func() {
		k.code, k.reason = code, reason
		close(k.ending)
	})
}

// cut ends the connection at once.
func (k *socket) cut() {
	k.close(0, "")
	_ = k.ws.NetConn().Close()
}

// saying is the reason that the connection was closed with, empty where that
// was the client's doing.
func (k *socket) saying() string {
	select {
	case <-k.ending:
		return k.reason
	default:
		return ""
	}
}

// write writes what is queued until the connection ends.
func (k *socket) write() {
	put := func(raw []byte) bool {
		k.queued.Add(-int64(len(raw)))
		_ = k.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
		kind, packed, err := k.packer.pack(raw)
		if err != nil || k.ws.WriteMessage(kind, packed) != nil {
			k.cut()
			return false
		}
		return true
	}
	for {
		select {
		case raw := <-k.out:
			if !put(raw) {
				return
			}
			continue
		case <-k.ending:
		}
		break
	}
	if k.code == 0 {
		return
	}
	for len(k.out) > 0 {
		if !put(<-k.out) {
			return
		}
	}
	_ = k.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(k.code, k.reason), time.Now().Add(closeTimeout))
	// The reader goes on for a moment: were the connection closed with the
	// client's frames unread, the client could lose the close frame.
	t := time.NewTimer(closeTimeout)
	defer t.Stop()
	select {
	case <-k.read:
	case <-t.C:
		_ = k.ws.NetConn().Close()
	}
}
