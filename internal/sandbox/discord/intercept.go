package discord

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

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

	unread bool  // the request's body is not even read
	fault  Fault // the one that is on and asks for it; empty for what an intercept does
}

// SetIntercept has every REST request of the bot shown to f before it is
// served; where f returns an Answer, that holds, and what SetFaults has switched
// on stands back. f may be called by several goroutines at once and must not
// read the body. nil ends it.
func (s *Server) SetIntercept(f func(r *http.Request) *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

func (a *Answer) write(rec *result) {
	rec.fault = a.fault
	if a.Drop {
		rec.code, rec.problem = 0, "The connection was cut before an answer."
		return
	}
	maps.Copy(rec.header, a.Header)
	rec.status = a.Status
	rec.body = []byte(a.Body)
	if rec.problem = ""; a.Status >= 400 {
		rec.problem = fmt.Sprintf("%d: %s", a.Status, http.StatusText(a.Status))
	}
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
