package luma

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The bounds of waiting for the service.
const (
	dialTimeout   = 10 * time.Second
	tlsTimeout    = 10 * time.Second
	paidHeader    = 60 * time.Second // from the request written to the answer's header
	paidTotal     = 90 * time.Second // of a Create
	queryHeader   = 20 * time.Second // of one attempt of a free call
	queryTotal    = 45 * time.Second // of one attempt of a free call
	idleTimeout   = 30 * time.Second // how long an unused connection is kept
	pingAfter     = 5 * time.Second  // of silence on a connection in use, and then without an answer
	maxRedirects  = 3                // that a free call follows
	maxHeaderSize = 64 << 10         // bytes of an answer's header
)

// Client talks to one account. It is safe for concurrent use. Printed or
// logged, it shows no key.
type Client struct {
	key     key
	dialect dialect
	base    string       // without a slash at its end
	paid    *http.Client // for Create
	free    *http.Client // for all else
	prices  Prices       // that go before the dialect's own
	// wait waits for d, or returns ctx's error.
	wait func(ctx context.Context, d time.Duration) error
}

// key is an API key. It is behind a pointer because fmt calls no method of a
// value in an unexported field, but does not follow a pointer there.
type key struct{ value *string }

// Option sets what differs from the defaults.
type Option func(*Client) error

// New returns a client that authenticates with key. An empty key, one that
// cannot stand in a header, and an option that does not hold (an unknown
// dialect, a base URL that is none) are errors.
func New(apiKey string, options ...Option) (*Client, error) {
	if err := checkKey(apiKey); err != nil {
		return nil, err
	}
	c := &Client{key: key{&apiKey}, dialect: dialects()[0], wait: wait}
	for _, set := range options {
		if err := set(c); err != nil {
			return nil, err
		}
	}
	if c.base == "" {
		c.base = c.dialect.baseURL()
	}
	if c.paid == nil {
		c.paid = &http.Client{Transport: paidTransport()}
		c.free = &http.Client{Transport: freeTransport()}
	}
	c.paid.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.free.CheckRedirect = sameOrigin
	return c, nil
}

// WithDialect chooses the dialect by name, one of Dialects.
func WithDialect(name string) Option {
	return func(c *Client) error {
		for _, d := range dialects() {
			if d.name() == name {
				c.dialect = d
				return nil
			}
		}
		return fmt.Errorf("dialect %q is not one of %q", name, Dialects())
	}
}

// WithBaseURL sends requests to another origin than the dialect's: an
// absolute https URL, which may have a path, but no user, query or fragment.
// Since the key travels, plain http is only for loopback: localhost,
// 127.0.0.0/8 and ::1.
func WithBaseURL(url string) Option {
	return func(c *Client) error {
		if err := checkBase(url); err != nil {
			return fmt.Errorf("base URL: %w", err)
		}
		c.base = strings.TrimRight(url, "/")
		return nil
	}
}

// WithHTTPClient uses h in place of a client of the package's own. Its
// CheckRedirect is not used. A transport that sends requests again by itself
// breaks the promise of Create; the package's own also makes a new connection
// for every paid call, so that none is lost on one that died while idle.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) error {
		if h == nil {
			return errors.New("the HTTP client is nil")
		}
		paid, free := *h, *h
		c.paid, c.free = &paid, &free
		return nil
	}
}

// Dialects returns the names of the dialects, the default one first.
func Dialects() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name())
	}
	return names
}

// Close gives up idle connections. Calls under way are not disturbed, and the
// client can still be used.
func (c *Client) Close() {
	c.paid.CloseIdleConnections()
	c.free.CloseIdleConnections()
}

// String implements fmt.Stringer: the dialect and where it is spoken.
func (c *Client) String() string {
	return fmt.Sprintf("luma.Client(%s, %s)", c.dialect.name(), c.base)
}

// GoString implements fmt.GoStringer.
func (c *Client) GoString() string { return c.String() }

// LogValue implements slog.LogValuer.
func (c *Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("dialect", c.dialect.name()), slog.String("base_url", c.base))
}

// checkKey names no part of the key in its errors.
func checkKey(key string) error {
	if key == "" {
		return errors.New("the API key is empty")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the API key holds a space or a character that is not ASCII")
	}
	return nil
}

// checkBase shows nothing of the URL but scheme and host in its errors, since
// someone may have put a secret into the rest.
func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return errors.New("it is not an absolute http or https URL")
	case u.User != nil, u.RawQuery != "", u.ForceQuery, strings.Contains(base, "#"):
		return errors.New("it holds a user, a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Errorf("plain http to %q: it is only for loopback, since the key travels", u.Host)
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// sameOrigin follows a redirect only to where the key is meant to go.
func sameOrigin(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

func freeTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  queryHeader,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: maxHeaderSize,
		// Else a connection that died in silence is used until TCP gives up.
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
	}
}

// paidTransport makes a new HTTP/1.1 connection for every call. A kept one
// may be dead already, and a call that was lost on it would leave open whether
// it was accepted; HTTP/2 sends a request again by itself in some cases.
func paidTransport() *http.Transport {
	t := freeTransport()
	t.ForceAttemptHTTP2 = false
	t.DisableKeepAlives = true
	t.ResponseHeaderTimeout = paidHeader
	return t
}

// wait is what Client.wait is outside of tests.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
