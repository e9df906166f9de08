package luma

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
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

func newKey() string { return "sk-sandbox-" + rand.Text() }

func newID() string { return "luma_gen_" + strings.ToLower(rand.Text()[:16]) }

func trimSlash(url string) string { return strings.TrimRight(url, "/") }

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/luma/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, &apiError{http.StatusNotFound, "invalid_request_error", "not_found", "Unknown path"})
	})
	mux.Handle("POST /luma/generations", s.api(paid, s.create))
	mux.Handle("GET /luma/generations/{id}", s.api(query, s.query))
	mux.Handle("POST /luma/generations/{id}/extend", s.api(paid, s.extend))
	mux.HandleFunc("GET /clips/{name}", s.serveClip)
	return mux
}

// apiError is an answer that is not a success, as {"error": {…}}.
type apiError struct {
	status              int
	kind, code, message string
}

func (e *apiError) Error() string { return e.message }

func badRequest(format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, "invalid_request_error", "invalid_request", fmt.Sprintf(format, args...)}
}

func writeError(w http.ResponseWriter, e *apiError) {
	var body struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    string `json:"code"`
		} `json:"error"`
	}
	body.Error.Message, body.Error.Type, body.Error.Code = e.message, e.kind, e.code
	writeJSON(w, e.status, body)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// What cannot be sent, nobody is there to read.
	_ = json.NewEncoder(w).Encode(value)
}

// answer is what the service says of a generation.
type answer struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	CreatedAt string `json:"created_at"` // UTC, whole seconds
	Failure   string `json:"failure_reason,omitempty"`
	Video     *video `json:"video,omitempty"`

	doomed Fault // that will have the generation fail
}

type video struct {
	URL         string `json:"url"`
	DownloadURL string `json:"download_url"`
}

func (s *Server) answer(g Generation, base string, now time.Time) answer {
	a := answer{ID: g.ID, State: g.State, CreatedAt: g.CreatedAt.UTC().Format(time.RFC3339), Failure: g.Failure}
	if g.State == stateCompleted {
		link := base + s.clipPath(g, now)
		a.Video = &video{URL: link, DownloadURL: link + "&download=1"}
	}
	return a
}

// api wraps a call of the API: bounds its body, asks the hook and the faults
// what becomes of it, checks the key, and shows the call to Config.Observe.
func (s *Server) api(kind calls, call func(*http.Request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.mu.Lock()
		closed, intercept, e := s.closed, s.intercept, s.effect(kind)
		if !closed {
			s.busy.Add(1)
		}
		s.mu.Unlock()
		if closed {
			writeError(w, &apiError{http.StatusServiceUnavailable, "server_error", "unavailable", "The service is shutting down"})
			return
		}
		defer s.busy.Done()

		seen := &recorder{ResponseWriter: w}
		if kind == query {
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
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			seen.refuse(badRequest("The body could not be read, or has more than %d bytes", maxBody))
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
		s.respond(seen, r, e, func() (answer, error) {
			if !s.authorized(r) {
				return answer{}, &apiError{http.StatusUnauthorized, "authentication_error", "invalid_api_key", "Invalid API key"}
			}
			return call(r)
		})
	})
}

func (s *Server) authorized(r *http.Request) bool {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

func (s *Server) create(r *http.Request) (answer, error) {
	var b createBody
	if err := decode(r, &b); err != nil {
		return answer{}, err
	}
	if b.ImageEndURL != nil && b.ImageURL == nil {
		return answer{}, badRequest("image_end_url needs image_url")
	}
	return s.accept(r, b, "")
}

// extend takes what siblings of the service take too: expand_prompt and the
// two pictures. Model, duration and resolution are those of the parent.
func (s *Server) extend(r *http.Request) (answer, error) {
	var b createBody
	if err := decode(r, &b); err != nil {
		return answer{}, err
	}
	if b.Model != nil || b.Duration != nil || b.Resolution != nil {
		return answer{}, badRequest("model_name, duration and resolution cannot be set for an extension")
	}
	id := r.PathValue("id")
	parent, err := s.find(id)
	if err != nil {
		return answer{}, err
	}
	if parent.State != stateCompleted {
		return answer{}, badRequest("Generation %s is not completed", id)
	}
	return s.accept(r, b, id)
}

func (s *Server) query(r *http.Request) (answer, error) {
	g, err := s.find(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	base := s.base
	s.mu.Unlock()
	return s.answer(g, base, time.Now()), nil
}

func (s *Server) find(id string) (Generation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return Generation{}, &apiError{http.StatusNotFound, "invalid_request_error", "not_found", "Generation not found"}
	}
	s.settle(r, time.Now())
	return r.generation(), nil
}

// accept takes in a generation: from here on it is paid for. The pictures are
// read first; one that cannot be read fails the generation, not the request.
func (s *Server) accept(r *http.Request, b createBody, parent string) (answer, error) {
	s.mu.Lock()
	base := s.base
	s.mu.Unlock()
	// A client that hangs up does not take the request back.
	begin, end, err := s.pictures(context.WithoutCancel(r.Context()), base, value(b.ImageURL), value(b.ImageEndURL))
	rec := &record{Generation: Generation{
		Parent: parent, State: stateQueued, Prompt: *b.Prompt, Model: value(b.Model), Duration: value(b.Duration),
		Resolution: value(b.Resolution), ExpandPrompt: b.ExpandPrompt,
		ImageURL: value(b.ImageURL), ImageEndURL: value(b.ImageEndURL),
	}}
	switch {
	case err != nil:
		s.log.Debug("a picture is not read", "error", err)
		rec.Doom = failureFrames
	case strings.Contains(strings.ToLower(rec.Prompt), moderated):
		rec.Doom = failurePrompt
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	var doomed Fault
	if e := s.effect(paid); rec.Doom == "" && e.doom {
		rec.Doom, doomed = failurePrompt, e.doomer
	}
	if p, ok := s.records[parent]; ok {
		rec.Clip, rec.Film = s.studio.follow(p, rec.Prompt, end)
	} else {
		rec.Clip, rec.Film = s.studio.open(rec.Prompt, begin, end)
	}
	if !s.makeRoom() {
		return answer{}, &apiError{http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "Too many generations at once"}
	}
	now := time.Now()
	rec.ID, rec.CreatedAt, rec.Since = newID(), now, now
	if err := s.keep(rec); err != nil {
		s.log.Error("a generation is refused", "error", err)
		return answer{}, &apiError{http.StatusInternalServerError, "server_error", "internal_error", "Internal error"}
	}
	s.records[rec.ID] = rec
	s.order = append(s.order, rec)
	s.announce()
	a := s.answer(rec.Generation, s.base, now)
	a.doomed = doomed
	return a, nil
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
