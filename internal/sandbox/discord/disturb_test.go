package discord

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// silent connects, and reads nothing.
func (b *bench) silent() *client {
	b.Helper()
	url := "ws" + strings.TrimPrefix(b.base, "http") + "/gateway/?v=10&encoding=json"
	ws, res, err := websocket.DefaultDialer.DialContext(b.ctx, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	b.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	return &client{bench: b, ws: ws}
}

func TestAHelloThatNeverComes(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	before := b.online(intentGuilds)
	b.s.Gateway().WithholdHello(true)
	c := b.silent()
	// What comes first is the answer to the heartbeat, not HELLO.
	c.write(`{"op":1,"d":null}`)
	if e := c.read(); e.Op != opAck {
		t.Errorf("first came %+v", e)
	}
	b.s.Gateway().WithholdHello(false)
	c.write(`{"op":1,"d":null}`)
	if e := c.read(); e.Op != opAck {
		t.Errorf("then came %+v", e)
	}
	b.online(intentGuilds)
	before.write(`{"op":1,"d":1}`)
	for before.read().Op != opAck {
	}
}

func TestHeartbeatsThatAreNotAcknowledged(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(0)
	b.s.Gateway().WithholdAcks(true)
	c.write(`{"op":1,"d":1}`)
	c.write(`{"op":99}`) // is closed for that, after what came before
	if _, raw, err := c.ws.ReadMessage(); !websocket.IsCloseError(err, 4001) {
		t.Errorf("came %s, %v", raw, err)
	}
	b.s.Gateway().WithholdAcks(false)
	c = b.online(0)
	c.write(`{"op":1,"d":1}`)
	if e := c.read(); e.Op != opAck {
		t.Errorf("then came %+v", e)
	}
}

func TestReconnectInPlaceOfReady(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	old := b.online(0)
	b.s.Gateway().CutAll()
	b.offline()
	b.s.Gateway().ReconnectAtIdentify(2)
	c := b.dial()
	c.identify(intentGuilds)
	if e := c.read(); e.Op != opReconnect {
		t.Errorf("in place of READY came %+v", e)
	}
	resume := fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":%d}}`, b.s.Token(), old.session, old.seq)
	c = b.dial()
	c.write(resume)
	if e := c.read(); e.Op != opReconnect {
		t.Errorf("in place of RESUMED came %+v", e)
	}
	if n := b.s.Gateway().Sessions(); n != 0 {
		t.Errorf("%d sessions", n)
	}
	c = b.dial()
	c.write(resume)
	c.next("RESUMED")
	b.s.Gateway().ReconnectAtIdentify(1)
	b.s.Gateway().ReconnectAtIdentify(0)
	b.online(intentGuilds)
}

func TestAnyEventIsDispatched(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	one, two := b.online(0), b.online(0)
	if err := b.s.Gateway().Dispatch("SOMETHING_NEW", map[string]any{"type": 99, "components": []any{nil}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{one, two} {
		if e := c.next("SOMETHING_NEW"); e.get("type") != 99.0 || *e.S != 2 {
			t.Errorf("came %+v", e)
		}
	}
	_ = one.ws.Close()
	for b.s.Gateway().Sessions() == 2 {
		two.write(`{"op":1,"d":null}`)
		two.read()
	}
	if err := b.s.Gateway().Dispatch("MISSED", nil); err != nil {
		t.Fatal(err)
	}
	c := b.dial()
	c.write(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":2}}`, b.s.Token(), one.session))
	if e := c.read(); e.T != "MISSED" || e.D != nil {
		t.Errorf("after the resume came %+v", e)
	}
	if err := b.s.Gateway().Dispatch("BAD", func() {}); err == nil {
		t.Error("what has no JSON was sent")
	}
}
