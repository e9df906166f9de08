package rest

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Discord bans an address for a while that makes 10,000 invalid requests within
// 10 minutes: those that it answers with 401, 403 or 429, but for 429s of a
// shared resource, which others can use up.
// Source: discord-api-docs, topics/rate-limits, "Invalid Request Limit".
//
// From slowFrom on, or where with the requests under way slowOpen could be
// reached, requests are let go one after the other, slowRate a second. Were each
// of them refused, then there would be in 10 minutes no more than the 1,000 that
// were counted or under way, and 2 a second in the 600 s and in the 60 s that
// one may have waited before: 2,320.
//
// First answers, which people wait for, go at once up to promptFrom, all that
// are under way included. Were each of those refused as well: 5,000 and 1,320,
// 6,320.
const (
	refusalWindow = 10 * time.Minute
	slowFrom      = 500
	slowOpen      = 1000
	slowRate      = 2
	slowUntil     = 250 // less than slowFrom, so that it does not go back and forth
	promptFrom    = 5000
)

// refusals counts what Discord takes for invalid requests, and spaces requests
// where there are many.
type refusals struct {
	log   *slog.Logger
	start time.Time
	pace  *rate.Limiter // of requests while they are spaced

	mu     sync.Mutex
	counts [refusalWindow/time.Second + 1]int // a ring, by the second since start
	newest int64                              // the second of the ring's newest count
	count  int                                // all counts
	open   int                                // requests that are under way, first answers apart
	prompt int                                // first answers that are
	slow   bool
}

func newRefusals(log *slog.Logger) *refusals {
	return &refusals{log: log, start: time.Now(), pace: rate.NewLimiter(slowRate, 1)}
}

// admit reports whether a request may go now, and counts it as under way then:
// settle must follow. Otherwise it needs a turn of pace first. prompt is a first
// answer.
func (r *refusals) admit(now time.Time, prompt, hadTurn bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look(now)
	free := !r.slow
	if prompt {
		free = r.count+r.open+r.prompt < promptFrom
	}
	if !free && !hadTurn {
		return false
	}
	*r.underWay(prompt)++
	return true
}

func (r *refusals) underWay(prompt bool) *int {
	if prompt {
		return &r.prompt
	}
	return &r.open
}

// settle takes in what became of a request.
func (r *refusals) settle(now time.Time, prompt, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*r.underWay(prompt)--
	r.advance(now)
	if refused {
		r.counts[r.newest%int64(len(r.counts))]++
		r.count++
	}
	r.look(now)
}

// recent returns how many there were within the window.
func (r *refusals) recent(now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look(now)
	return r.count
}

// look decides whether requests are spaced. r.mu is held, for the log as well:
// its lines come in the order of what they tell.
func (r *refusals) look(now time.Time) {
	r.advance(now)
	switch all := r.count + r.open; {
	case !r.slow && (r.count >= slowFrom || all >= slowOpen):
		r.slow = true
		r.log.Warn("many requests to discord are refused or unanswered; they are spaced, before it bans this address",
			"refused", r.count, "under_way", r.open, "within", refusalWindow)
	case r.slow && all < slowUntil:
		r.slow = false
		r.log.Info("few requests to discord are refused again; they are no longer spaced", "refused", r.count)
	}
}

// advance drops the counts that have left the window. r.mu is held.
func (r *refusals) advance(now time.Time) {
	second := int64(now.Sub(r.start) / time.Second)
	if second-r.newest >= int64(len(r.counts)) {
		clear(r.counts[:])
		r.count, r.newest = 0, second
	}
	for r.newest < second {
		r.newest++
		oldest := &r.counts[r.newest%int64(len(r.counts))]
		r.count -= *oldest
		*oldest = 0
	}
}

// invalid reports whether an answer counts as one to an invalid request.
func invalid(status int, h http.Header) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusTooManyRequests:
		return !strings.EqualFold(h.Get("X-RateLimit-Scope"), "shared")
	}
	return false
}
