package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

const (
	// hangs is how long discordgo may take for what it should do at once. Its
	// Close takes a second.
	hangs = 10 * time.Second
	// maxAnswer bounds the answer that has the gateway's address, in bytes.
	maxAnswer = 64 << 10
	// maxCause bounds the text of a cause, in runes: it can hold an answer.
	maxCause = 300
)

// link is one connection, with the discordgo session that uses it.
type link struct {
	s      *Session
	ctx    context.Context // Run's
	resume *resume         // as the connection begins; nil: identify
	waited bool            // for an IDENTIFY to be allowed
	by     time.Time       // READY must have come
	gone   chan struct{}   // closed when discordgo has told that it is closed
	told   sync.Once

	mu      sync.Mutex
	conn    *watched // nil before it is dialled
	stopped bool     // there must be no connection any more

	// Under s.deliver:
	retired bool      // no more events
	state   *resume   // the session as it stands; nil: none yet
	ready   time.Time // READY or RESUMED came; zero: not yet
}

// connect makes a connection and returns when it has ended. What discordgo
// still does then is waited for by old.
func (s *Session) connect(ctx context.Context, r *resume, waited bool, old *sync.WaitGroup) ending {
	l := &link{s: s, ctx: ctx, resume: r, waited: waited, by: time.Now().Add(s.c.Limits.Connect), gone: make(chan struct{})}
	if r != nil {
		state := *r
		l.state = &state
	}
	dialing, cancel := context.WithDeadline(ctx, l.by)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.stop(ctx.Err()) })

	opened := make(chan error, 1)
	go func() { opened <- l.open(dialing) }()
	var err error
	for guard, ended := time.After(s.c.Limits.Connect+hangs), ctx.Done(); ; {
		select {
		case err = <-opened:
		case <-ended:
			guard, ended = time.After(hangs), nil
			continue
		case <-guard:
			s.c.Log.ErrorContext(ctx, "discordgo hangs while it connects; it is left behind")
			stop()
			err = errors.New("discordgo hangs")
			l.stop(err)
			return l.retire(err)
		}
		break
	}

	if err == nil {
		l.conn.opened.Store(true)
		<-l.conn.dead
		old.Go(l.awaitGone)
	}
	if !stop() {
		// The last word to Discord may still be on its way.
		l.stop(ctx.Err())
	}
	return l.retire(err)
}

// open runs discordgo's Open. A panic of discordgo's in it is an error.
func (l *link) open(dialing context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("discordgo panics: %v", p)
			l.stop(err)
		}
	}()
	dg, err := l.session(dialing)
	if err != nil {
		return err
	}
	return dg.Open()
}

// session returns a discordgo session that is set up for one connection.
func (l *link) session(dialing context.Context) (*discordgo.Session, error) {
	c := l.s.c
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, errors.New("the base URL is not an origin")
	}
	dg, err := discordgo.New("") // its REST calls need no token: the gateway's address is public
	if err != nil {
		return nil, err
	}
	dg.LogLevel = -1 // its log would show the token
	dg.ShouldReconnectOnError = false
	dg.ShouldRetryOnRateLimit = false
	dg.MaxRestRetries = 0
	dg.StateEnabled = false
	dg.SyncEvents = true
	dg.Compress = false
	dg.Identify.Compress = false
	dg.Identify.Token = c.Token.Reveal()
	dg.Identify.Intents = discordgo.Intent(c.Intents)
	dg.Identify.Properties.Browser = "dreambot"
	dg.Identify.Properties.Device = "dreambot"
	dg.Identify.Presence.Status = "online"
	known := ""
	if l.resume != nil {
		known = l.resume.url
	}
	dg.Client = &http.Client{
		Transport: &asking{ctx: dialing, base: base, known: known, next: c.Transport, token: c.Token,
			identify: l.resume == nil, waited: l.waited},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	dg.Dialer = &websocket.Dialer{
		HandshakeTimeout: c.Limits.Connect,
		NetDialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return l.dial(dialing, network, addr, false)
		},
		NetDialTLSContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return l.dial(dialing, network, addr, true)
		},
	}
	dg.AddHandler(l.event)
	dg.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { l.told.Do(func() { close(l.gone) }) })
	return dg, nil
}

