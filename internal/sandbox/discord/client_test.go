package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app     = "1201000000000000001"
	harbor  = "1201000000000000100"
	dreams  = "1201000000000000102"
	general = "1201000000000000101"
	ada     = "1201000000000000301"
	ben     = "1201000000000000302"
	mei     = "1201000000000000303"
)

// patience is how long a test waits for something that should come at once.
const patience = 20 * time.Second

// bench is a server with a client of it.
type bench struct {
	*testing.T
	s    *Server
	base string
	http *http.Client
	ctx  context.Context
}

func serve(t *testing.T, c Config) *bench {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return serveServer(t, s)
}

func serveServer(t *testing.T, s *Server) *bench {
	t.Helper()
	web := httptest.NewServer(s.Handler())
	s.SetBaseURL(web.URL)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b := &bench{t, s, web.URL, &http.Client{Transport: &http.Transport{}}, ctx}
	t.Cleanup(func() {
		cancel()
		b.http.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return b
}

// reply is an answer of the server's.
type reply struct {
	status int
	header http.Header
	raw    []byte
	json   any
}

// get returns what stands at a path of the answer's JSON, as "data.0.id".
func (r reply) get(path string) any { return dig(r.json, path) }

func (r reply) text(path string) string { return fmt.Sprint(r.get(path)) }

func dig(v any, path string) any {
	for _, key := range strings.Split(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[key]
		case []any:
			i := -1
			if _, err := fmt.Sscan(key, &i); err != nil || i < 0 || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	return v
}

func (b *bench) send(req *http.Request) reply {
	b.Helper()
	res, err := b.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	r := reply{status: res.StatusCode, header: res.Header, raw: raw}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &r.json); err != nil {
			b.Fatalf("%s: %v in %q", req.URL.Path, err, raw)
		}
	}
	checkAnswer(b.T, req, r)
	return r
}

func (b *bench) request(method, path, contentType string, body io.Reader) *http.Request {
	b.Helper()
	req, err := http.NewRequestWithContext(b.ctx, method, b.base+"/api/v10/"+path, body)
	if err != nil {
		b.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if !strings.HasPrefix(path, "webhooks/") && !strings.HasPrefix(path, "interactions/") {
		req.Header.Set("Authorization", "Bot "+b.s.Token())
	}
	return req
}

// call sends a JSON document, none where body is "".
func (b *bench) call(method, path, body string) reply {
	b.Helper()
	if body == "" {
		return b.send(b.request(method, path, "", nil))
	}
	return b.send(b.request(method, path, "application/json", strings.NewReader(body)))
}

// must is call, whose status must be as given.
func (b *bench) must(status int, method, path, body string) reply {
	b.Helper()
	r := b.call(method, path, body)
	if r.status != status {
		b.Fatalf("%s %s: %d %s, want %d", method, path, r.status, r.raw, status)
	}
	return r
}

// part is a file of a multipart body.
type part struct {
	field, name, kind string
	data              []byte
}

func (b *bench) upload(method, path, payload string, files ...part) reply {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if payload != "" {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {"application/json"}}
		p, _ := w.CreatePart(h)
		_, _ = io.WriteString(p, payload)
	}
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, f.field, f.name)}, "Content-Type": {f.kind}}
		p, _ := w.CreatePart(h)
		_, _ = p.Write(f.data)
	}
	_ = w.Close()
	return b.send(b.request(method, path, w.FormDataContentType(), &body))
}

// refused checks an answer that says no.
func refused(t *testing.T, r reply, status, code int) {
	t.Helper()
	if r.status != status || r.get("code") != float64(code) {
		t.Errorf("got %d %s, want %d with code %d", r.status, r.raw, status, code)
	}
}

// refusedAt checks that a form is wrong at a place.
func refusedAt(t *testing.T, r reply, at string) {
	t.Helper()
	refused(t, r, 400, 50035)
	if r.get("errors."+at+"._errors.0.code") == nil {
		t.Errorf("nothing is wrong at %q in %s", at, r.raw)
	}
}

// client is a bot's gateway connection.
type client struct {
	*bench
	ws      *websocket.Conn
	seq     int64
	session string
}

