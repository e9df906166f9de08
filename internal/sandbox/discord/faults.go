package discord

import (
	"maps"
	"net/http"
	"time"
)

// The faults that a test asks for.

// Answer is what a request gets in place of its own answer. Its zero value
// changes nothing.
type Answer struct {
	// After lets the request take effect first, and then throws away its
	// answer; without it the request has no effect, unless Status is 0 and Drop
	// is false.
	After  bool
	Delay  time.Duration // waited before the answer; the end of the request or of the server cuts it short
	Drop   bool          // the connection is cut in place of an answer
	Status int           // 0: the request's own answer
	Header http.Header
	Body   string
}

// SetIntercept has every REST request of the bot shown to f before it is
// served; where f returns an Answer, that holds. f may be called by several
// goroutines at once and must not read the body. nil ends it.
func (s *Server) SetIntercept(f func(r *http.Request) *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

func (a *Answer) write(rec *result) {
	if a.Drop {
		return
	}
	maps.Copy(rec.header, a.Header)
	rec.status = a.Status
	rec.body = []byte(a.Body)
}

// delay waits, as long as anybody wants the answer.
func (s *Server) delay(req *request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-req.Context().Done():
	case <-s.stop.Done():
	}
}

// cut breaks the connection of a request.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the way to reset a stream
	}
	_ = conn.Close()
}

// ExpireTokens ends all interaction tokens now: what uses one of them is
// answered 401 with code 50027, as 15 minutes after the interaction.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newID()
	s.expired = s.last
	s.record(record{Expired: s.expired})
}

// Gateway is the bot's gateway sessions, for faults.
type Gateway struct{ s *Server }

// Gateway returns the means to disturb the bot's gateway sessions.
func (s *Server) Gateway() Gateway { return Gateway{s} }

// Sessions returns how many sessions are connected.
func (g Gateway) Sessions() int {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	n := 0
	for _, x := range g.s.hub.sessions {
		if x.sock != nil {
			n++
		}
	}
	return n
}

// CloseAll closes all connections with a close code, such as 4000. Sessions
// can be resumed where Discord lets a client resume after the code: not after
// 1000, 1001, 4004 or 4010 to 4014, nor after 4007 and 4009.
func (g Gateway) CloseAll(code int) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.hub.closeAll(code)
}

// CutAll breaks all connections without a close frame, as a failing network
// does. Sessions can be resumed.
func (g Gateway) CutAll() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for k := range g.s.hub.socks {
		k.cut()
	}
}

// SendReconnect asks all connections to reconnect and resume (op 7).
func (g Gateway) SendReconnect() { g.sendAll(object{"op": opReconnect, "d": nil}) }

// SendInvalidSession tells all connections that their session is invalid (op
// 9), and forgets it unless it is resumable.
func (g Gateway) SendInvalidSession(resumable bool) {
	g.sendAll(object{"op": opInvalidSession, "d": resumable})
	if resumable {
		return
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for _, x := range g.s.hub.sessions {
		if x.sock != nil {
			g.s.forget(x)
		}
	}
}

func (g Gateway) sendAll(frame object) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for k := range g.s.hub.socks {
		k.send(frame)
	}
}
