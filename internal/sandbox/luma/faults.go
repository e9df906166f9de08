package luma

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Fault names a way in which the service, or the way to it, can fail.
type Fault string

// The faults, each as it is told in Faults.
const (
	FaultUnauthorized       Fault = "unauthorized"
	FaultNoBalance          Fault = "no-balance"
	FaultForbidden          Fault = "forbidden"
	FaultRateLimited        Fault = "rate-limited"
	FaultRateLimitedFor     Fault = "rate-limited-for"
	FaultUnavailable        Fault = "unavailable"
	FaultServerError        Fault = "server-error"
	FaultBadGateway         Fault = "bad-gateway"
	FaultLostAnswers        Fault = "lost-answers"
	FaultRefusedConnections Fault = "refused-connections"
	FaultHanging            Fault = "hanging"
	FaultSlow               Fault = "slow"
	FaultHTML               Fault = "html"
	FaultTruncated          Fault = "truncated"
	FaultTwoValues          Fault = "two-values"
	FaultLost               Fault = "lost"
	FaultUnknownState       Fault = "unknown-state"
	FaultNoLink             Fault = "no-link"
	FaultModerating         Fault = "moderating"

	FaultPicturesUnreachable Fault = "pictures-unreachable"
	FaultCallbacksLost       Fault = "callbacks-lost"
	FaultCallbacksRepeated   Fault = "callbacks-repeated"

	FaultLinkForbidden    Fault = "link-forbidden"
	FaultLinkGone         Fault = "link-gone"
	FaultLinkError        Fault = "link-error"
	FaultLinkText         Fault = "link-text"
	FaultLinkShort        Fault = "link-short"
	FaultLinkSlow         Fault = "link-slow"
	FaultLinkEndless      Fault = "link-endless"
	FaultLinkBomb         Fault = "link-bomb"
	FaultLinkRedirectLoop Fault = "link-redirect-loop"
	FaultLinkInside       Fault = "link-inside"
	FaultLarge            Fault = "large"
)

// FaultInfo tells of a fault.
type FaultInfo struct {
	Name        Fault  `json:"name"`
	Calls       string `json:"calls"` // what it acts on: paid calls, queries, links, callbacks
	Description string `json:"description"`
	// Watch says what to watch for in the chat, to whoever runs a server.
	Watch string `json:"watch"`
}

// Faults returns all faults. Where several that are on would answer one call,
// the first in this order does.
func Faults() []FaultInfo {
	var list []FaultInfo
	for _, f := range faults() {
		list = append(list, FaultInfo{f.name, f.calls.String(), f.description, f.watch})
	}
	return list
}

// SetFaults turns these faults on and all others off, for requests from now
// on. A name that no fault has is an error, and nothing changes.
func (s *Server) SetFaults(on ...Fault) error {
	wanted := map[Fault]bool{}
	for _, name := range on {
		wanted[name] = true
	}
	var now []fault
	for _, f := range faults() {
		if wanted[f.name] {
			now = append(now, f)
			delete(wanted, f.name)
		}
	}
	for name := range wanted {
		return fmt.Errorf("no fault is named %q", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = now
	return nil
}

// FaultsOn returns the faults that are on, in the order of Faults.
func (s *Server) FaultsOn() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Fault
	for _, f := range s.faults {
		list = append(list, f.name)
	}
	return list
}

// calls is a set of what can be asked of the server.
type calls uint8

const (
	paid      calls = 1 << iota // what makes a generation
	query                       // of a generation
	links                       // to a clip
	callbacks                   // to who has asked for a generation
	other                       // of no one generation, as the list: told of as queries
)

func (c calls) String() string {
	var names []string
	for i, name := range []string{"paid calls", "queries", "links", "callbacks"} {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// fault is a named effect on some calls.
type fault struct {
	name        Fault
	calls       calls
	description string
	watch       string
	effect
}

// effect is what becomes of a request. Its zero value changes nothing.
type effect struct {
	// The first three answer a call in place of itself; spoil makes other bytes
	// of its true answer. At most one of the four is set.
	answer Answer
	hang   bool // the call takes effect, and no answer comes
	reset  bool // the connection is reset before the call takes effect
	spoil  func([]byte) []byte

	delay  time.Duration // waited before the answer
	change func(*answer) // made to a true answer
	doom   bool          // moderation fails what is accepted
	blind  bool          // no picture can be fetched
	times  int           // that a callback is made; 0: once, below: never
	size   int64         // bytes of a clip; 0: as it is
	link   func(*Server, http.ResponseWriter, *http.Request, *clip)
}

// joined is the effect of all faults that are on for a call.
type joined struct {
	effect
	fault   Fault    // that answers, or else that delays
	doomer  Fault    // that has moderation fail what is accepted
	blinder Fault    // because of which no picture can be fetched
	changes []change // in the faults' order; effect.change is nil
}

// change is what a fault makes of a true answer.
type change struct {
	fault  Fault
	change func(*answer)
}

// answers reports whether the effect says what a call is answered.
func (e *effect) answers() bool {
	return !e.answer.own() || e.hang || e.reset || e.spoil != nil
}

// effect joins the effects of all faults that are on for a call. The caller
// holds s.mu.
func (s *Server) effect(on calls) joined {
	var all joined
	for _, f := range s.faults {
		if f.calls&on == 0 {
			continue
		}
		if !all.answers() {
			all.answer, all.hang, all.reset, all.spoil = f.answer, f.hang, f.reset, f.spoil
			if all.answers() {
				all.fault = f.name
			}
		}
		if all.fault == "" && f.delay > 0 {
			all.fault = f.name
		}
		if all.link == nil {
			all.link = f.link
		}
		all.delay = max(all.delay, f.delay)
		if f.change != nil {
			all.changes = append(all.changes, change{f.name, f.change})
		}
		if f.doom && !all.doom {
			all.doom, all.doomer = true, f.name
		}
		if f.blind && !all.blind {
			all.blind, all.blinder = true, f.name
		}
		if all.times == 0 {
			all.times = f.times
		}
		all.size = max(all.size, f.size)
	}
	return all
}
