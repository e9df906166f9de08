package luma

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// moderated is the word in a prompt that makes moderation refuse it.
const moderated = "moderated"

// The service's own words for failures.
const (
	failurePrompt = "Advanced prompt moderation failed"
	failureFrames = "Failed to read user input frames"
)

func trimSlash(url string) string { return strings.TrimRight(url, "/") }

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, d := range all() {
		mux.HandleFunc(d.path(), func(w http.ResponseWriter, _ *http.Request) {
			writeError(w, d, &apiError{http.StatusNotFound, "invalid_request_error", "not_found", "Unknown path"})
		})
		d.routes(s, mux)
	}
	mux.HandleFunc("GET "+clipsPath+"{name}", s.serveClip)
	return mux
}

// answer is what is said of a generation, before a dialect writes it.
type answer struct {
	Generation
	link string // to its video; empty: none is given
}

func (s *Server) answer(g Generation, base string, now time.Time) answer {
	a := answer{Generation: g}
	if g.State == stateCompleted {
		a.link = base + s.clipPath(g, now)
	}
	return a
}

// reply is what a call that is not refused is answered.
type reply struct {
	status int
	of     []answer              // the generations that it tells of
	body   func(of []answer) any // nil: there is none
	doomed Fault                 // that will have an accepted generation fail
}

// one is the reply that tells of one generation.
func one(d dialect, status int, a answer) reply {
	return reply{status: status, of: []answer{a}, body: func(of []answer) any { return d.write(of[0]) }}
}

// api wraps a call of a dialect: bounds its body, asks the hook and the faults
// what becomes of it, checks the key, and shows the call to Config.Observe.
func (s *Server) api(d dialect, kind calls, call func(*http.Request) (reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.mu.Lock()
		closed, intercept, e := s.closed, s.intercept, s.effect(kind)
		if !closed {
			s.busy.Add(1)
		}
		s.mu.Unlock()
		if closed {
			writeError(w, d, &apiError{http.StatusServiceUnavailable, "server_error", "unavailable", "The service is shutting down"})
			return
		}
		defer s.busy.Done()

		seen := &recorder{ResponseWriter: w, dialect: d}
		if kind != paid {
			seen.generation = r.PathValue("id")
		}
		defer func() {
			took := time.Since(began)
			s.log.Debug("luma call", "method", r.Method, "path", r.URL.Path, "status", seen.status, "took", took)
			if s.observe != nil {
				s.observe(Call{Time: began, Method: r.Method, Path: r.URL.Path, Status: seen.status, Took: took,
					Generation: seen.generation, Problem: seen.problem, Fault: seen.fault})
			}
		}()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.maxBody()))
		if err != nil {
			e := badRequest("The body could not be read, or has more than %d bytes", d.maxBody())
			if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
				e.code = codeTooLarge
			}
			seen.refuse(e)
			return
		}
		again := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }
		again()
		if intercept != nil {
			if a := intercept(r); a != nil {
				e = joined{effect: effect{answer: *a}}
			}
			again()
		}
		if e.reset {
			seen.fault = e.fault
			reset(seen)
			return
		}
		s.respond(seen, r, e, func() (reply, error) {
			if !s.authorized(r) {
				return reply{}, &apiError{http.StatusUnauthorized, "authentication_error", codeUnauthorized, "Invalid API key"}
			}
			return call(r)
		})
	})
}

func (s *Server) authorized(r *http.Request) bool {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

// query is the call that asks for a generation.
func (s *Server) query(d dialect) func(*http.Request) (reply, error) {
	return func(r *http.Request) (reply, error) {
		g, err := s.find(r.PathValue("id"))
		if err != nil {
			return reply{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return one(d, http.StatusOK, s.answer(g, s.base, time.Now())), nil
	}
}

func (s *Server) find(id string) (Generation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return Generation{}, notFound("Generation")
	}
	s.settle(r, time.Now())
	return r.generation(), nil
}

// completed finds a generation that another is to be made of.
func (s *Server) completed(id string) (Generation, error) {
	g, err := s.find(id)
	if err == nil && g.State != stateCompleted {
		err = badRequest("Generation %s is not completed", id)
	}
	return g, err
}

// wish is what a paid call asks for: a Generation without what only comes about,
// and the pictures that came with it in place of their addresses.
type wish struct {
	Generation
	image, imageEnd []byte
}

// accept takes in a generation: from here on it is paid for. What it is made of is
// looked up and read first.
func (s *Server) accept(r *http.Request, d dialect, status int, w wish) (reply, error) {
	for _, id := range []string{w.Parent, w.Second} {
		if id == "" {
			continue
		}
		if _, err := s.completed(id); err != nil {
			return reply{}, err
		}
	}
	rec := &record{Generation: w.Generation}
	rec.Dialect, rec.State = d.name(), stateQueued
	rec.Inline = len(w.image)+len(w.imageEnd) > 0
	// A client that hangs up does not take the request back.
	begin, end, fault, err := s.pictures(context.WithoutCancel(r.Context()), w)
	var doomed Fault
	switch {
	case err != nil:
		s.log.Debug("a picture is not read", "error", err)
		refused, failure := d.unread(err)
		if refused != nil {
			return reply{doomed: fault}, refused
		}
		rec.Doom, doomed = failure, fault
	case strings.Contains(strings.ToLower(rec.Prompt), moderated):
		rec.Doom = failurePrompt
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.effect(paid); rec.Doom == "" && e.doom {
		rec.Doom, doomed = failurePrompt, e.doomer
	}
	s.compose(rec, begin, end)
	if !s.makeRoom() {
		return reply{}, &apiError{http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "Too many generations at once"}
	}
	if s.account.balance < price {
		s.settleAll() // what has failed meanwhile gives back its price
	}
	before := s.account
	if !s.account.charge() {
		return reply{}, &apiError{http.StatusForbidden, "billing", codeNoBalance, "Insufficient quota"}
	}
	now := time.Now()
	rec.ID, rec.CreatedAt, rec.Since = d.newID(), now, now
	if err := s.keep(rec); err != nil {
		s.account = before
		s.log.Error("a generation is refused", "error", err)
		return reply{}, &apiError{http.StatusInternalServerError, "server_error", "internal_error", "Internal error"}
	}
	s.records[rec.ID] = rec
	s.order = append(s.order, rec)
	s.watch(rec)
	s.announce()
	told := one(d, status, s.answer(rec.Generation, s.base, now))
	told.doomed = doomed
	return told, nil
}

// settleAll brings all records to the state that the clock has for them. The
// caller holds s.mu.
func (s *Server) settleAll() {
	now := time.Now()
	for _, r := range s.order {
		s.settle(r, now)
	}
}

// makeRoom drops the oldest final generation when the most are kept, and
// reports whether there is room. The caller holds s.mu.
func (s *Server) makeRoom() bool {
	if len(s.order) < maxKept {
		return true
	}
	now := time.Now()
	for i, r := range s.order {
		s.settle(r, now)
		if r.final() {
			delete(s.records, r.ID)
			s.order = slices.Delete(s.order, i, i+1)
			return true
		}
	}
	return false
}
