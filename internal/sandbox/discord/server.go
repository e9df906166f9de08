package discord

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Discord's own values for Limits.
const (
	defaultAck        = 3 * time.Second
	defaultTokenLife  = 15 * time.Minute
	defaultHeartbeat  = 41250 * time.Millisecond
	defaultUploadSize = 10 << 20
	defaultEdits      = 5
	defaultEditWindow = 5 * time.Second
	defaultReactions  = 250 * time.Millisecond
)

// The server's own values for Limits.
const (
	defaultRetryAfter   = 300 * time.Millisecond
	defaultSlow         = 2 * time.Second
	defaultHistory      = 10_000
	defaultInteractions = 10_000
)

// errClosed is what a closed server answers to people's acts.
var errClosed = errors.New("the server is closed")

// Server is the stand-in. It is safe for concurrent use.
type Server struct {
	log     *slog.Logger
	observe func(Call)
	limits  Limits
	dir     string
	temp    bool // dir is removed by Close
	routes  []route
	world   world
	token   string       // the bot's
	key     []byte       // signs interaction tokens and attachment URLs
	ahead   atomic.Int64 // nanoseconds by which Discord's clock is; set with mu held

	stop context.Context // ends at Close
	end  context.CancelFunc
	work sync.WaitGroup // timers and sockets; Add only with mu held and closed false

	mu        sync.Mutex // guards all below; nothing blocks while it is held
	closed    bool
	base      string
	intercept func(*http.Request) *Answer
	faults    faultSet // replaced, not changed
	fate      fate
	last      uint64                // newest snowflake given out
	expired   uint64                // tokens of interactions up to this snowflake are dead
	commands  map[string][]*command // by guild, "" for the global ones
	history   history
	files     files
	acts      acts
	edits     buckets
	feed      feed
	hub       hub
	journal   *journal // nil without Config.Dir
}

// New prepares a server with three guilds and some users in it.
func New(c Config) (*Server, error) {
	if c.Crowd < 0 || c.Crowd > maxCrowd {
		return nil, fmt.Errorf("a crowd of %d people is not between 0 and %d", c.Crowd, maxCrowd)
	}
	s := &Server{log: c.Log, observe: c.Observe, limits: c.Limits.orDefaults(), dir: c.Dir}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "dreambot-discord-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for attachments: %w", err)
		}
		s.dir, s.temp = dir, true
	}
	s.stop, s.end = context.WithCancel(context.Background())
	s.routes = s.table()
	s.world = newWorld(c.Crowd)
	s.commands = map[string][]*command{}
	s.history = newHistory(s.limits.History)
	s.files = newFiles(filepath.Join(s.dir, "attachments"))
	s.acts = newActs(s.limits.Interactions)
	s.edits = buckets{}
	s.feed = newFeed()
	s.hub = newHub(c.ObserveGateway)
	s.key = random(32)
	s.token = newBotToken(s.world.bot.ID)
	if err := s.open(); err != nil {
		s.end()
		if s.temp {
			_ = os.RemoveAll(s.dir)
		}
		return nil, err
	}
	return s, nil
}

// open makes the folders, and reads what an earlier server left there.
func (s *Server) open() error {
	if err := os.MkdirAll(s.files.dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of attachments: %w", err)
	}
	if s.temp {
		return nil
	}
	return s.load()
}

func (l Limits) orDefaults() Limits {
	orDefault(&l.Ack, defaultAck)
	orDefault(&l.TokenLife, defaultTokenLife)
	orDefault(&l.Heartbeat, defaultHeartbeat)
	orDefault(&l.UploadSize, defaultUploadSize)
	orDefault(&l.WebhookEdits, defaultEdits)
	orDefault(&l.ChannelEdits, defaultEdits)
	orDefault(&l.EditWindow, defaultEditWindow)
	orDefault(&l.ReactionWindow, defaultReactions)
	orDefault(&l.RetryAfter, defaultRetryAfter)
	orDefault(&l.Slow, defaultSlow)
	orDefault(&l.History, defaultHistory)
	orDefault(&l.Interactions, defaultInteractions)
	return l
}

func orDefault[T int | int64 | time.Duration](limit *T, standard T) {
	if *limit <= 0 {
		*limit = standard
	}
}

// random returns n bytes that nobody can guess.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// newBotToken returns a token in the shape of Discord's: the application's id,
// a time and a signature, each in base64.
func newBotToken(application string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(application)) + "." + e.EncodeToString(random(4)) + "." + e.EncodeToString(random(28))
}

// Handler serves /api/v9/…, /api/v10/…, /gateway and /attachments/….
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := r.URL.Path; {
		case strings.HasPrefix(p, "/attachments/"):
			s.serveAttachment(w, r)
		case p == "/gateway" || p == "/gateway/": // clients put a slash before the query
			s.serveGateway(w, r)
		default:
			s.serveAPI(w, r)
		}
	})
}

// SetBaseURL says where Handler is reached, as http://host:port; it must be
// called before the first request.
func (s *Server) SetBaseURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimRight(url, "/")
}

// Token returns the bot's token.
func (s *Server) Token() string { return s.token }

// Close ends the gateway sessions and waits for everything that the server
// started.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.work.Wait()
		return nil
	}
	s.closed = true
	s.end()
	s.hub.closeAll(1001)
	s.endSubscriptions()
	s.stopTimers()
	err := s.save()
	s.mu.Unlock()

	s.work.Wait()
	if s.temp {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
