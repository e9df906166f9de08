package luma

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"
)

// Answer is what a request gets in place of its own answer.
type Answer struct {
	// Status, Header and Body are the answer. Status 0: the true one, only
	// late by Delay.
	Status int
	Header http.Header
	Body   string
	Delay  time.Duration // before anything is sent; Close cuts it short
	Drop   bool          // break the connection, with no answer at all
	// After lets the request take effect first, as if all went well: with Drop
	// a create that was accepted and whose answer is lost.
	After bool

	refusal *apiError // in place of a Body: an error in the form of the dialect that is called
}

// own reports whether the request is answered by itself.
func (a *Answer) own() bool { return a.Status == 0 && !a.Drop }

// Refusal returns an error of the API's: status, kind and code as the first dialect
// has them, in the form of the dialect that is called.
func Refusal(status int, kind, code, message string) *Answer {
	return &Answer{Status: status, Header: http.Header{}, refusal: &apiError{status, kind, code, message}}
}

// SetIntercept has f look at every request, of the API and for a clip, before
// it is served. What f returns holds, whatever faults are on; nil leaves the
// request to them. f may read the body, and is called at the same time for
// several requests. A nil f ends it.
func (s *Server) SetIntercept(f func(r *http.Request) *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// respond serves a call of the API, with what the effect makes of it.
func (s *Server) respond(w *recorder, r *http.Request, e joined, call func() (reply, error)) {
	var truth reply
	var err error
	if e.answer.own() || e.answer.After {
		truth, err = call()
	}
	if len(truth.of) == 1 {
		w.generation = truth.of[0].ID
	}
	w.fault = truth.doomed
	if e.delay > 0 || e.answers() {
		w.fault = e.fault
	}
	s.wait(r, max(e.answer.Delay, e.delay))
	var refused *apiError
	switch {
	case e.hang:
		s.hang(r)
	case e.answer.Drop, !e.answer.own():
		e.answer.send(w, w.dialect)
	case errors.As(err, &refused):
		w.refuse(refused)
	default:
		for _, c := range e.changes {
			for i, before := range truth.of {
				c.change(&truth.of[i])
				if truth.of[i] != before && w.fault == "" {
					w.fault = c.fault
				}
			}
		}
		truth.send(w, e.spoil)
	}
}

// send writes a reply. spoil, if not nil, makes other bytes of it.
func (a reply) send(w http.ResponseWriter, spoil func([]byte) []byte) {
	switch {
	case a.body == nil:
		w.WriteHeader(a.status)
	case spoil == nil:
		writeJSON(w, a.status, a.body(a.of))
	default:
		var whole bytes.Buffer
		_ = json.NewEncoder(&whole).Encode(a.body(a.of)) // texts always encode
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(a.status)
		_, _ = w.Write(spoil(whole.Bytes()))
	}
}

// send writes an answer that is not the request's own, or breaks the
// connection.
func (a *Answer) send(w http.ResponseWriter, d dialect) {
	if a.Drop {
		panic(http.ErrAbortHandler) // net/http breaks the connection
	}
	for name, values := range a.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if a.refusal != nil && a.Body == "" {
		writeError(w, d, a.refusal)
		return
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body))
}

// wait waits for d, as long as anybody wants the answer.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// hang waits until the client gives up, or Close.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	panic(http.ErrAbortHandler)
}

// reset breaks the connection so that the client sees a reset, where there is
// a TCP connection to break.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
