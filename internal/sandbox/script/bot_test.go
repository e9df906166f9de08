package script

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"dreambot/internal/sandbox"
)

// commands are what the fake bot registers.
const commands = `[
	{"name":"dream","description":"d","options":[{"type":3,"name":"prompt","description":"p","required":true}]},
	{"name":"echo","description":"d","options":[
		{"type":3,"name":"text","description":"p","autocomplete":true},
		{"type":3,"name":"style","description":"p","choices":[{"name":"Watercolor","value":"wc"}]},
		{"type":4,"name":"count","description":"p"},{"type":5,"name":"loud","description":"p"},
		{"type":6,"name":"who","description":"p"},{"type":7,"name":"where","description":"p"},
		{"type":11,"name":"image","description":"p"}]},
	{"name":"set","name_localizations":{"zh-CN":"设置"},"description":"d","options":[{"type":1,"name":"size","name_localizations":{"zh-CN":"大小"},"description":"p","options":[{"type":10,"name":"by","name_localizations":{"zh-CN":"以"},"description":"p"}]}]},
	{"name":"rules","description":"d","default_member_permissions":"8192","options":[
		{"type":1,"name":"show","description":"p","options":[{"type":8,"name":"role","description":"p"},{"type":3,"name":"word","description":"p","autocomplete":true}]}]},
	{"name":"slow","description":"d"},
	{"name":"silent","description":"d"},
	{"name":"Look at this","type":3}]`

// What the fake bot answers with: a card, the same with a result, and a dialog.
const (
	queuedCard = `{"flags":32768,"components":[{"type":17,"components":[{"type":10,"content":"### Queued\n-# for <@1201000000000000301>, in <#1201000000000000101>"},
		{"type":1,"components":[{"type":2,"style":2,"label":"Cancel","custom_id":"cancel","disabled":true}]}]}]}`
	doneCard = `{"flags":32768,"attachments":[{"id":0,"filename":"boat.mp4"}],"components":[{"type":10,"content":"**Completed**, see [part 1](https://discord.com/x)"},
		{"type":12,"items":[{"media":{"url":"attachment://boat.mp4"},"description":"a boat"}]},
		{"type":1,"components":[{"type":3,"custom_id":"style","placeholder":"Style","options":[{"label":"Watercolor","value":"wc"},{"label":"Oil","value":"oil"}]}]},
		{"type":1,"components":[{"type":2,"style":2,"label":"Extend","custom_id":"extend"},{"type":2,"style":4,"label":"Delete","emoji":{"name":"🗑️"},"custom_id":"delete"}]}]}`
	rulesCard = `{"flags":32832,"components":[{"type":10,"content":"For <@&1201000000000000111>"},
		{"type":12,"items":[{"media":{"url":"https://example.org/a.mp4"},"spoiler":true}]},
		{"type":1,"components":[{"type":6,"custom_id":"roles","placeholder":"Roles","min_values":0,"max_values":3,"default_values":[{"id":"1201000000000000111","type":"role"}]}]},
		{"type":1,"components":[{"type":8,"custom_id":"showcase","placeholder":"Showcase","channel_types":[0],"min_values":0}]},
		{"type":1,"components":[{"type":3,"custom_id":"tongue","placeholder":"Language","options":[{"label":"English","value":"en","default":true},{"label":"中文","value":"zh"}]}]}]}`
	dialog = `{"custom_id":"extend","title":"Extend this video","components":[
		{"type":18,"label":"Prompt","component":{"type":4,"custom_id":"prompt","style":1,"value":"a boat","required":false}},
		{"type":18,"label":"Look","component":{"type":3,"custom_id":"look","options":[{"label":"Oil","value":"oil","default":true},{"label":"Ink","value":"ink"}]}},
		{"type":18,"label":"Picture","component":{"type":19,"custom_id":"picture","required":false}}]}`
)

// upload matches the id of an upload, which is another one each time.
var upload = regexp.MustCompile(`\b1[5-9]\d{17}\b`)

