// Package luma is a stand-in for Luma on loopback. It speaks all dialects of Luma's
// API at once, over one set of generations, each from its documentation, and serves
// real H.264 clips: drawn dreams, and films that it makes of the pictures that it is
// given.
package luma

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Config is what a Server needs. Its zero value serves.
type Config struct {
	Log *slog.Logger // nil: discarded
	Dir string       // generations are kept here and read at the start; empty: in memory only
	// Queued and Dreaming are how long a generation stays in these states;
	// zero: none. Ignored while the server is held (Hold).
	Queued, Dreaming time.Duration
	// Observe, if not nil, sees every API request after it was answered, and every
	// callback. It must not block.
	Observe func(Call)
}

// Call is one API request, with its answer, or one try to call back: Method is
// then "callback" and Path the state that it tells of, since whoever knows the
// address of a callback can pass for the service.
type Call struct {
	Time   time.Time     `json:"time"`
	Method string        `json:"method"`
	Path   string        `json:"path"`
	Status int           `json:"status"` // 0: the connection was cut, or no answer came
	Took   time.Duration `json:"took"`
	// Generation is the one that was accepted, or asked for.
	Generation string `json:"generation,omitempty"`
	// Problem says in words why the request is refused, and is empty where it
	// is not, or where a fault alone refuses it.
	Problem string `json:"problem,omitempty"`
	// Fault is the one that is on and has changed the answer, or what becomes
	// of the generation.
	Fault Fault `json:"fault,omitempty"`
}

// Generation is one accepted paid call.
type Generation struct {
	ID      string `json:"id"`
	Dialect string `json:"dialect,omitempty"` // in which it was asked for
	Kind    string `json:"kind,omitempty"`    // create, extend, blend, upscale, sound
	// Parent is the generation that is extended, blended from, upscaled or given
	// sound; Second the one that is blended to.
	Parent string `json:"parent,omitempty"`
	Second string `json:"second,omitempty"`
	// Backward: it leads to Parent in place of going on from it.
	Backward bool   `json:"backward,omitempty"`
	State    string `json:"state"` // queued, dreaming, completed, failed
	// Prompt, Model, Duration and Resolution are as they were sent.
	Prompt       string `json:"user_prompt"`
	Model        string `json:"model_name,omitempty"`
	Duration     string `json:"duration,omitempty"`
	Resolution   string `json:"resolution,omitempty"`
	AspectRatio  string `json:"aspect_ratio,omitempty"`
	Loop         bool   `json:"loop,omitempty"`
	ExpandPrompt *bool  `json:"expand_prompt,omitempty"`
	ImageURL     string `json:"image_url,omitempty"`
	ImageEndURL  string `json:"image_end_url,omitempty"`
	Inline       bool   `json:"inline,omitempty"` // a picture came as data, and has no address
	Sound        bool   `json:"sound,omitempty"`  // it has sound, or would: no clip of the stand-in has any
	CallbackURL  string `json:"callback_url,omitempty"`
	// Failure is why it failed, in the words of the first dialect.
	Failure   string    `json:"failure_reason,omitempty"`
	Clip      string    `json:"clip"` // name of the clip that is served
	CreatedAt time.Time `json:"created_at"`
}

// The kinds of generations.
const (
	kindCreate  = "create"
	kindExtend  = "extend"
	kindBlend   = "blend"
	kindUpscale = "upscale"
	kindSound   = "sound"
)

// The states of a generation, as they are written.
const (
	stateQueued    = "queued"
	stateDreaming  = "dreaming"
	stateCompleted = "completed"
	stateFailed    = "failed"
)

// maxKept is the most generations that are kept: past it the oldest final one
// goes for each that comes.
const maxKept = 10_000

// Errors of Advance.
var (
	ErrUnknown = errors.New("no such generation")
	ErrFinal   = errors.New("the generation is completed or failed already")
)

