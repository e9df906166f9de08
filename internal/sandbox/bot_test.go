package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dreambot/internal/sandbox"
)

// bot is a fake bot: it registers one command, opens a gateway session, and
// hands every interaction to answer, whose result it sends as the response;
// nil is no response.
type bot struct {
	t      *testing.T
	s      *sandbox.Sandbox
	env    map[string]string
	client *http.Client
	conn   net.Conn
	in     *bufio.Reader
	answer func(interaction) any
}

type interaction struct {
	ID    string `json:"id"`
	Token string `json:"token"`
	Type  int    `json:"type"`
	Data  struct {
		Name     string `json:"name"`
		CustomID string `json:"custom_id"`
		Options  []struct {
			Name  string `json:"name"`
			Value any    `json:"value"`
		} `json:"options"`
	} `json:"data"`
}

func runBot(t *testing.T, s *sandbox.Sandbox, commands string, answer func(interaction) any) {
	t.Helper()
	b := &bot{t: t, s: s, env: s.Environ(), client: &http.Client{Transport: &http.Transport{}}, answer: answer}
	var me struct{ ID string }
	if err := json.Unmarshal(b.rest("GET", "/users/@me", ""), &me); err != nil {
		t.Fatal(err)
	}
	b.rest("PUT", "/applications/"+me.ID+"/commands", commands)
	b.dial()
	var running sync.WaitGroup
	running.Go(b.listen)
	t.Cleanup(func() {
		b.conn.Close()
		running.Wait()
		b.client.CloseIdleConnections()
	})
	if err := s.Discord.WaitOnline(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bot) rest(method, path, body string) []byte {
	r, err := http.NewRequest(method, b.env["DISCORD_API_URL"]+"/api/v9"+path, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return nil
	}
	r.Header.Set("Authorization", "Bot "+b.env["DISCORD_TOKEN"])
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		b.t.Errorf("%s %s: %d %s %v", method, path, resp.StatusCode, data, err)
	}
	return data
}

// dial opens a WebSocket by hand: this package has no library for it.
func (b *bot) dial() {
	b.t.Helper()
	host := strings.TrimPrefix(b.s.URL(), "http://")
	var err error
	if b.conn, err = net.Dial("tcp", host); err != nil {
		b.t.Fatal(err)
	}
	b.in = bufio.NewReader(b.conn)
	fmt.Fprintf(b.conn, "GET /gateway/?v=9&encoding=json HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", host)
	resp, err := http.ReadResponse(b.in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		b.t.Fatalf("the gateway does not open: %v %v", resp, err)
	}
	resp.Body.Close()
}

func (b *bot) send(text string) {
	frame := []byte{0x81, 0xfe}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(text)))
	frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
	if _, err := b.conn.Write(append(frame, text...)); err != nil {
		b.t.Error(err)
	}
}

// listen reads frames until the connection ends.
func (b *bot) listen() {
	for {
		var head [2]byte
		if _, err := io.ReadFull(b.in, head[:]); err != nil {
			return
		}
		n := uint64(head[1] & 0x7f)
		switch n {
		case 126, 127:
			size := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
			if _, err := io.ReadFull(b.in, size); err != nil {
				return
			}
			n = 0
			for _, c := range size {
				n = n<<8 | uint64(c)
			}
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(b.in, payload); err != nil {
			return
		}
		if head[0]&0xf == 1 {
			b.event(payload)
		}
	}
}

func (b *bot) event(payload []byte) {
	var e struct {
		Op int             `json:"op"`
		T  string          `json:"t"`
		D  json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		b.t.Errorf("an event is not JSON: %v", err)
		return
	}
	switch {
	case e.Op == 10:
		b.send(`{"op":2,"d":{"token":"` + b.env["DISCORD_TOKEN"] + `","intents":1,"properties":{"os":"a","browser":"b","device":"c"}}}`)
	case e.T == "INTERACTION_CREATE":
		var i interaction
		if err := json.NewDecoder(bytes.NewReader(e.D)).Decode(&i); err != nil {
			b.t.Errorf("an interaction is not JSON: %v", err)
			return
		}
		response, err := json.Marshal(b.answer(i))
		if err != nil {
			b.t.Error(err)
		} else if string(response) != "null" {
			b.rest("POST", "/interactions/"+i.ID+"/"+i.Token+"/callback", string(response))
		}
	}
}
