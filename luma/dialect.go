package luma

import "fmt"

// dialect is what differs between the services that offer Dream Machine: it
// says how a request is written and reads the bodies of answers. Sending,
// bounds, retries and what a status means are the Client's and common to all.
type dialect interface {
	name() string
	baseURL() string // without a slash at its end
	capabilities() Capabilities

	create(CreateRequest) call
	extend(id string, r ExtendRequest) call
	get(id string) call

	// decode reads the body of an answer with a status 2xx. The error is a
	// *fault where the body says that the call did not succeed. The generation
	// has at least an id or a known state; its Cause is as the service wrote it.
	decode(body []byte) (Generation, error)
	// refusal reads the body of any other answer; its zero value means that the
	// body does not tell.
	refusal(body []byte) fault
}

// dialects is the table of dialects, the default one first.
func dialects() []dialect { return []dialect{crazyrouter{}} }

// call is a request as a dialect writes it.
type call struct {
	method string
	path   string // below the base URL, escaped
	body   any    // marshalled as JSON; nil: none
}

// fault is what a service says of a call that did not succeed.
type fault struct {
	code    string
	message string
	kind    error // one of the sentinels where the code tells; else nil
}

// Error implements error.
func (f *fault) Error() string { return fmt.Sprintf("code %q: %q", f.code, f.message) }