// bot is a fake bot, whose gateway is spoken by hand.
type bot struct {
	t       *testing.T
	box     *sandbox.Sandbox
	client  *http.Client
	id      string
	conn    net.Conn
	in      *bufio.Reader
	running sync.WaitGroup
}

// open starts a sandbox.
func open(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Start(sandbox.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return box
}

// withBot starts one with the fake bot in it.
func withBot(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box := open(t)
	b := &bot{t: t, box: box, client: &http.Client{Transport: &http.Transport{}}}
	var me struct{ ID string }
	if err := json.Unmarshal(b.rest("GET", "/users/@me", "application/json", nil), &me); err != nil {
		t.Fatal(err)
	}
	b.id = me.ID
	b.rest("PUT", "/applications/"+me.ID+"/commands", "application/json", []byte(commands))
	b.start()
	t.Cleanup(func() {
		b.stop()
		b.client.CloseIdleConnections()
	})
	box.RunBy(b)
	return box
}

// Do makes it a sandbox.Runner.
func (b *bot) Do(_ context.Context, act string) error {
	if act == "restart" {
		return errors.New("this one cannot be restarted")
	}
	if act == "start" {
		b.start()
		return nil
	}
	b.stop()
	return nil
}

func (b *bot) start() {
	b.dial()
	b.running.Go(b.listen)
}

func (b *bot) stop() {
	b.conn.Close()
	b.running.Wait()
}

func (b *bot) rest(method, path, kind string, body []byte) []byte {
	env := b.box.Environ()
	r, err := http.NewRequest(method, env["DISCORD_API_URL"]+"/api/v10"+path, bytes.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return nil
	}
	r.Header.Set("Authorization", "Bot "+env["DISCORD_TOKEN"])
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	return b.do(r)
}

func (b *bot) do(r *http.Request) []byte {
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		b.t.Errorf("%s %s: %d %s %v", r.Method, r.URL.Path, resp.StatusCode, data, err)
	}
	return data
}

func (b *bot) json(method, path, body string) { b.rest(method, path, "application/json", []byte(body)) }

// pay has Luma accept a prompt.
func (b *bot) pay(prompt string) {
	env := b.box.Environ()
	body, _ := json.Marshal(map[string]string{"user_prompt": prompt})
	r, err := http.NewRequest("POST", env["LUMA_API_URL"]+"/luma/generations", bytes.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+env["LUMA_API_KEY"])
	r.Header.Set("Content-Type", "application/json")
	b.do(r)
}

func (b *bot) dial() {
	host := strings.TrimPrefix(b.box.URL(), "http://")
	var err error
	if b.conn, err = net.Dial("tcp", host); err != nil {
		b.t.Fatal(err)
	}
	b.in = bufio.NewReader(b.conn)
	fmt.Fprintf(b.conn, "GET /gateway/?v=10&encoding=json HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", host)
	resp, err := http.ReadResponse(b.in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		b.t.Fatalf("the gateway does not open: %v %v", resp, err)
	}
	resp.Body.Close()
}

