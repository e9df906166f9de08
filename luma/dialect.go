package luma

import (
	"fmt"

	"dreambot/internal/money"
)

// dialect is what differs between the services that offer Dream Machine: it
// says what the service can, and how a request is written. Sending, bounds,
// retries and what a status means are the Client's and common to all; so is how
// answers are read, but for what reading names.
type dialect interface {
	name() string
	baseURL() string // without a slash at its end
	capabilities() Capabilities
	reading() reading

	create(Request) call
	get(id string) call
}

// lister is a dialect with Capabilities.List.
type lister interface {
	// list asks for so many generations of the account, after the first offset of
	// them; the newest come first as a rule.
	list(offset, limit int) call
	// listed reads the answer: its generations, and whether others come behind
	// them. The error is a *fault where the body says that the call did not succeed.
	listed(body []byte, limit int) (entries []object, more bool, err error)
	// asks reports whether a generation of the list was asked for by such a request.
	asks(entry object, r Request) bool
}

// banker is a dialect with Capabilities.Balance.
type banker interface {
	balance() call
	// held reads the answer. The error is a *fault where the body says that the call
	// did not succeed.
	held(body []byte) (money.Amount, error)
}

// dialects is the table of dialects, the default one first.
func dialects() []dialect {
	return []dialect{
		crazyrouter{},
		lumalabs{},
		agents{},
	}
}

// call is a request as a dialect writes it.
type call struct {
	method string
	path   string // below the base URL, escaped, with its query
	body   any    // marshalled as JSON; nil: none
}

// fault is what a service says of a call that did not succeed.
type fault struct {
	code    string
	message string
	kind    error  // one of the sentinels where the code tells; else nil
	reason  Reason // where the code tells; else empty
}

// Error implements error.
func (f *fault) Error() string { return fmt.Sprintf("code %q: %q", f.code, f.message) }

// why returns why a request was refused, as far as code and words tell.
func (f *fault) why() Reason {
	if f.reason != "" {
		return f.reason
	}
	return reasonOf(f.message + " " + f.code)
}
