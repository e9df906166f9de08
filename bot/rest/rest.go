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
	pathname "path"
	"strings"
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

// Message is the part of a message that the bot reads.
type Message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	Flags       int          `json:"flags"`
	Author      Author       `json:"author"`
	Attachments []Attachment `json:"attachments"`
	Components  []component  `json:"components"`
	// Interaction is the interaction that the message answers, if any.
	Interaction struct {
		ID string `json:"id"`
	} `json:"interaction_metadata"`
}

// Author is who wrote a message.
type Author struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// component is what of a component names a file or a button, and its text; the
// rest is not read.
type component struct {
	CustomID   string      `json:"custom_id"`
	Content    string      `json:"content"`
	Media      media       `json:"media"`
	Items      []component `json:"items"`
	Accessory  *component  `json:"accessory"`
	Components []component `json:"components"`
}

type media struct {
	URL          string `json:"url"`
	AttachmentID string `json:"attachment_id"`
}

// Says reports whether a text of the message contains text.
func (m Message) Says(text string) bool { return says(m.Components, text) }

func says(list []component, text string) bool {
	for _, c := range list {
		if strings.Contains(c.Content, text) || says(c.Components, text) {
			return true
		}
	}
	return false
}

// CustomIDs returns the custom ids of the message's buttons and selects.
func (m Message) CustomIDs() []string { return customIDs(nil, m.Components) }

func customIDs(found []string, list []component) []string {
	for _, c := range list {
		if c.CustomID != "" {
			found = append(found, c.CustomID)
		}
		if c.Accessory != nil {
			found = customIDs(found, []component{*c.Accessory})
		}
		found = customIDs(found, c.Components)
	}
	return found
}

// File returns the file of that name that stands on the message. Discord can
// leave a file that a component shows out of the attachments; its id is then
// found at the component, and its size is not known.
func (m Message) File(name string) (Attachment, bool) {
	for _, a := range m.Attachments {
		if a.Filename == name {
			return a, true
		}
	}
	id := shownFile(m.Components, name)
	return Attachment{ID: id, Filename: name}, id != ""
}

func shownFile(list []component, name string) string {
	for _, c := range list {
		if u, err := url.Parse(c.Media.URL); err == nil && c.Media.AttachmentID != "" && pathname.Base(u.Path) == name {
			return c.Media.AttachmentID
		}
		inner := append(c.Items, c.Components...)
		if c.Accessory != nil {
			inner = append(inner, *c.Accessory)
		}
		if id := shownFile(inner, name); id != "" {
			return id
		}
	}
	return ""
}

// Attachment is a file that stands on a message.
type Attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	Size     int64  `json:"size"`
	URL      string `json:"url"`
}

// Application is the bot's application.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Guild is a server that the bot is in.
type Guild struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