// event is a frame from the gateway.
type event struct {
	Op int    `json:"op"`
	S  *int64 `json:"s"`
	T  string `json:"t"`
	D  any    `json:"d"`
}

func (e event) get(path string) any     { return dig(e.D, path) }
func (e event) text(path string) string { return fmt.Sprint(dig(e.D, path)) }

// dial connects, and reads HELLO.
func (b *bench) dial() *client {
	b.Helper()
	url := "ws" + strings.TrimPrefix(b.base, "http") + "/gateway/?v=10&encoding=json"
	ws, res, err := websocket.DefaultDialer.DialContext(b.ctx, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	b.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	c := &client{bench: b, ws: ws}
	if e := c.read(); e.Op != opHello || e.get("heartbeat_interval") == nil {
		b.Fatalf("first came %+v, want HELLO", e)
	}
	return c
}

// online connects a bot that is ready.
func (b *bench) online(intents int) *client {
	b.Helper()
	c := b.dial()
	c.identify(intents)
	e := c.next("READY")
	c.session = e.text("session_id")
	return c
}

func (c *client) identify(intents int) {
	c.Helper()
	c.write(fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":%d,"properties":{"os":"linux"}}}`, c.s.Token(), intents))
}

func (c *client) write(frame string) {
	c.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		c.Fatal(err)
	}
}

func (c *client) read() event {
	c.Helper()
	var e event
	if err := c.ws.ReadJSON(&e); err != nil {
		c.Fatal(err)
	}
	if e.S != nil {
		c.seq = *e.S
	}
	return e
}

// next reads up to an event.
func (c *client) next(kind string) event {
	c.Helper()
	for {
		if e := c.read(); e.T == kind {
			return e
		}
	}
}

// closed reads to the end, and returns the close code.
func (c *client) closed() int {
	c.Helper()
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			c.Fatalf("the connection ended without a close frame: %v", err)
		}
	}
}

// path is where an interaction's first response goes.
func (e event) path() string {
	return "interactions/" + e.text("id") + "/" + e.text("token") + "/callback"
}

// hook is where an interaction's messages are.
func (e event) hook(message string) string {
	p := "webhooks/" + app + "/" + e.text("token")
	if message != "" {
		p += "/messages/" + message
	}
	return p
}

// acting is a person's act on its way.
type acting struct {
	out Outcome
	err error
}

func (b *bench) begin(act func() (Outcome, error)) <-chan acting {
	ch := make(chan acting, 1)
	go func() {
		out, err := act()
		ch <- acting{out, err}
	}()
	return ch
}

// saw waits for what the person saw.
func (b *bench) saw(ch <-chan acting, kind OutcomeKind) Outcome {
	b.Helper()
	a := <-ch
	if a.err != nil || a.out.Kind != kind {
		b.Fatalf("the person saw %+v, %v; want %s", a.out, a.err, kind)
	}
	return a.out
}

const dreamCommand = `[{"name":"dream","description":"Dream a video","options":[
	{"type":3,"name":"prompt","description":"What it shows","required":true,"max_length":500},
	{"type":11,"name":"image","description":"First frame","file_types":["image"]},
	{"type":3,"name":"model","description":"Model","choices":[{"name":"Ray","value":"ray-v2"}]},
	{"type":3,"name":"video","description":"Video","autocomplete":true},
	{"type":4,"name":"count","description":"How many","min_value":1,"max_value":4},
	{"type":5,"name":"loop","description":"Whether it loops"}]}]`

// dream brings a bot online with a command, has Ada invoke it, and returns the
// interaction that the bot gets.
func (b *bench) dream() (*client, event, <-chan acting) {
	b.Helper()
	b.must(200, "PUT", "applications/"+app+"/commands", dreamCommand)
	c := b.online(intentGuilds)
	ch := b.invoke()
	return c, c.next("INTERACTION_CREATE"), ch
}

func (b *bench) invoke() <-chan acting {
	return b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", "a harbor"}}})
	})
}

// answered is dream with a message as the answer.
func (b *bench) answered(data string) (*client, event, Message) {
	b.Helper()
	c, e, ch := b.dream()
	b.must(204, "POST", e.path(), `{"type":4,"data":`+data+`}`)
	return c, e, *b.saw(ch, OutcomeMessage).Message
}
