// Package sandbox serves a Discord, a Luma and a web page to play with them,
// all on one loopback address, with no account anywhere.
package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// Bounds of a connection. There is none on writing as a whole: event streams
// and gateway sessions last.
const (
	headerWait = 10 * time.Second
	idleWait   = 2 * time.Minute
	maxHeader  = 64 << 10 // bytes
	gentle     = time.Second
)

// Config is what a Sandbox needs.
type Config struct {
	// Addr is the loopback address to listen on, as host:port; when its port
	// is busy another one is taken. Empty: 127.0.0.1 with any free port.
	Addr string
	Log  *slog.Logger // nil: discarded
	// Dir keeps the sandbox's state; empty: a temporary folder, removed by Close.
	Dir string
	// Luma is the dialect of Luma's API that Environ names, one of Dialects; empty:
	// the first. The stand-in speaks them all.
	Luma string
	// Queued and Dreaming are how long Luma's stand-in stays in these states.
	Queued, Dreaming time.Duration
	Limits           discord.Limits
	// Crowd is how many further members Discord's stand-in has, 200 at most.
	Crowd int
	// Headless leaves out the page: both APIs and the control API alone.
	Headless       bool
	ObserveDiscord func(discord.Call)
	ObserveLuma    func(luma.Call)
}

// Sandbox is the two stand-ins and the page, being served.
type Sandbox struct {
	Discord *discord.Server
	Luma    *luma.Server

	log       *slog.Logger
	stage     *stage
	runner    atomic.Pointer[Runner] // nil: the bot is somebody else's
	botAddr   atomic.Pointer[string] // of the bot's server; nil: it has none
	dialect   atomic.Pointer[string] // of Luma's API that Environ names
	run       string                 // of this start, in the ids of its events
	headless  bool
	url       string // as http://host:port
	dir       string
	temporary bool // dir goes with Close
	server    *http.Server
	serving   errgroup.Group
	stop      context.CancelFunc // ends the contexts of all requests
	streams   chan struct{}      // a place for each event stream
	closing   sync.Once
	closed    chan struct{}
	closeErr  error
}

// Start listens and serves until Close. It refuses an address that is not
// loopback.
func Start(c Config) (*Sandbox, error) {
	s := &Sandbox{log: c.Log, stage: newStage(), run: rand.Text()[:8], headless: c.Headless, dir: c.Dir,
		streams: make(chan struct{}, maxStreams), closed: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if c.Luma == "" {
		c.Luma = luma.Dialects()[0]
	}
	if err := s.speak(c.Luma); err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	listener, err := listen(c.Addr, s.log)
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	if err := s.prepare(c); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the sandbox: %w", err), listener.Close(), s.discard())
	}
	var base context.Context
	base, s.stop = context.WithCancel(context.Background())
	s.server = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	s.serving.Go(func() error {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving the sandbox: %w", err)
		}
		return nil
	})
	return s, nil
}

// prepare makes the folder and the stand-ins.
func (s *Sandbox) prepare(c Config) (err error) {
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "dreambot-sandbox-"); err != nil {
			return err
		}
		s.temporary = true
	}
	s.Discord, err = discord.New(discord.Config{
		Log: s.log, Dir: filepath.Join(s.dir, "discord"), Observe: both(s.stage.discordCall, c.ObserveDiscord),
		ObserveGateway: s.stage.gatewayEvent, Limits: c.Limits, Crowd: c.Crowd,
	})
	if err != nil {
		return err
	}
	s.Luma, err = luma.New(luma.Config{
		Log: s.log, Dir: filepath.Join(s.dir, "luma"), Queued: c.Queued, Dreaming: c.Dreaming,
		Observe: both(s.stage.lumaCall, c.ObserveLuma),
	})
	if err != nil {
		return err
	}
	s.Discord.SetBaseURL(s.url)
	s.Luma.SetBaseURL(s.url)
	return nil
}

// both shows a call to each of two, the second of which may be nil.
func both[C any](first, second func(C)) func(C) {
	if second == nil {
		return first
	}
	return func(c C) {
		first(c)
		second(c)
	}
}

// discard closes the stand-ins, as far as there are any, and removes a
// temporary folder.
func (s *Sandbox) discard() error {
	var all []error
	if s.Discord != nil {
		all = append(all, s.Discord.Close())
	}
	if s.Luma != nil {
		all = append(all, s.Luma.Close())
	}
	if s.temporary {
		all = append(all, os.RemoveAll(s.dir))
	}
	return errors.Join(all...)
}

// listen takes addr, or another port of its host where that one cannot be had.
func listen(addr string, log *slog.Logger) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q is not host:port: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("address %q is not loopback; use 127.0.0.1", addr)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err == nil || port == "0" {
		return listener, err
	}
	other, otherErr := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if otherErr != nil {
		return nil, errors.Join(err, otherErr)
	}
	log.Info("another port is taken", "wanted", addr, "taken", other.Addr().String(), "because", err)
	return other, nil
}

// URL returns where the page is, as http://host:port.
func (s *Sandbox) URL() string { return s.url }

// Dir returns the folder that the state is kept in.
func (s *Sandbox) Dir() string { return s.dir }

// Environ returns the variables that point a bot at the sandbox: DISCORD_TOKEN,
// DISCORD_API_URL, LUMA_API, LUMA_API_KEY and LUMA_API_URL.
func (s *Sandbox) Environ() map[string]string {
	spoken := s.spoken()
	return map[string]string{
		"DISCORD_TOKEN":   s.Discord.Token(),
		"DISCORD_API_URL": s.url,
		"LUMA_API":        spoken.Name,
		"LUMA_API_KEY":    s.Luma.Key(),
		"LUMA_API_URL":    spoken.URL,
	}
}

// Close stops serving and waits for everything that was started, as long as
// ctx allows. A further call waits for the first one's end.
func (s *Sandbox) Close(ctx context.Context) error {
	s.closing.Do(func() {
		s.stop()
		go func() {
			defer close(s.closed)
			s.closeErr = errors.Join(s.halt(ctx), s.discard())
		}()
	})
	select {
	case <-s.closed:
		return s.closeErr
	case <-ctx.Done():
		return fmt.Errorf("closing the sandbox: %w", ctx.Err())
	}
}

// halt ends the HTTP server. Requests have been told to end; what is then
// still open after gentle, as a connection that a browser opened ahead of need
// and never used, is cut.
func (s *Sandbox) halt(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, gentle)
	defer cancel()
	var err error
	if s.server.Shutdown(ctx) != nil {
		err = s.server.Close()
	}
	return errors.Join(err, s.serving.Wait())
}
