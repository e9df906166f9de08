package luma

import (
	"errors"
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
	// ErrUncertain holds, besides one of the others, for a Create or Extend
	// that the service may have accepted. Nobody may send it again by itself.
	ErrUncertain = errors.New("the paid call may have been accepted")
)

// Error is a call that did not succeed. Its text is for the operator; it
// holds no key.
type Error struct {
	Op         string        // "create", "extend" or "get"
	Status     int           // HTTP status; 0 where there was no answer
	Code       string        // the service's own code, where it gives one
	Message    string        // the service's own words, cut to a bound
	Reason     Reason        // why a request was refused, as far as the words tell; else empty
	RetryAfter time.Duration // how long the service asks to wait; 0 where it does not say
	Kind       error         // one of the sentinels
	Uncertain  bool          // ErrUncertain holds too
	Err        error         // cause on the way; may be nil
}

func (e *Error) Error() string { panic("to be written") }
