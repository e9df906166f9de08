// Package rest makes the calls to Discord's REST API that the bot needs, typed
// and in one place. It obeys Discord's rate limits per route and per
// interaction, honours contexts while it waits, and streams uploads.
//
// A call waits for rate limits a minute in all. Where more is asked of it, it
// returns an *Error with status 429 and RetryAfter, also without asking
// Discord, when an earlier answer still tells that it would be refused. A 429
// that is no answer of Discord's own, as one in HTML, is of the whole address:
// it stops all calls for as long as it says, an hour at most.
//
// Answers of 401, 403 and 429 are counted, since 10,000 of them within 10
// minutes get an address banned: from 500 on requests are spaced, first answers
// apart, which go on up to 5,000.
//
// Calls that can be repeated without harm (all but Respond) are tried three
// times where the network or Discord (5xx) is in trouble. An attempt may take
// 30 s, and one with files a second more for each 64 KiB.
package rest

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"dreambot/internal/secret"
)

// Config is what a Client needs.
type Config struct {
	BaseURL   string            // origin, as https://discord.com; requests go to BaseURL/api/v9/…
	Token     secret.Text       // the bot's
	Transport http.RoundTripper // nil: one of the package's own
	Log       *slog.Logger      // nil: discarded
	// Observe, if not nil, sees every attempt: its route with ids and tokens
	// left out, the status (0 without an answer) and how long it took.
	Observe func(route string, status int, took time.Duration)
}

// Client is safe for concurrent use.
type Client struct {
	base    *url.URL
	baseErr error // why there is no base
	token   secret.Text
	http    *http.Client
	log     *slog.Logger
	observe func(route string, status int, took time.Duration)
	limits  *limits
}

// New returns a client. A BaseURL that cannot be used is told by every call.
func New(c Config) *Client {
	client := &Client{
		token:   c.Token,
		log:     c.Log,
		observe: c.Observe,
	}
	client.base, client.baseErr = parseBase(c.BaseURL)
	transport := c.Transport
	if transport == nil {
		transport = newTransport()
	}
	client.http = &http.Client{
		Transport: transport,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if client.log == nil {
		client.log = slog.New(slog.DiscardHandler)
	}
	if client.observe == nil {
		client.observe = func(string, int, time.Duration) {}
	}
	client.limits = newLimits(client.log)
	return client
}

// Invalid returns how many requests of the last 10 minutes Discord takes for
// invalid: those answered with 401, 403 or 429. It bans an address at 10,000;
// from 500 on, requests are spaced.
func (c *Client) Invalid() int { return c.limits.refusals.recent(time.Now()) }

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Interaction is the way to answer an interaction.
type Interaction struct {
	Application string // id
	ID          string
	Token       secret.Text
}

// File is an upload. Open is called once for every attempt; its reader must
// give exactly Size bytes, is never held in memory as a whole, and is closed
// before the call returns. A reader that gives fewer or more bytes fails the
// call, and Discord never gets a whole request then.
type File struct {
	Name        string
	ContentType string
	Size        int64
	Open        func() (io.ReadCloser, error)
}
