package luma

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What an error of a call means; test with errors.Is.
var (
	ErrUnauthorized      = errors.New("the key is not accepted")
	ErrInsufficientQuota = errors.New("the balance does not suffice")
	ErrRateLimited       = errors.New("too many requests") // Error.RetryAfter says how long to wait
	ErrInvalidRequest    = errors.New("the request is refused")
	ErrNotFound          = errors.New("no such generation")
	ErrUnavailable       = errors.New("the service cannot be reached or is in trouble")
	// ErrForbidden is an ErrInvalidRequest whose reason nobody gave: a 403 that
	// speaks of neither the key, the account, its balance nor moderation, as a
	// firewall's page. It may concern one request only, or all; nothing was
	// accepted.
	ErrForbidden = fmt.Errorf("%w, and nobody says why", ErrInvalidRequest)
	// ErrUncertain holds, besides one of the others, for a Create that the
	// service may have accepted. Nobody may send it again by itself.
	ErrUncertain = errors.New("the paid call may have been accepted")
)

// The calls that are free, as Error.Op names them; the others are named by their
// Kind.
const (
	opGet     = "get"
	opPing    = "ping"
	opFind    = "find"
	opBalance = "balance"
)

// Error is a call that did not succeed. Its text is for the operator; it
// holds no key.
type Error struct {
	Op         string        // a Kind, "get", "ping", "find" or "balance"
	Status     int           // HTTP status; 0 where there was no answer
	Code       string        // the service's own code, where it gives one
	Message    string        // the service's own words, cut to 500 runes
	Reason     Reason        // why a request was refused, as far as the words tell; else empty
	RetryAfter time.Duration // how long the service asks to wait, 10 min at most; 0 where it does not say
	Kind       error         // one of the sentinels
	Uncertain  bool          // ErrUncertain holds too
	Err        error         // cause on the way; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "luma %s: %v", e.Op, e.Kind)
	if e.Uncertain {
		fmt.Fprintf(&b, ", and %v", ErrUncertain)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, ": code %q", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %q", e.Message)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ": retry after %v", e.RetryAfter)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Is reports whether target is the error's kind, or ErrUncertain where that
// holds.
func (e *Error) Is(target error) bool {
	return errors.Is(e.Kind, target) || e.Uncertain && target == ErrUncertain
}

// Unwrap returns the cause on the way.
func (e *Error) Unwrap() error { return e.Err }

// refuse is the error of a request that was not sent, because of err.
func refuse(op string, err error) *Error {
	return &Error{Op: op, Kind: ErrInvalidRequest, Err: err}
}
