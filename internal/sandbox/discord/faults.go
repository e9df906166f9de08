package discord

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is a trouble of Discord's that is switched on and off by name. It acts
// on the bot's REST requests.
type Fault string

// The faults.
const (
	FaultRateLimited     Fault = "rate-limited"
	FaultGlobalRateLimit Fault = "global-rate-limit"
	FaultCloudflare      Fault = "cloudflare"
	FaultUnavailable     Fault = "unavailable"
	FaultBadGateway      Fault = "bad-gateway"
	FaultSlow            Fault = "slow"
	FaultLostAnswers     Fault = "lost-answers"
	FaultExpiredTokens   Fault = "expired-tokens"
	FaultNoAccess        Fault = "no-access"
	FaultNoPermission    Fault = "no-permission"
	FaultDirectClosed    Fault = "direct-closed"
	FaultOutage          Fault = "outage"
)

// FaultInfo says of a fault what to watch for.
type FaultInfo struct {
	Name        Fault  `json:"name"`
	Description string `json:"description"` // one line
}

// Faults returns all faults.
func Faults() []FaultInfo {
	return []FaultInfo{
		{FaultRateLimited, "Every request is told to wait (429): replies come late, and none is lost."},
		{FaultGlobalRateLimit, "The whole bot is told to wait (429, global): answers to people go on, all else comes late."},
		{FaultCloudflare, "A wall before Discord says 429 with a page instead of JSON: the bot waits and does not stumble."},
		{FaultUnavailable, "Discord answers 503 with nothing: replies stand still and catch up afterwards."},
		{FaultBadGateway, "Discord answers 502 with a page: replies stand still and catch up afterwards."},
		{FaultSlow, "Every answer comes late, though the request took effect: nothing is done twice."},
		{FaultLostAnswers, "Requests take effect, but the connection breaks before the answer: one reply a job, not two."},
		{FaultExpiredTokens, "Interaction tokens are over at once (401): replies are edited by their channel instead."},
		{FaultNoAccess, "The bot may not see any channel (403): it falls back to direct messages once tokens are over."},
		{FaultNoPermission, "The bot may neither write nor upload in channels (403): it shows what it can without."},
		{FaultDirectClosed, "Nobody takes direct messages from the bot (403): it leaves them alone after one try."},
		{FaultOutage, "Discord's API cannot be reached at all: the bot keeps what it has and goes on afterwards."},
	}
}

// faultSet are the faults that are on.
type faultSet map[Fault]bool

// The pages that stand before Discord.
const (
	cloudflarePage = "<!doctype html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>" +
		"<body><h1>Error 1015</h1><h2>You are being rate limited</h2></body></html>"
	badGatewayPage = "<html><head><title>502 Bad Gateway</title></head>" +
		"<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body></html>"
)

// answer returns what a request gets in place of its own answer, or nil: the
// first that holds, from the network inward. What else is switched on, the
// routes see to.
func (on faultSet) answer(r route, now time.Time, bucket string, l Limits) *Answer {
	a := &Answer{Header: http.Header{}}
	if on[FaultSlow] {
		a.Delay = l.Slow
	}
	page := func(status int, body string) {
		a.Status, a.Body = status, body
		a.Header.Set("Content-Type", "text/html; charset=UTF-8")
		a.Header.Set("Server", "cloudflare")
	}
	limited := func(global bool) {
		no := errLimited(inSeconds(l.RetryAfter))
		no.global = global
		raw, _ := json.Marshal(no.body()) // strings and numbers always encode
		a.Status, a.Body = no.status, string(raw)
		a.Header.Set("Content-Type", "application/json")
		a.Header.Set("Via", via)
	}
	by := func(f Fault) bool {
		if on[f] {
			a.fault = f
		}
		return on[f]
	}
	switch {
	case by(FaultOutage):
		a.Delay, a.Drop, a.unread = 0, true, true
	case by(FaultCloudflare):
		page(http.StatusTooManyRequests, cloudflarePage)
		a.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(l.RetryAfter.Seconds()))))
	case by(FaultBadGateway):
		page(http.StatusBadGateway, badGatewayPage)
	case by(FaultUnavailable):
		a.Status = http.StatusServiceUnavailable
		a.Header.Set("Via", via)
	case !r.ofInteractions() && by(FaultGlobalRateLimit):
		limited(true)
		tellWait(a.Header, l.RetryAfter, "global")
		a.Header.Set("X-RateLimit-Global", "true")
	case by(FaultRateLimited):
		limited(false)
		tellLimit(a.Header, defaultEdits, 0, now, l.RetryAfter, bucket)
		tellWait(a.Header, l.RetryAfter, "user")
	case by(FaultLostAnswers):
		a.After, a.Drop = true, true
	case by(FaultSlow):
		a.After = true
	default:
		return nil
	}
	return a
}

// permsLost are the permissions that the bot lacks everywhere by each fault.
func permsLost() map[Fault]int64 {
	return map[Fault]int64{FaultNoAccess: permView, FaultNoPermission: permSend | permAttach}
}

// SetFaults switches these faults on and all others off, until the server
// closes: a restart forgets them. An unknown one is ErrInvalid, and nothing
// changes.
func (s *Server) SetFaults(on ...Fault) error {
	set := faultSet{}
	for _, f := range on {
		if !slices.ContainsFunc(Faults(), func(i FaultInfo) bool { return i.Name == f }) {
			return fmt.Errorf("fault %q: %w", f, ErrInvalid)
		}
		set[f] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = set
	return nil
}

// FaultsOn returns the faults that are on, in the order of Faults.
func (s *Server) FaultsOn() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	on := []Fault{}
	for _, i := range Faults() {
		if s.faults[i.Name] {
			on = append(on, i.Name)
		}
	}
	return on
}