// Server is the stand-in. It is safe for concurrent use.
type Server struct {
	log     *slog.Logger
	observe func(Call)
	clock   clock
	mux     *http.ServeMux
	frames  *frames
	studio  studio
	caller  *caller

	ctx  context.Context // ends with Close: delays, callbacks and the fetching of pictures
	stop context.CancelFunc
	busy sync.WaitGroup // API requests being served, and what calls back

	mu        sync.Mutex
	key       string
	base      string // origin, without a slash at its end
	intercept func(*http.Request) *Answer
	faults    []fault // those that are on, in their order
	clipSize  int64   // bytes that every clip is padded to; 0: none
	round     int64   // of links: those of an earlier one have ended
	account   account
	held      bool
	paced     bool // SetPace was called: the clock is not Config's any more
	closed    bool
	records   map[string]*record
	order     []*record          // oldest first
	watched   map[string]*record // those that are not final and are called back for
	changed   chan struct{}      // closed, and made anew, with every change
	journal   *journal           // nil: in memory only
}

// New prepares a server. The key that it accepts is random; with Config.Dir it
// is kept there, and the same at the next start.
func New(c Config) (*Server, error) {
	s := &Server{
		log:     c.Log,
		observe: c.Observe,
		clock:   clock{queued: c.Queued, dreaming: c.Dreaming},
		key:     newKey(),
		account: account{balance: plenty},
		records: map[string]*record{},
		watched: map[string]*record{},
		changed: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if c.Queued < 0 || c.Dreaming < 0 {
		return nil, fmt.Errorf("a generation cannot be queued for %v and dreaming for %v", c.Queued, c.Dreaming)
	}
	pictures, err := openStills(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the pictures in %q: %w", c.Dir, err)
	}
	s.studio.stills = pictures
	if c.Dir != "" {
		j, kept, err := openJournal(c.Dir, s.key)
		if err != nil {
			return nil, fmt.Errorf("opening the generations in %q: %w", c.Dir, err)
		}
		s.journal, s.key = j, kept.key
		now := time.Now()
		for _, r := range kept.records {
			// What came about while nobody was here is not told of.
			s.clock.catchUp(r, now)
			s.records[r.ID] = r
			s.order = append(s.order, r)
			s.watch(r)
		}
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.frames = newFrames(s.ctx)
	s.mux = s.routes()
	s.caller = newCaller()
	s.busy.Go(s.watchClock)
	s.caller.start(s)
	return s, nil
}

// Handler serves the dialects, each below its own path, and /clips/….
func (s *Server) Handler() http.Handler { return s.mux }

// SetBaseURL says where Handler is reached, as http://host:port. Links to
// clips begin with it, and pictures are fetched from there alone.
func (s *Server) SetBaseURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = trimSlash(url)
}

// Key returns the API key that it accepts.
func (s *Server) Key() string { return s.key }

// Generations returns all accepted generations, oldest first; 10,000 are kept.
func (s *Server) Generations() []Generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	list := make([]Generation, 0, len(s.order))
	for _, r := range s.order {
		s.settle(r, now)
		list = append(list, r.generation())
	}
	return list
}

// WaitGeneration returns the first generation, present or to come, for which
// accept holds, or ctx's error. accept runs under the server's lock and must
// not call it.
func (s *Server) WaitGeneration(ctx context.Context, accept func(Generation) bool) (Generation, error) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		g, found, changed, next := s.look(accept)
		if found {
			return g, nil
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return Generation{}, ctx.Err()
		case <-changed:
		case <-timer.C:
		}
	}
}

// look searches once. changed is closed by the next change from outside; the
// clock makes one after next at the earliest.
func (s *Server) look(accept func(Generation) bool) (g Generation, found bool, changed <-chan struct{}, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	next = time.Hour
	for _, r := range s.order {
		s.settle(r, now)
		if g := r.generation(); accept(g) {
			return g, true, s.changed, 0
		}
		if at, moving := s.clock.next(*r); moving && !s.held {
			next = min(next, max(at.Sub(now), 0))
		}
	}
	return Generation{}, false, s.changed, next
}

// Close ends delays, callbacks and the fetching of pictures, waits for the API
// requests being served, and closes what Config.Dir holds.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.busy.Wait()
	s.frames.close()
	s.caller.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	return s.journal.close()
}
