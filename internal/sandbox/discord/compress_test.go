package discord

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestAZlibStreamIsOneForAllPayloads(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	url := "ws" + strings.TrimPrefix(b.base, "http") + "/gateway?v=10&encoding=json&compress=zlib-stream"
	ws, res, err := websocket.DefaultDialer.DialContext(b.ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	defer ws.Close()
	_ = ws.SetReadDeadline(time.Now().Add(patience))

	// The frames are read into one buffer, and a stream is read from it.
	var all bytes.Buffer
	var stream io.Reader
	read := func() event {
		t.Helper()
		kind, raw, err := ws.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || !bytes.HasSuffix(raw, []byte{0, 0, 0xff, 0xff}) {
			t.Fatalf("a frame of kind %d, %v, ends in % x", kind, err, raw[max(0, len(raw)-4):])
		}
		all.Write(raw)
		if stream == nil {
			if stream, err = zlib.NewReader(&all); err != nil {
				t.Fatal(err)
			}
		}
		var e event
		if err := json.NewDecoder(stream).Decode(&e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := read(); e.Op != opHello {
		t.Errorf("first came %+v", e)
	}
	// With both kinds the stream alone counts.
	identify := fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":1,"properties":{},"compress":true}}`, b.s.Token())
	if err := ws.WriteMessage(websocket.TextMessage, []byte(identify)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"READY", "GUILD_CREATE", "GUILD_CREATE"} {
		if e := read(); e.T != want {
			t.Errorf("came %s, want %s", e.T, want)
		}
	}
}

func TestLargePayloadsAreCompressedWhereTheClientAsks(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.dial()
	c.write(fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":1,"properties":{},"compress":true}}`, b.s.Token()))
	packed := 0
	for _, want := range []string{"READY", "GUILD_CREATE", "GUILD_CREATE", ""} {
		if want == "" {
			c.write(`{"op":1}`)
		}
		kind, raw, err := c.ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if kind == websocket.BinaryMessage {
			packed++
			r, err := zlib.NewReader(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if raw, err = io.ReadAll(r); err != nil || len(raw) < minPacked {
				t.Errorf("%d bytes were packed, %v", len(raw), err)
			}
		} else if len(raw) >= minPacked {
			t.Errorf("%d bytes came as they are", len(raw))
		}
		var e event
		if err := json.Unmarshal(raw, &e); err != nil || e.T != want {
			t.Errorf("came %s, %v; want %q", e.T, err, want)
		}
	}
	if packed < 2 {
		t.Errorf("%d payloads were packed", packed)
	}
}
