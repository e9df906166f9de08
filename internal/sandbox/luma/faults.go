package luma

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// Answer is a fault: what a request gets in place of the true answer.
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
}

// Refusal returns an answer in the documented form of an error.
func Refusal(status int, kind, code, message string) *Answer {
	body, err := json.Marshal(map[string]any{"error": map[string]string{"message": message, "type": kind, "code": code}})
	if err != nil {
		panic(err) // strings always marshal
	}
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: string(body)}
}

// SetIntercept has f look at every API request before it is served. What f
// returns is answered in its place; nil leaves the request alone. f may read
// the body, and is called at the same time for several requests. A nil f ends
// it.
func (s *Server) SetIntercept(f func(r *http.Request) *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// respond serves a call, with the fault where there is one.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, fault *Answer, call func() (answer, error)) {
	if fault == nil {
		fault = &Answer{}
	}
	own := fault.Status == 0 && !fault.Drop
	var truth answer
	var err error
	if own || fault.After {
		truth, err = call()
	}
	if fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	}
	var refused *apiError
	switch {
	case fault.Drop:
		panic(http.ErrAbortHandler) // net/http breaks the connection
	case !own:
		for name, values := range fault.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(fault.Status)
		_, _ = w.Write([]byte(fault.Body))
	case errors.As(err, &refused):
		writeError(w, refused)
	default:
		writeJSON(w, http.StatusOK, truth)
	}
}
