package gateway

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"dreambot/internal/secret"
)

const (
	botToken = "MTk4NjIy.Cl2FMQ.bot-token"
	// patience is how long a test waits for what must come; it is reached only
	// where the test fails.
	patience = 20 * time.Second
)

// TestMain lets more tests run side by side than there are processors: discordgo
// sleeps for a second whenever a connection ends, and that is most of what the
// tests of this package do.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// server is a gateway whose every word is the test's.
type server struct {
	*httptest.Server
	t     *testing.T
	peers chan *peer
	done  chan struct{} // closed when the test has ended
	// ask, where it is not nil, answers the question for the address.
	ask func(http.ResponseWriter, *http.Request)
	// upgrade, where it is not nil, stands before the websocket.
	upgrade func(http.ResponseWriter, *http.Request) (goOn bool)
}

func newServer(t *testing.T, secure bool) *server {
	t.Helper()
	s := &server{t: t, peers: make(chan *peer, 16), done: make(chan struct{})}
	mux := http.NewServeMux()
	question := func(auth string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != auth {
				t.Errorf("%s is asked with %d bytes of authorization, want %d", r.URL.Path, len(got), len(auth))
			}
			if s.ask != nil {
				s.ask(w, r)
				return
			}
			s.address(w)
		}
	}
	mux.HandleFunc("GET /api/v9/gateway", question(""))
	mux.HandleFunc("GET /api/v9/gateway/bot", question("Bot "+botToken))
	mux.HandleFunc("/ws/", func(w http.ResponseWriter, r *http.Request) {
		if s.upgrade != nil && !s.upgrade(w, r) {
			return
		}
		if q := r.URL.RawQuery; q != "v=9&encoding=json" {
			t.Errorf("query %q", q)
		}
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return // the bot has given up meanwhile
		}
		select {
		case s.peers <- &peer{t: t, conn: conn}:
		case <-s.done:
			_ = conn.Close()
		}
	})
	s.Server = httptest.NewUnstartedServer(mux)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		close(s.done)
		for {
			select {
			case p := <-s.peers:
				_ = p.conn.Close()
				continue
			default:
			}
			break
		}
		s.Close()
	})
	return s
}

// address answers as a gateway does.
func (s *server) address(w http.ResponseWriter) {
	s.addressAnd(w, `{"total":1000,"remaining":999,"reset_after":3600000,"max_concurrency":1}`)
}

