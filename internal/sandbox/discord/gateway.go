package discord

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Opcodes.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opMembers        = 8
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
	opSoundboard     = 31
)

const (
	maxFrame     = 4096     // bytes of what a client sends; more is answered with a close code
	maxRead      = 1 << 20  // bytes; past it the connection just ends
	maxQueue     = 4096     // frames that wait to be written to one client
	maxQueued    = 16 << 20 // bytes of these
	maxMissed    = 1000     // events that are kept for a resume
	maxSessions  = 100
	resumeFor    = 5 * time.Minute
	writeTimeout = 10 * time.Second
	closeTimeout = time.Second // for the other side's close frame
	maxCommands  = 120         // frames that a client may send in a minute
)

// session is what IDENTIFY made. It outlives its connection for a while.
type session struct {
	hub     *hub
	id      string
	intents int
	shard   [2]int
	seq     int64
	missed  []frame // the newest events, for a resume
	sock    *socket // nil while it is not connected
	gone    time.Time
	since   int64 // rises with every IDENTIFY and RESUME of any session

	begun     time.Time // its IDENTIFY, or last RESUME
	heartbeat time.Time // its last one
}

// frame is a sent event.
type frame struct {
	seq   int64
	event string
	raw   []byte
}

// hub is the gateway's sessions and connections.
type hub struct {
	sessions map[string]*session
	socks    map[*socket]bool
	clock    int64
	observe  func(GatewayEvent) // nil: nobody watches
	starts   int                // sessions that were started, for session_start_limit

	silent     bool // new connections get no HELLO
	deaf       bool // heartbeats get no ACK
	reconnects int  // sessions that still get op 7 in place of their start
}

// refuses reports whether a session's start is to be answered with op 7, and
// counts it.
func (h *hub) refuses() bool {
	if h.reconnects == 0 {
		return false
	}
	h.reconnects--
	return true
}

func newHub(observe func(GatewayEvent)) hub {
	return hub{sessions: map[string]*session{}, socks: map[*socket]bool{}, observe: observe}
}

func (h *hub) online() bool {
	for _, x := range h.sessions {
		if x.sock != nil {
			return true
		}
	}
	return false
}

func (h *hub) closeAll(code int) {
	for k := range h.socks {
		k.close(code, "")
	}
}

// forGuild returns the session that a guild's interactions go to, or those of
// direct messages where id is "": of those that serve its shard the newest.
func (h *hub) forGuild(id string) *session {
	var best *session
	for _, x := range h.sessions {
		if x.sock != nil && x.serves(id) && (best == nil || x.since > best.since) {
			best = x
		}
	}
	return best
}

// serves reports whether a guild belongs to the session's shard. Direct
// messages, whose guild is "", are the first one's.
// Source: discord-api-docs, topics/gateway, sharding.
func (x *session) serves(guild string) bool {
	return snowflake(guild)>>22%uint64(x.shard[1]) == uint64(x.shard[0])
}

// upgrade makes WebSockets. Pages of other hosts may not speak to it.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, error) {
	u := websocket.Upgrader{
		HandshakeTimeout: writeTimeout,
		CheckOrigin: func(r *http.Request) bool {
			origin := r.Header.Get("Origin")
			if origin == "" {
				return true
			}
			u, err := url.Parse(origin)
			if err != nil {
				return false
			}
			ip := net.ParseIP(u.Hostname())
			return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
		},
	}
	return u.Upgrade(w, r, nil)
}

