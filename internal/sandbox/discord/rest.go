package discord

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// route is a row of the table of routes. Its path is split at slashes; a part
// in braces takes any one part.
type route struct {
	method  string
	path    []string
	open    bool   // needs no Authorization: the token in the path is one
	limited string // the kind of edit that it is, or a reaction, for the rate limit; "" for none
	serve   func(*request) (answer, error)
}

// ofInteractions reports whether a route is one of those that the bot's global
// rate limit does not hold for.
// Source: discord-api-docs, interactions/receiving-and-responding, endpoints.
func (r route) ofInteractions() bool {
	return len(r.path) > 0 && (r.path[0] == "interactions" || r.path[0] == "webhooks")
}

// request is a request of the bot on its way.
type request struct {
	*http.Request
	vars map[string]string
	body body
	now  time.Time
	made string // id of the message that it created
}

// answer is what a route gives back; a nil body is sent as none.
type answer struct {
	status int
	body   any
}

// result is an answer before it is sent.
type result struct {
	status int
	header http.Header
	body   []byte

	code    int    // Discord's error code
	problem string // what Call.Problem says
	fault   Fault  // that has decided it
}

// via is the header Via of what Discord itself answers: by it client libraries
// tell a limit of Discord's from one of the wall before it.
// Source: discord/discord-api-docs, issue 1463.
const via = "1.1 google"

func ok(body any) (answer, error) { return answer{http.StatusOK, body}, nil }
func nothing() (answer, error)    { return answer{status: http.StatusNoContent}, nil }

// table lists the routes.
func (s *Server) table() []route {
	r := func(method, path string, serve func(*request) (answer, error)) route {
		return route{method: method, path: strings.Split(path, "/"), serve: serve}
	}
	open := func(r route) route { r.open = true; return r }
	limited := func(kind string, r route) route { r.limited = kind; return r }
	const (
		hook     = "webhooks/{application}/{token}"
		hooked   = hook + "/messages/{message}"
		messages = "channels/{channel}/messages"
		emoji    = messages + "/{message}/reactions/{emoji}"
		global   = "applications/{application}/commands"
		local    = "applications/{application}/guilds/{guild}/commands"
	)
	return []route{
		open(r("GET", "gateway", s.getGateway)),
		r("GET", "gateway/bot", s.getGatewayBot),
		r("GET", "applications/@me", s.getApplication),
		r("GET", "oauth2/applications/@me", s.getApplication),
		r("GET", "users/@me", s.getSelf),
		r("GET", "users/{user}", s.getUser),
		r("GET", "users/@me/guilds", s.getGuilds),
		r("POST", "users/@me/channels", s.postDirect),
		r("GET", "guilds/{guild}", s.getGuild),
		r("GET", "guilds/{guild}/channels", s.getChannels),
		r("GET", "guilds/{guild}/roles", s.getRoles),
		r("GET", "guilds/{guild}/members/{user}", s.getMember),
		r("GET", "channels/{channel}", s.getChannel),
		r("POST", "channels/{channel}/typing", s.postTyping),
		r("GET", messages, s.getMessages),
		r("POST", messages, s.postMessage),
		r("GET", messages+"/{message}", s.getMessage),
		limited("channel", r("PATCH", messages+"/{message}", s.patchMessage)),
		r("DELETE", messages+"/{message}", s.deleteMessage),
		r("GET", emoji, s.getReactions),
		limited("reaction", r("PUT", emoji+"/@me", s.putReaction)),
		limited("reaction", r("DELETE", emoji+"/@me", s.deleteReaction)),
		r("DELETE", emoji+"/{user}", s.manageReactions),
		r("DELETE", emoji, s.manageReactions),
		r("DELETE", messages+"/{message}/reactions", s.manageReactions),
		r("GET", global, s.getCommands),
		r("PUT", global, s.putCommands),
		r("POST", global, s.postCommand),
		r("GET", global+"/{command}", s.getCommand),
		r("PATCH", global+"/{command}", s.patchCommand),
		r("DELETE", global+"/{command}", s.deleteCommand),
		r("GET", local, s.getCommands),
		r("PUT", local, s.putCommands),
		r("POST", local, s.postCommand),
		r("GET", local+"/{command}", s.getCommand),
		r("PATCH", local+"/{command}", s.patchCommand),
		r("DELETE", local+"/{command}", s.deleteCommand),
		open(r("POST", "interactions/{interaction}/{token}/callback", s.postCallback)),
		open(r("POST", hook, s.postFollowUp)),
		open(r("GET", hooked, s.getAnswer)),
		open(limited("webhook", r("PATCH", hooked, s.patchAnswer))),
		open(r("DELETE", hooked, s.deleteAnswer)),
	}
}

// find returns the route of a path, and the parts that its braces took.
func (s *Server) find(method, path string) (route, map[string]string, error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	known := false
	for _, r := range s.routes {
		vars, ok := r.match(parts)
		if !ok {
			continue
		}
		if r.method == method {
			return r, vars, nil
		}
		known = true
	}
	if known {
		return route{}, nil, errMethod()
	}
	return route{}, nil, errNotFound()
}