func (s *server) addressAnd(w http.ResponseWriter, startLimit string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"url":%q,"shards":1,"session_start_limit":%s}`, "ws"+strings.TrimPrefix(s.URL, "http")+"/ws", startLimit)
}

// accept waits for the bot's next connection.
func (s *server) accept() *peer {
	s.t.Helper()
	select {
	case p := <-s.peers:
		s.t.Cleanup(func() { _ = p.conn.Close() })
		return p
	case <-time.After(patience):
		s.t.Fatal("the bot does not connect")
		return nil
	}
}

// peer is the server's end of a connection.
type peer struct {
	t    *testing.T
	conn *websocket.Conn
}

// send writes a text message.
func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// hello sends HELLO with an interval of ms.
func (p *peer) hello(ms int) {
	p.t.Helper()
	p.send(`{"op":10,"s":null,"t":null,"d":{"heartbeat_interval":%d}}`, ms)
}

const slow = 45_000 // ms: no second heartbeat within a test

// said is a message of the bot's.
type said struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
}

// expect reads the bot's messages up to one with op.
func (p *peer) expect(op int) said {
	p.t.Helper()
	for {
		m, err := p.read()
		if err != nil {
			p.t.Fatalf("waiting for op %d: %v", op, err)
		}
		if m.Op == op {
			return m
		}
	}
}

func (p *peer) read() (said, error) {
	var m said
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	_, b, err := p.conn.ReadMessage()
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(b, &m)
}

// ended reads until the bot has ended the connection, and returns the code of
// its close frame, 1006 where there was none.
func (p *peer) ended() int {
	p.t.Helper()
	for {
		if _, err := p.read(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			if strings.Contains(err.Error(), "i/o timeout") {
				p.t.Fatal("the bot does not end the connection")
			}
			return websocket.CloseAbnormalClosure
		}
	}
}

// inFrames sends a text message in several frames.
func (p *peer) inFrames(parts ...string) {
	p.t.Helper()
	var b []byte
	for i, part := range parts {
		frame := appendFrame(nil, frameText, []byte(part))
		if i > 0 {
			frame[0] &^= 0x0f
		}
		if i < len(parts)-1 {
			frame[0] &^= finalBit
		}
		b = append(b, frame...)
	}
	p.raw(b)
}

// raw sends bytes below the websocket.
func (p *peer) raw(b []byte) {
	p.t.Helper()
	if _, err := p.conn.NetConn().Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// reset ends the connection with a TCP reset.
func (p *peer) reset() {
	p.t.Helper()
	conn, ok := p.conn.NetConn().(*net.TCPConn)
	if !ok {
		p.t.Fatal("no TCP connection")
	}
	if err := conn.SetLinger(0); err != nil {
		p.t.Fatal(err)
	}
	_ = p.conn.Close()
}

// ready brings a fresh session up.
func (p *peer) ready(session string) {
	p.t.Helper()
	p.hello(slow)
	p.expect(opIdentify)
	p.send(`{"op":0,"s":1,"t":"READY","d":{"v":9,"session_id":%q,"guilds":[null],"user":{"id":"1"}}}`, session)
}

// closeWith sends a close frame.
func (p *peer) closeWith(code int) {
	p.t.Helper()
	b := []byte{byte(code >> 8), byte(code)}
	if err := p.conn.WriteControl(websocket.CloseMessage, b, time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
}

// resumption is what a RESUME carries.
type resumption struct {
	Token   string `json:"token"`
	Session string `json:"session_id"`
	Seq     int64  `json:"seq"`
}

// resumed expects a RESUME of session at seq, and accepts it as the event
// after it.
func (p *peer) resumed(session string, seq int64) {
	p.t.Helper()
	p.hello(slow)
	m, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	var got resumption
	if err := json.Unmarshal(m.Data, &got); err != nil {
		p.t.Fatal(err)
	}
	if want := (resumption{botToken, session, seq}); m.Op != opResume || got != want {
		p.t.Fatalf("op %d with session %q, seq %d; want op 6 with %q, %d", m.Op, got.Session, got.Seq, session, seq)
	}
	p.send(`{"op":0,"s":%d,"t":"RESUMED","d":{}}`, seq+1)
}

// bot is a session that runs.
type bot struct {
	*Session
	t      *testing.T
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of Run
	events chan Event
	log    *logBuffer
}

// start runs a session against s; change may alter its configuration.
func start(t *testing.T, s *server, change func(*Config)) *bot {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	transport := &http.Transport{}
	if t, ok := s.Client().Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
		transport.TLSClientConfig = t.TLSClientConfig.Clone()
	}
	b := &bot{t: t, cancel: cancel, done: make(chan struct{}), events: make(chan Event, 100), log: &logBuffer{}}
	c := Config{
		BaseURL:   s.URL,
		Token:     secret.New(botToken),
		Transport: transport,
		Log:       newLog(b.log),
		Intents:   1 | 1<<10,
		Handle:    func(e Event) { b.events <- e },
		Limits:    Limits{Connect: patience, MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond},
	}
	if change != nil {
		change(&c)
	}
	b.Session = New(c)
	go func() {
		defer close(b.done)
		b.err = b.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-b.done
		transport.CloseIdleConnections()
		if log := b.log.String(); strings.Contains(log, botToken) {
			t.Errorf("the token is in the log:\n%s", log)
		} else if t.Failed() {
			t.Logf("log:\n%s", log)
		}
	})
	return b
}

// event waits for the next event, which must be of typ.
func (b *bot) event(typ string) Event {
	b.t.Helper()
	select {
	case e := <-b.events:
		if e.Type != typ {
			b.t.Fatalf("event %q, want %q", e.Type, typ)
		}
		return e
	case <-b.done:
		b.t.Fatalf("Run ended: %v", b.err)
	case <-time.After(patience):
		b.t.Fatalf("no event; want %q", typ)
	}
	return Event{}
}

// stop ends the session, which must be no error.
func (b *bot) stop() {
	b.t.Helper()
	b.cancel()
	if err := b.wait(); err != nil {
		b.t.Errorf("Run: %v", err)
	}
	if b.Ready() {
		b.t.Error("it is ready after its end")
	}
}

// wait waits for Run's end.
func (b *bot) wait() error {
	b.t.Helper()
	select {
	case <-b.done:
	case <-time.After(patience):
		b.t.Fatal("Run does not return")
	}
	return b.err
}
