package luma

import "net/http"

// Client talks to one account. It is safe for concurrent use.
type Client struct{}

// Option sets what differs from the defaults.
type Option func(*Client) error

// New returns a client that authenticates with key. An option that does not
// hold (an unknown dialect, a base URL that is none) is an error.
func New(key string, options ...Option) (*Client, error) { panic("to be written") }

// WithDialect chooses the dialect by name, one of Dialects.
func WithDialect(name string) Option { panic("to be written") }

// WithBaseURL sends requests to another origin than the dialect's.
func WithBaseURL(url string) Option { panic("to be written") }

// WithHTTPClient uses h in place of a client of the package's own.
func WithHTTPClient(h *http.Client) Option { panic("to be written") }

// Dialects returns the names of the dialects, the default one first.
func Dialects() []string { panic("to be written") }
