package luma

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// How a callback is made. Source: the service's page on callbacks.
const (
	callbackTries = 1 + 3
	callbackWait  = 5 * time.Second        // for an answer
	callbackRest  = 100 * time.Millisecond // before the next try
)

// Bounds of the callbacks under way.
const (
	lanes    = 4       // at once
	maxDue   = 1_000   // waiting in one lane; what comes on top is lost, as a callback can be
	maxHeard = 4 << 10 // bytes of an answer
)

// callback is a POST that is due.
type callback struct {
	url, generation, state string
	body                   []byte
}

// caller makes callbacks. Those of one generation go one after the other.
type caller struct {
	client *http.Client
	due    [lanes]chan callback
}

// errAway is for an address that is not of this machine.
var errAway = errors.New("only this machine is called back")

func newCaller() *caller {
	dialer := &net.Dialer{Timeout: callbackWait, Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().IsLoopback() {
			return errAway
		}
		return nil
	}}
	c := &caller{client: &http.Client{
		// No proxy, and a redirect is not followed: nothing leaves loopback.
		Transport:     &http.Transport{DialContext: dialer.DialContext, IdleConnTimeout: callbackWait},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for i := range c.due {
		c.due[i] = make(chan callback, maxDue)
	}
	return c
}

// start has the lanes worked off until Close, which waits for that.
func (c *caller) start(s *Server) {
	for _, due := range c.due {
		s.busy.Go(func() {
			for {
				select {
				case one := <-due:
					c.call(s, one)
				case <-s.ctx.Done():
					return
				}
			}
		})
	}
}

func (c *caller) close() { c.client.CloseIdleConnections() }

// add puts a callback into its generation's lane, and reports whether there was
// room.
func (c *caller) add(one callback) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(one.generation)) // never fails
	select {
	case c.due[h.Sum32()%lanes] <- one:
		return true
	default:
		return false
	}
}

// call tries until 200 is answered.
func (c *caller) call(s *Server, one callback) {
	for range callbackTries {
		began := time.Now()
		status, err := c.post(s.ctx, one)
		s.log.Debug("luma callback", "generation", one.generation, "state", one.state, "status", status, "error", err)
		if s.observe != nil && !errors.Is(err, errAway) {
			s.observe(Call{Time: began, Method: "callback", Path: one.state, Status: status, Took: time.Since(began), Generation: one.generation})
		}
		if status == http.StatusOK || errors.Is(err, errAway) {
			return
		}
		select {
		case <-time.After(callbackRest):
		case <-s.ctx.Done():
			return
		}
	}
}

// post makes one try, and returns what is answered: 0 where nothing is.
func (c *caller) post(ctx context.Context, one callback) (status int, err error) {
	if !here(one.url) {
		return 0, errAway
	}
	ctx, cancel := context.WithTimeout(ctx, callbackWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, one.url, bytes.NewReader(one.body))
	if err != nil {
		return 0, errAway
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(r)
	if err != nil {
		// The client's words repeat the address, which is not for a log.
		if errors.Is(err, errAway) {
			return 0, errAway
		}
		return 0, errors.New("no answer")
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxHeard) // so that the connection can be used again
	return resp.StatusCode, nil
}

// here reports whether an address names this machine, before anybody is asked
// where a name leads.
func here(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// checkCallback holds a callback's address against its form.
func checkCallback(url *string) *apiError {
	if url != nil && !address(*url) {
		return unprocessable("callback_url must be an http or https URL")
	}
	return nil
}

// watch has the clock of a record looked at that is to be called back for. The
// caller holds s.mu.
func (s *Server) watch(r *record) {
	if r.CallbackURL != "" && !r.final() {
		s.watched[r.ID] = r
	}
}

// callBack tells of the state that a record has just come to, as a query would be
// answered. The caller holds s.mu.
func (s *Server) callBack(r *record) {
	if r.CallbackURL == "" {
		return
	}
	if r.final() {
		delete(s.watched, r.ID)
	}
	d, err := named(r.Dialect)
	if err != nil {
		return // of a dialect that there was once
	}
	body, err := json.Marshal(d.write(s.answer(r.generation(), s.base, time.Now())))
	if err != nil {
		panic(err) // texts always marshal
	}
	times := s.effect(callbacks).times
	if times == 0 {
		times = 1
	}
	for range times {
		if !s.caller.add(callback{r.CallbackURL, r.ID, r.State, body}) {
			s.log.Warn("a callback is lost: too many are due", "id", r.ID)
		}
	}
}

// watchClock moves on what is called back for when its time has come, until Close.
// Everything else is moved when somebody looks.
func (s *Server) watchClock() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		changed, next, waiting := s.due()
		var late <-chan time.Time
		if waiting {
			timer.Reset(next)
			late = timer.C
		}
		select {
		case <-changed:
		case <-late:
		case <-s.ctx.Done():
			return
		}
	}
}

// due brings what is called back for to its state, and returns when the next of it
// moves, where any does. changed is closed by the next change from outside.
func (s *Server) due() (changed <-chan struct{}, next time.Duration, waiting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, r := range s.watched {
		s.settle(r, now)
		if at, moving := s.clock.next(*r); moving && !s.held {
			if wait := max(at.Sub(now), 0); !waiting || wait < next {
				next, waiting = wait, true
			}
		}
	}
	return s.changed, next, waiting
}