func (r route) match(parts []string) (map[string]string, bool) {
	if len(parts) != len(r.path) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range r.path {
		if strings.HasPrefix(p, "{") {
			vars[strings.Trim(p, "{}")] = parts[i]
		} else if p != parts[i] {
			return nil, false
		}
	}
	return vars, true
}

// serveAPI serves a REST request and tells Config.Observe.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	req := &request{Request: r, now: start}
	rec := &result{header: http.Header{}}
	drop := s.answer(rec, req)
	s.discard(req.body.files)
	if s.observe != nil {
		defer func() { s.observe(s.call(req, rec)) }()
	}
	if drop {
		rec.status = 0
		cut(w)
		return
	}
	for k, v := range rec.header {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.status)
	_, _ = w.Write(rec.body)
}

// answer writes the answer to rec, and reports whether the connection is to be
// dropped in its place.
func (s *Server) answer(rec *result, req *request) (drop bool) {
	fault := s.faultFor(req)
	if fault != nil && !fault.After {
		s.delay(req, fault.Delay)
		if fault.Drop || fault.Status != 0 {
			_, req.vars, _ = s.route(req)
			if !fault.unread {
				_ = s.read(req) // so that Observe sees it, and the client gets to its end
			}
			fault.write(rec)
			return fault.Drop
		}
	}
	a, err := s.serve(rec.header, req)
	if err != nil {
		var no *apiError
		if !errors.As(err, &no) {
			s.log.Error("answering a request", "method", req.Method, "err", err)
			no = errDisk()
		}
		rec.code, rec.problem, rec.fault = no.code, no.problem(), no.fault
		a = answer{no.status, no.body()}
	}
	write(rec, a)
	if fault != nil && fault.After {
		s.delay(req, fault.Delay)
		switch {
		case fault.Drop:
			fault.write(rec)
		case fault.Status != 0:
			rec.header, rec.code = http.Header{}, 0
			fault.write(rec)
		case rec.fault == "":
			rec.fault = fault.fault // it has come late only
		}
		return fault.Drop
	}
	return false
}

func write(rec *result, a answer) {
	var raw []byte
	if a.body != nil {
		var err error
		if raw, err = json.Marshal(a.body); err != nil {
			a.status, raw = http.StatusInternalServerError, []byte(`{"message":"500: Internal Server Error","code":0}`)
		}
		rec.header.Set("Content-Type", "application/json")
	}
	rec.header.Set("Via", via)
	rec.status = a.status
	rec.body = raw
}

// faultFor returns the fault that a request meets, or nil: what a test asks for
// goes before what is switched on.
func (s *Server) faultFor(req *request) *Answer {
	s.mu.Lock()
	intercept, on := s.intercept, s.faults
	s.mu.Unlock()
	if intercept != nil {
		if a := intercept(req.Request); a != nil {
			return a
		}
	}
	if len(on) == 0 {
		return nil
	}
	r, _, _ := s.route(req)
	return on.answer(r, req.now, s.bucketID(r), s.limits)
}

// route finds the route below /api/vN.
func (s *Server) route(req *request) (route, map[string]string, error) {
	rest, ok := strings.CutPrefix(req.URL.Path, "/api/")
	if !ok {
		return route{}, nil, errNotFound()
	}
	version, path, _ := strings.Cut(rest, "/")
	if version != "v9" && version != "v10" {
		if n, err := strconv.Atoi(strings.TrimPrefix(version, "v")); err == nil && version[0] == 'v' && n >= 0 {
			return route{}, nil, errVersion()
		}
		return route{}, nil, errNotFound()
	}
	return s.find(req.Method, path)
}

// serve takes a request through the checks that all routes share.
func (s *Server) serve(h http.Header, req *request) (answer, error) {
	r, vars, err := s.route(req)
	req.vars = vars
	if err != nil {
		return answer{}, err
	}
	if !r.open && req.Header.Get("Authorization") != "Bot "+s.token {
		return answer{}, errUnauthorized()
	}
	if err := s.allow(h, r, req); err != nil {
		return answer{}, err
	}
	if err := s.read(req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return answer{}, &apiError{status: http.StatusServiceUnavailable, message: "503: Service Unavailable"}
	}
	return r.serve(req)
}

// hidden takes interaction tokens out of a path, also of one that is no route.
func (s *Server) hidden(path, token string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if _, ok := s.tokenOf(p); ok || p != "" && p == token {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// discard removes the uploads of a request that nothing took.
func (s *Server) discard(sent []upload) {
	for _, u := range sent {
		s.mu.Lock()
		_, taken := s.files.byID[u.file.ID]
		s.mu.Unlock()
		if !taken {
			_ = os.Remove(s.files.path(u.file.ID))
		}
	}
}
