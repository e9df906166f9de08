// Package gateway keeps a discordgo session to Discord's gateway alive: it
// connects under time limits, watches the connection, reconnects with backoff,
// and ends on the close codes that no reconnect can heal.
package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"dreambot/internal/secret"
)

// Config is what a Session needs.
type Config struct {
	BaseURL   string            // origin that REST goes to; the gateway's address is asked there
	Token     secret.Text       // the bot's, without "Bot "
	Transport http.RoundTripper // for that question; nil: http.DefaultTransport
	Log       *slog.Logger      // nil: discarded
	Intents   int
	// Handle is called for every dispatched event, one after the other in the
	// order of arrival, and must return at once.
	Handle func(Event)
	Limits Limits
}

// Limits are the bounds of waiting; zero fields mean the defaults.
type Limits struct {
	Connect    time.Duration // from dialling to READY: 30 s
	MinBackoff time.Duration // between attempts, doubled each time, with jitter: 1 s
	MaxBackoff time.Duration // 2 min
}

// Event is a dispatched event.
type Event struct {
	Type string          // as INTERACTION_CREATE
	Data json.RawMessage // the event's d; the callee may keep it
}

// Session is a supervised connection.
type Session struct{}

// New prepares a session; Run opens it.
func New(c Config) *Session { panic("to be written") }

// Run keeps the session open until ctx ends, and returns nil then. It returns
// a *FatalError where Discord says that reconnecting is of no use. All that it
// started has ended when it returns.
func (s *Session) Run(ctx context.Context) error { panic("to be written") }

// Ready reports whether the session is open now.
func (s *Session) Ready() bool { panic("to be written") }

// FatalError is a close code that no reconnect can heal: 4004, 4010 to 4014.
type FatalError struct {
	Code int
}

// Error says in plain words what to do.
func (e *FatalError) Error() string { panic("to be written") }
