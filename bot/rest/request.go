package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// userAgent has the form that Discord asks for; others are turned away.
	// The address is the library's that the bot is built on; it has none itself.
	// Source: discord-api-docs, reference, "User Agent".
	userAgent = "DiscordBot (https://github.com/bwmarrin/discordgo, dreambot)"

	stepTimeout    = 15 * time.Second // to dial, for TLS
	pingAfter      = 5 * time.Second  // of silence on a connection in use, and then without an answer
	attemptTimeout = 30 * time.Second // for one attempt, uploads apart
	uploadRate     = 64 << 10         // bytes a second that an upload is given time for

	maxAttempts = 3 // where the network or Discord is in trouble
	maxRefused  = 5 // where a rate limit refuses

	minBackoff = 250 * time.Millisecond // doubled with each attempt
	// refusedBackoff is the wait after a 429 that tells none, doubled each time.
	refusedBackoff = time.Second
	// shutBackoff is the same where the 429 is of the whole address.
	shutBackoff = 5 * time.Second

	maxAnswer  = 4 << 20 // bytes
	idleByHost = 100     // connections; all calls go to one host
)

// errTooLarge is an answer that is longer than is read.
var errTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxAnswer)

// newTransport is http.DefaultTransport with this package's bounds.
func newTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if ok {
		t = t.Clone()
	} else {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
	}
	t.DialContext = (&net.Dialer{Timeout: stepTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = stepTimeout
	// For an upload it runs from its last byte on: Discord looks at the file then.
	t.ResponseHeaderTimeout = attemptTimeout
	// Without pings a connection that died in silence is used until TCP gives
	// up, a quarter of an hour later: calls that end by their context do not
	// show that it is dead.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter}
	t.MaxIdleConns = idleByHost
	t.MaxIdleConnsPerHost = idleByHost
	return t
}

// request is a call that is ready to be sent, as often as it takes.
type request struct {
	path      *path
	options   callOptions
	payload   []byte     // JSON; nil: no body
	multipart *multipart // in its place, where there are files
	hide      []string   // tokens that no text may hold
}

// outcome is what came of one attempt.
type outcome struct {
	status int // 0: no answer
	header http.Header
	body   []byte
	err    error // why there is no answer, or not all of it
	local  bool  // err is of the caller's files, not of the way to Discord
}

// do sends r until there is an answer to keep, and returns the body of a
// success.
func (c *Client) do(ctx context.Context, r *request) ([]byte, error) {
	route := r.path.route()
	lane := c.limits.lane(route, r.options)
	for refused, failed := 0, 0; ; {
		tooLong, err := lane.acquire(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: wait for the rate limit: %w", route, err)
		}
		if tooLong > 0 {
			return nil, &Error{Route: route, Status: http.StatusTooManyRequests, RetryAfter: tooLong,
				Message: "a rate limit that is known already"}
		}
		o := c.attempt(ctx, r)
		lane.refusals.settle(time.Now(), lane.prompt, invalid(o.status, o.header))
		lane.learn(time.Now(), o.header)
		switch {
		case o.status/100 == 2 && (o.err == nil || r.options.once):
			return o.body, nil
		case o.status == http.StatusTooManyRequests:
			refused++
			e := newError(route, o.status, o.header, o.body, r.hide)
			if again, err := lane.settle(ctx, e, reachOf(o.header, o.body), refused); err != nil {
				return nil, fmt.Errorf("%s: wait for the rate limit: %w", route, err)
			} else if !again || refused == maxRefused {
				return nil, e
			}
		case o.err == nil && o.status < 500:
			return nil, newError(route, o.status, o.header, o.body, r.hide)
		default:
			failed++
			if failed < maxAttempts && r.repeatable(o) && ctx.Err() == nil &&
				sleep(ctx, jitter(minBackoff<<(failed-1))) == nil {
				continue
			}
			if o.err == nil {
				return nil, newError(route, o.status, o.header, o.body, r.hide)
			}
			if ctx.Err() == nil && errors.Is(o.err, context.DeadlineExceeded) {
				// net/http's own time limits say that of themselves, but it is
				// not the caller's context that has ended.
				return nil, fmt.Errorf("%s: %v", route, o.err)
			}
			return nil, fmt.Errorf("%s: %w", route, o.err)
		}
	}
}

// settle takes in the 429 e, the call's so manieth, and reports whether the
// call may try again, when acquire lets it.
func (l *lane) settle(ctx context.Context, e *Error, r reach, refused int) (again bool, err error) {
	backoff := refusedBackoff
	if r == reachAddress {
		backoff = shutBackoff
		e.RetryAfter = min(e.RetryAfter, maxShut)
	}
	if e.RetryAfter <= 0 {
		e.RetryAfter = jitter(backoff << (refused - 1))
	}
	if e.Code == CodeEditLimitOfOldMessages {
		// It is of this message alone; its channel's others may go on.
		return l.pause(ctx, e.RetryAfter)
	}
	l.refuse(time.Now(), e.RetryAfter, r)
	return e.RetryAfter <= l.left, nil
}

// repeatable reports whether an attempt that got no answer, or a 5xx, can be
// made again without harm.
func (r *request) repeatable(o outcome) bool {
	if o.local || errors.Is(o.err, errTooLarge) {
		return false
	}
	if !r.options.once {
		return true
	}
	// Nothing was sent where not even a connection was made.
	var op *net.OpError
	return errors.As(o.err, &op) && op.Op == "dial"
}

// attempt sends r once.
func (c *Client) attempt(ctx context.Context, r *request) (o outcome) {
	limit := attemptTimeout
	if r.multipart != nil {
		limit += time.Duration(r.multipart.size/uploadRate) * time.Second
	}
	route, start := r.path.route(), time.Now()
	defer func() {
		took := time.Since(start)
		c.observe(route, o.status, took)
		attrs := []slog.Attr{slog.String("route", route), slog.Int("status", o.status), slog.Duration("took", took)}
		if o.err != nil {
			attrs = append(attrs, slog.String("error", o.err.Error()))
		}
		c.log.LogAttrs(ctx, slog.LevelDebug, "discord call", attrs...)
	}()

	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, upload, err := c.build(inner, r)
	if err != nil {
		return outcome{err: err, local: true}
	}
	if upload != nil {
		defer upload.wait()
	}
	resp, err := c.http.Do(req)
	if err == nil {
		o.status, o.header = resp.StatusCode, resp.Header
		o.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		_ = resp.Body.Close() // of a body that is read, nothing is left to fail
		switch {
		case err != nil && o.status/100 != 2:
			err = nil // the status says enough
		case err == nil && len(o.body) > maxAnswer:
			o.body, err = nil, errTooLarge
		case err != nil:
			err = fmt.Errorf("read the answer: %w", err)
		}
		o.err = err
	} else {
		// Its own text has the whole address, with the token.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		o.err = err
		if upload != nil && upload.failure() != nil {
			o.err, o.local = upload.failure(), true
		}
	}
	if o.err != nil && !o.local {
		switch {
		case ctx.Err() != nil:
			o.err = ctx.Err()
		case inner.Err() != nil:
			o.err = fmt.Errorf("no answer within %s", limit)
		}
		o.err = concealError(o.err, r.hide)
	}
	return o
}

// build makes the HTTP request, and the upload that is its body where there
// are files.
func (c *Client) build(ctx context.Context, r *request) (*http.Request, *upload, error) {
	address, err := r.path.on(c.base)
	if err != nil {
		return nil, nil, err
	}
	var body io.Reader
	if r.multipart == nil && r.payload != nil {
		body = bytes.NewReader(r.payload)
	}
	req, err := http.NewRequestWithContext(ctx, r.path.method, address.String(), body)
	if err != nil {
		return nil, nil, errors.New("the address is not valid") // err has it, with the token
	}
	req.Header.Set("User-Agent", userAgent)
	if r.options.bot {
		req.Header.Set("Authorization", "Bot "+c.token.Reveal())
	}
	if r.multipart == nil {
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, nil, nil
	}
	u := r.multipart.open()
	req.Body, req.ContentLength = u, r.multipart.size
	req.Header.Set("Content-Type", r.multipart.contentType)
	return req, u, nil
}

// jitter is a random time between half of d and d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