// stop ends the connection, now or as soon as there is one, and the session at
// Discord if Run's context has ended.
func (l *link) stop(why error) {
	l.mu.Lock()
	l.stopped = true
	conn := l.conn
	l.mu.Unlock()
	switch {
	case conn == nil:
	case l.ctx.Err() != nil:
		conn.bye(why)
	default:
		conn.end(cause{kind: lost, err: why})
	}
}

// retire cuts off the link's events and returns how it went; err is what
// discordgo's Open returned.
func (l *link) retire(err error) ending {
	l.s.deliver.Lock()
	defer l.s.deliver.Unlock()
	l.retired = true
	l.s.ready.Store(false)
	e := ending{session: l.state, ready: !l.ready.IsZero()}
	if e.ready {
		e.lived = time.Since(l.ready)
	}

	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	ownWord := false // the connection knows why it ended
	if conn != nil {
		e.greeted = conn.hasGreeted()
		e.identify = e.greeted && l.resume == nil
		select {
		case <-conn.dead:
			e.cause = conn.cause
			ownWord = !errors.Is(e.cause.err, errByClient)
		default:
		}
	}
	if !ownWord && err != nil {
		e.cause = cause{kind: lost, err: shorten(err)}
		var answer *discordgo.RESTError
		if errors.As(err, &answer) && answer.Response != nil && answer.Response.StatusCode == http.StatusUnauthorized {
			e.cause.kind = refused
		}
		var few *fewStarts
		if errors.As(err, &few) {
			e.cause, e.wait = cause{kind: spent, err: few}, few.wait
		}
	}
	return e
}

// awaitGone returns when discordgo has closed the connection on its side.
func (l *link) awaitGone() {
	guard := time.NewTimer(hangs)
	defer guard.Stop()
	select {
	case <-l.gone:
	case <-guard.C:
		l.s.c.Log.ErrorContext(l.ctx, "discordgo hangs while it closes a connection; it is left behind")
	}
}

// event is called by discordgo with each event, one after the other.
func (l *link) event(_ *discordgo.Session, e *discordgo.Event) {
	name, ok := strings.CutPrefix(e.Type, eventPrefix)
	if !ok {
		return
	}
	l.s.deliver.Lock()
	defer l.s.deliver.Unlock()
	if l.retired || l.ctx.Err() != nil {
		return
	}
	switch name {
	case "READY":
		var ready struct {
			Session string `json:"session_id"`
			URL     string `json:"resume_gateway_url"`
		}
		if json.Unmarshal(e.RawData, &ready) == nil && ready.Session != "" {
			l.state = &resume{id: ready.Session, url: ready.URL}
		}
		l.greeted(false)
	case "RESUMED":
		l.greeted(true)
	}
	if l.state != nil && e.Sequence > 0 {
		l.state.seq = e.Sequence
	}
	l.handle(Event{Type: name, Data: e.RawData})
}

// greeted marks the session as open. s.deliver is held.
func (l *link) greeted(resumed bool) {
	if err := l.conn.ready(); err != nil {
		l.conn.end(cause{kind: lost, err: err})
		return
	}
	l.ready = time.Now()
	l.s.ready.Store(true)
	l.s.c.Log.InfoContext(l.ctx, "gateway session is open", slog.Bool("resumed", resumed))
}

// handle hands e on. The process must not die of an event.
func (l *link) handle(e Event) {
	defer func() {
		if p := recover(); p != nil {
			l.s.c.Log.ErrorContext(l.ctx, "the handler of an event panicked", slog.String("event", e.Type),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	l.s.c.Handle(e)
}

// shorten is err with its text on one line, and cut.
func shorten(err error) error {
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(text) <= maxCause {
		return err
	}
	return errors.New(string(text[:maxCause]) + "…")
}
