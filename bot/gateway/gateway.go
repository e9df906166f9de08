// Package gateway keeps a discordgo session to Discord's gateway alive: it
// connects under time limits, watches the connection, reconnects with backoff,
// and ends on the close codes that no reconnect can heal.
//
// # What is discordgo's and what is not
//
// Each connection has a discordgo.Session of its own, used once: it says
// HELLO's answer, sends heartbeats and hands on events. Below it stands a
// watched connection, which this package gives to discordgo's dialer. It sees
// every message whole before discordgo does, and so keeps from it what
// discordgo cannot take (v0.29.0):
//
//   - Op 7 (reconnect) in place of READY, and op 11 there, lock discordgo up
//     for ever; op 9 (invalid session) is answered by an IDENTIFY at once. The
//     connection ends on op 7 and 9, without a close frame, since that would
//     end the session at Discord; the supervisor knows the reason.
//   - It has no read deadline, and notices missing heartbeat ACKs after five
//     intervals. The watched connection has one for READY, and then one of two
//     and a half heartbeat intervals from each ACK.
//   - A message that is no JSON object, or null where an object is expected,
//     makes it panic, in a goroutine of its own. The first kind ends the
//     connection. Against the second, every event reaches discordgo under a
//     name that it does not know, so that it decodes none and only hands the
//     raw ones on.
//   - It writes a close frame with code 1000 whenever a connection ends, which
//     would end the session. Such frames are not sent.
//   - It uses its connection in places without its lock (its answer to op 1
//     does), so that nobody but its own listener may close it: a write never
//     fails for it, and Close is not called from here.
//   - Its Close takes a second, and a heartbeat of the old connection can close
//     the new one of the same session. Hence one discordgo.Session for each
//     connection, taken down beside the next one; and the RESUME is written by
//     the watched connection, in place of discordgo's IDENTIFY.
//
// # What is waited for
//
// Run returns when discordgo has told of every connection that it is closed.
// discordgo tells it a moment before its goroutines return, and there is no
// way to see that moment's end. Every call of discordgo's is bounded by the
// watched connection; should one hang all the same, for a reason that is not
// known today, it is logged as an error after ten seconds and left behind. It
// can do no harm to later connections, since it shares nothing with them.
package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"dreambot/internal/secret"
)

// Config is what a Session needs.
type Config struct {
	BaseURL string      // origin that REST goes to; the gateway's address is asked there
	Token   secret.Text // the bot's, without "Bot "
	// Transport is for that question; nil: http.DefaultTransport. The gateway
	// itself is reached by the proxy, http or https, that an *http.Transport
	// has for it, with its TLS configuration.
	Transport http.RoundTripper
	Log       *slog.Logger // nil: discarded
	Intents   int
	// Handle is called for every dispatched event, one after the other in the
	// order of arrival, and must return at once. A panic in it is logged.
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
type Session struct {
	c     Config
	ready atomic.Bool
	// deliver is held while an event is delivered, and while a connection's
	// events are cut off.
	deliver sync.Mutex
}

// New prepares a session; Run opens it.
func New(c Config) *Session {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Handle == nil {
		c.Handle = func(Event) {}
	}
	if c.Limits.Connect <= 0 {
		c.Limits.Connect = 30 * time.Second
	}
	if c.Limits.MinBackoff <= 0 {
		c.Limits.MinBackoff = time.Second
	}
	if c.Limits.MaxBackoff <= 0 {
		c.Limits.MaxBackoff = 2 * time.Minute
	}
	return &Session{c: c}
}

// Run keeps the session open until ctx ends, and returns nil then. It returns
// a *FatalError where Discord says that reconnecting is of no use. All that it
// started has ended when it returns; that takes a second or two. No event is
// delivered after ctx has ended. Run is called once.
func (s *Session) Run(ctx context.Context) error {
	var old sync.WaitGroup // connections that are being taken down
	defer old.Wait()
	p := planner{limits: s.c.Limits}
	for ctx.Err() == nil {
		end := s.connect(ctx, p.resume, p.waited, &old)
		if ctx.Err() != nil {
			break
		}
		next := p.after(time.Now(), end)
		if next.fatal != nil {
			return next.fatal
		}
		s.c.Log.LogAttrs(ctx, slog.LevelWarn, "gateway connection ended",
			slog.String("cause", end.cause.String()), slog.Duration("lived", end.lived.Round(time.Millisecond)),
			slog.Bool("resume", p.resume != nil), slog.Duration("wait", next.wait.Round(time.Millisecond)))
		select {
		case <-ctx.Done():
		case <-time.After(next.wait):
		}
	}
	return nil
}

// Ready reports whether the session is open now.
func (s *Session) Ready() bool { return s.ready.Load() }

// Close codes that no reconnect can heal.
// Source: discord-api-docs, topics/opcodes-and-status-codes, "Gateway Close
// Event Codes".
const (
	closeAuthenticationFailed = 4004
	closeInvalidShard         = 4010
	closeShardingRequired     = 4011
	closeInvalidVersion       = 4012
	closeInvalidIntents       = 4013
	closeDisallowedIntents    = 4014
)

// FatalError is a close code that no reconnect can heal: 4004, 4010 to 4014.
// The refusal of the token over HTTP (status 401) counts as 4004.
type FatalError struct {
	Code int
}

// fatalText returns what to do about a close code, or "" where reconnecting
// is worth a try.
func fatalText(code int) string {
	switch code {
	case closeAuthenticationFailed:
		return "Discord refuses the bot's token: copy it anew from the Bot page of the application (reset it there if need be), put it into DISCORD_TOKEN and start again"
	case closeInvalidShard:
		return "Discord refuses the shard that the bot asked for: this version cannot run with these settings, update it"
	case closeShardingRequired:
		return "the bot is in more than 2,500 servers, for which Discord demands several shards, and it has one: remove it from some servers"
	case closeInvalidVersion:
		return "Discord no longer speaks the gateway version that the bot uses: update the bot"
	case closeInvalidIntents:
		return "Discord does not know the intents that the bot asks for: update the bot"
	case closeDisallowedIntents:
		return "the bot asks for privileged intents that its application may not use: switch them on on the Bot page of the application, or update the bot, which needs none"
	}
	return ""
}

// Error says in plain words what to do.
func (e *FatalError) Error() string {
	return fmt.Sprintf("gateway close code %d: %s", e.Code, fatalText(e.Code))
}
