package gateway

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// kind is why a connection ended.
type kind int

const (
	lost      kind = iota // the network, a deadline, or nonsense on the line
	refused               // the token, over HTTP
	spent                 // few IDENTIFYs are left today
	closed                // a close frame, with its code
	reconnect             // op 7
	invalid               // op 9, with d false
	maybe                 // op 9, with d true: the session can be resumed
)

// cause is why a connection ended, in full.
type cause struct {
	kind kind
	code int   // of closed
	err  error // more about lost; may be nil
}

func (c cause) String() string {
	switch c.kind {
	case refused:
		return "the token is refused"
	case closed:
		return fmt.Sprintf("closed by discord with code %d", c.code)
	case reconnect:
		return "discord asks to reconnect"
	case invalid:
		return "invalid session"
	case maybe:
		return "invalid session that can be resumed"
	}
	if c.err != nil {
		return c.err.Error()
	}
	return "connection lost"
}

// resumable reports whether Discord still has the session after c.
// Source: discord-api-docs, topics/opcodes-and-status-codes and
// topics/gateway, "Resuming".
func (c cause) resumable() bool {
	switch c.kind {
	case closed:
		switch c.code {
		case 1000, 1001, // the session is ended by these
			4007, 4009: // a wrong sequence; a session that timed out
			return false
		}
		return fatalText(c.code) == ""
	case refused, invalid:
		return false
	}
	return true
}

// resume is what a session at Discord is taken up again with.
type resume struct {
	id  string // the session's
	seq int64  // of the last event that was delivered
	url string // of the gateway that has the session; empty: any
}

// ending is how a connection went.
type ending struct {
	cause    cause
	greeted  bool          // IDENTIFY or RESUME went out
	identify bool          // and it was IDENTIFY
	ready    bool          // READY or RESUMED came
	lived    time.Duration // since then
	session  *resume       // what the connection leaves; nil: nothing
	wait     time.Duration // of spent: for the next IDENTIFY
}

// planner decides what follows on the end of a connection.
type planner struct {
	limits   Limits
	resume   *resume // for the next connection; nil: identify
	failures int     // endings in a row, none of a connection that lasted
	tries    int     // of the present resume
	waited   bool    // for the next IDENTIFY, after spent
	// paced is when all IDENTIFYs so far would have gone at identifyEvery.
	paced time.Time
}

const (
	// maxTries is how often one session is resumed in vain.
	maxTries = 3
	// lasting is how long a connection lives that makes up for the failures
	// before it.
	lasting = 2 * time.Minute
	// Over a thousand IDENTIFYs a day, Discord takes the token away. After a
	// burst they go identifyEvery: 100 and 720 a day, however sessions end.
	// Source: discord-api-docs, topics/gateway, "Session Start Limit".
	identifyBurst = 100
	identifyEvery = 2 * time.Minute
	// identifySpacing is the least time between IDENTIFYs, in units of
	// Limits.MinBackoff: 5 s. Source: the same, "max_concurrency".
	identifySpacing = 5
)

// resumeWait bounds the wait before a session is taken up again that was open
// a moment ago, in units of Limits.MinBackoff: 5 s.
const resumeWait = 5

// next is what to do.
type next struct {
	wait  time.Duration
	fatal *FatalError // or nil
}

// after decides on an ending at the time now.
func (p *planner) after(now time.Time, e ending) next {
	if e.identify {
		p.waited = false
		if p.paced.Before(now) {
			p.paced = now
		}
		p.paced = p.paced.Add(identifyEvery)
	}
	switch {
	case e.cause.kind == spent:
		p.waited = true
		return next{wait: e.wait}
	case e.cause.kind == refused:
		return next{fatal: &FatalError{Code: closeAuthenticationFailed}}
	case e.cause.kind == closed && fatalText(e.cause.code) != "":
		return next{fatal: &FatalError{Code: e.cause.code}}
	}
	if e.ready {
		p.tries = 0
		if e.lived >= lasting {
			p.failures = 0
		}
	}
	if e.session != nil {
		p.resume = e.session
	}
	// A network that is down for a while says nothing of the session, so only
	// what reached Discord counts as a try.
	if e.greeted && !e.ready && p.resume != nil && !e.identify {
		p.tries++
	}
	if !e.greeted && p.resume != nil {
		p.resume.url = "" // it may be this address that cannot be reached
	}
	if !e.cause.resumable() || p.tries >= maxTries {
		p.resume, p.tries = nil, 0
	}

	wait := time.Duration(0)
	// The first resume goes at once: whoever typed a command meanwhile gets
	// its answer within the three seconds that Discord gives.
	if p.resume == nil || p.failures > 0 || !e.ready {
		wait = p.backoff()
	}
	if p.resume != nil && e.ready {
		// The session was up: what is spared by waiting are IDENTIFYs alone.
		wait = min(wait, resumeWait*p.limits.MinBackoff)
	}
	p.failures++
	if p.resume == nil {
		switch {
		case e.cause.kind == invalid:
			// Discord asks for a random 1 to 5 s before the next IDENTIFY.
			wait = max(wait, p.limits.MinBackoff+rand.N((identifySpacing-1)*p.limits.MinBackoff))
		case e.identify:
			wait = max(wait, identifySpacing*p.limits.MinBackoff-e.lived)
		}
		wait = max(wait, p.paced.Add(-identifyBurst*identifyEvery).Sub(now))
	}
	return next{wait: wait}
}

// backoff doubles with each failure up to its bound, and half of it is random.
func (p *planner) backoff() time.Duration {
	d := p.limits.MaxBackoff
	if p.failures < 16 { // further on it would be over any bound
		d = min(d, p.limits.MinBackoff<<p.failures)
	}
	return d/2 + rand.N(d/2+1)
}