// serveGateway serves one connection to its end.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if e, c := q.Get("encoding"), q.Get("compress"); e != "" && e != "json" || c != "" && c != zlibStream {
		http.Error(w, "this stand-in speaks JSON, plain or with compress="+zlibStream, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	if s.closed || len(s.hub.socks) >= maxSessions {
		s.mu.Unlock()
		http.Error(w, "503: Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	s.work.Add(1)
	s.mu.Unlock()
	defer s.work.Done()

	ws, err := s.upgrade(w, r)
	if err != nil {
		return // Upgrade has answered
	}
	defer ws.Close()
	k := &socket{ws: ws, out: make(chan []byte, maxQueue), ending: make(chan struct{}), read: make(chan struct{}), version: 10}
	k.packer.stream = q.Get("compress") == zlibStream
	var writer sync.WaitGroup
	writer.Go(k.write)
	defer writer.Wait()
	switch q.Get("v") {
	case "", "10":
	case "9":
		k.version = 9
	default:
		k.close(4012, "Invalid API version")
	}

	s.mu.Lock()
	if s.closed {
		k.close(1001, "")
	}
	s.hub.socks[k] = true
	s.hub.tell(GatewayEvent{Kind: "connect"})
	if !s.hub.silent {
		k.send(object{"op": opHello, "s": nil, "t": nil, "d": object{
			"heartbeat_interval": s.limits.Heartbeat.Milliseconds(), "_trace": []string{},
		}})
	}
	s.mu.Unlock()

	code := s.readSocket(k)
	close(k.read)

	s.mu.Lock()
	delete(s.hub.socks, k)
	s.detach(k, code)
	s.hub.tell(GatewayEvent{Kind: "close", Session: k.known, Code: code, Detail: k.saying()})
	s.mu.Unlock()
	k.close(1000, "")
}

// readSocket reads until the connection ends, and returns the code that the
// client closed with, or that it was closed with, 0 where there was none.
func (s *Server) readSocket(k *socket) int {
	k.ws.SetReadLimit(maxRead)
	// A client that saw its close answered finds its session as that left it.
	answer := k.ws.CloseHandler()
	k.ws.SetCloseHandler(func(code int, reason string) error {
		s.mu.Lock()
		s.detach(k, code)
		s.mu.Unlock()
		return answer(code, reason)
	})
	patience := 2 * s.limits.Heartbeat
	_ = k.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		kind, raw, err := k.ws.ReadMessage()
		if err != nil {
			select {
			case <-k.ending:
				return k.code
			default:
			}
			if c, ok := err.(*websocket.CloseError); ok && c.Code != websocket.CloseAbnormalClosure {
				return c.Code
			}
			if t, ok := err.(net.Error); ok && t.Timeout() {
				k.close(4009, "Session timed out")
				return 4009
			}
			return 0
		}
		select {
		case <-k.ending:
			continue // only the close frame is awaited
		default:
		}
		if s.received(k, kind, raw) {
			_ = k.ws.SetReadDeadline(time.Now().Add(patience))
		}
	}
}

// resumable reports whether a session lives on after a close code.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
func resumable(code int) bool {
	return !slices.Contains([]int{1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}, code)
}

// detach takes a connection from its session. mu is held.
func (s *Server) detach(k *socket, code int) {
	x := k.session
	if x == nil || x.sock != k {
		return
	}
	if !resumable(code) {
		s.forget(x)
		return
	}
	x.sock, x.gone = nil, time.Now()
	s.presence(true)
}

// forget ends a session; its connection, if any, must identify anew. mu is held.
func (s *Server) forget(x *session) {
	was := s.hub.online()
	delete(s.hub.sessions, x.id)
	if x.sock != nil {
		x.sock.session = nil
		x.sock = nil
	}
	s.presence(was)
}

// attach gives a session its connection. mu is held.
func (s *Server) attach(x *session, k *socket) {
	was := s.hub.online()
	if old := x.sock; old != nil {
		old.session, x.sock = nil, nil
		old.close(4000, "Session was resumed elsewhere")
		// That it ended is told, however soon the next one comes.
		s.presence(was)
		was = s.hub.online()
	}
	x.sock, k.session, k.known = k, x, short(x.id)
	s.hub.clock++
	x.since, x.begun = s.hub.clock, time.Now()
	s.presence(was)
}

// presence tells when the bot came online or went offline. mu is held.
func (s *Server) presence(was bool) {
	if s.hub.online() == was {
		return
	}
	close(s.feed.changed)
	s.feed.changed = make(chan struct{})
	s.publish(Event{Type: EventGateway})
}