// listen reads frames until the connection ends.
func (b *bot) listen() {
	for {
		var head [2]byte
		if _, err := io.ReadFull(b.in, head[:]); err != nil {
			return
		}
		n := uint64(head[1] & 0x7f)
		if n >= 126 {
			size := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
			if _, err := io.ReadFull(b.in, size); err != nil {
				return
			}
			n = binary.BigEndian.Uint64(append(make([]byte, 8-len(size)), size...))
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

// interaction is what the fake bot reads of one.
type interaction struct {
	ID, Token string
	Type      int
	Data      struct {
		Name       string
		CustomID   string `json:"custom_id"`
		Options    json.RawMessage
		Values     []string
		Components json.RawMessage
	}
}

func (b *bot) event(payload []byte) {
	var e struct {
		Op int
		T  string
		D  json.RawMessage
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		b.t.Errorf("an event is not JSON: %v", err)
		return
	}
	switch {
	case e.Op == 10:
		identify := `{"op":2,"d":{"token":"` + b.box.Environ()["DISCORD_TOKEN"] + `","intents":1025,"properties":{"os":"a","browser":"b","device":"c"}}}`
		frame := binary.BigEndian.AppendUint16([]byte{0x81, 0xfe}, uint16(len(identify)))
		if _, err := b.conn.Write(append(append(frame, 0, 0, 0, 0), identify...)); err != nil && !errors.Is(err, net.ErrClosed) {
			b.t.Error(err)
		}
	case e.T == "MESSAGE_REACTION_ADD":
		var r struct {
			User    string `json:"user_id"`
			Channel string `json:"channel_id"`
			Message string `json:"message_id"`
		}
		if err := json.Unmarshal(e.D, &r); err == nil && r.User != b.id {
			b.json("POST", "/channels/"+r.Channel+"/messages", `{"content":"Queued, once more","message_reference":{"message_id":"`+r.Message+`"}}`)
		}
	case e.T == "INTERACTION_CREATE":
		var i interaction
		if err := json.Unmarshal(e.D, &i); err != nil {
			b.t.Errorf("an interaction is not JSON: %v", err)
			return
		}
		b.answer(i)
	}
}

func (b *bot) answer(i interaction) {
	respond := func(kind int, data string) {
		b.json("POST", "/interactions/"+i.ID+"/"+i.Token+"/callback", fmt.Sprintf(`{"type":%d,"data":%s}`, kind, data))
	}
	private := func(v any) {
		text, _ := json.Marshal(v)
		text = upload.ReplaceAll(text, []byte("ID"))
		content, _ := json.Marshal(string(text))
		respond(4, `{"flags":64,"content":`+string(content)+`}`)
	}
	original := "/webhooks/" + b.id + "/" + i.Token + "/messages/@original"
	switch what := i.Data.Name + i.Data.CustomID; {
	case i.Type == 4:
		respond(8, `{"choices":[{"name":"the boat","value":"id of the boat"},{"name":"the hill","value":"h"}]}`)
	case i.Type == 5:
		private(i.Data.Components)
	case what == "dream":
		respond(4, queuedCard)
		b.pay("a boat")
		b.finish(original, bytes.Contains(i.Data.Options, []byte("painted")))
	case what == "rules":
		respond(4, rulesCard)
	case what == "roles", what == "showcase":
		respond(7, `{"components":[{"type":10,"content":"Chosen: `+strings.Join(i.Data.Values, " and ")+`."}]}`)
	case what == "slow":
		respond(5, `{}`)
		b.json("PATCH", original, `{"content":"done at last"}`)
	case what == "silent":
	case what == "style":
		respond(7, `{"flags":32768,"components":[{"type":10,"content":"Style: `+strings.Join(i.Data.Values, ",")+`"}]}`)
	case what == "extend":
		respond(9, dialog)
	case what == "delete":
		respond(6, `{}`)
		b.json("DELETE", original, "")
	default:
		private(i.Data.Options)
	}
}

// finish shows a video in a reply, and perhaps puts a reaction under it.
func (b *bot) finish(original string, react bool) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormField("payload_json")
	_, _ = io.WriteString(part, doneCard)
	part, _ = form.CreateFormFile("files[0]", "boat.mp4")
	_, _ = io.WriteString(part, "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00")
	_ = form.Close()
	var m struct {
		ID      string
		Channel string `json:"channel_id"`
	}
	if err := json.Unmarshal(b.rest("PATCH", original, form.FormDataContentType(), body.Bytes()), &m); err != nil {
		b.t.Error(err)
		return
	}
	if !react {
		return // Discord takes one reaction in a quarter of a second
	}
	b.json("PUT", "/channels/"+m.Channel+"/messages/"+m.ID+"/reactions/%E2%8F%A9/@me", "")
}
