package luma

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxBody       = 1 << 20          // bytes of an answer that are read
	maxRetryAfter = 10 * time.Minute // that is believed
	queryAttempts = 3                // of a free call, but for a Ping
	minBackoff    = 500 * time.Millisecond
	maxBackoff    = 5 * time.Second // the longest wait between its attempts
)

var errNoGeneration = errors.New("the answer holds no generation")

// exchange is a call, and how its answer is read.
type exchange struct {
	op   string
	call call
	paid bool
	most int // bytes of the answer that are read
	// read reads the body of an answer with a status 2xx. The error is a *fault where
	// the body says that the call did not succeed.
	read func(body []byte) error
}

// about is an exchange whose answer is a generation, which goes to g.
func (c *Client) about(g *Generation, op string, k call) exchange {
	return exchange{op: op, call: k, most: maxBody, read: func(body []byte) error {
		read, err := c.dialect.reading().decode(body)
		if err != nil {
			return err
		}
		read.Cause = c.key.tidy(read.Cause)
		*g = read
		return nil
	}}
}

// pay makes a paid call, once.
func (c *Client) pay(ctx context.Context, op string, k call) (Generation, error) {
	if err := ctx.Err(); err != nil {
		return Generation{}, &Error{Op: op, Kind: ErrUnavailable, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, paidTotal)
	defer cancel()
	var w way
	req, err := c.request(httptrace.WithClientTrace(ctx, w.trace()), k)
	if err != nil {
		return Generation{}, refuse(op, err)
	}
	// Without it, the transport cannot send the request a second time.
	req.GetBody = nil
	resp, err := c.paid.Do(req)
	if err != nil {
		return Generation{}, &Error{Op: op, Kind: ErrUnavailable, Uncertain: w.mayHaveBegun(), Err: c.key.veil(err)}
	}
	var g Generation
	x := c.about(&g, op, k)
	x.paid = true
	fail := c.answer(x, resp)
	if fail == nil {
		if err := checkID(g.ID); err == nil {
			return g, nil
		}
		fail = &Error{Op: op, Status: resp.StatusCode, Kind: ErrUnavailable, Err: errNoGeneration}
	}
	fail.Uncertain = uncertain(fail)
	return Generation{}, fail
}

// uncertain reports whether the answer to a paid call leaves open whether it
// was accepted. A status 4xx is a definite no, but for 408, with which a proxy
// gives up waiting. So is a refusal in a 2xx whose words are understood, but
// for those that a router can say after it has passed the call on: that it is
// unreachable, limited, or cannot find what it has just made.
func uncertain(e *Error) bool {
	if e.Status >= 400 && e.Status < 500 {
		return e.Status == http.StatusRequestTimeout
	}
	return e.Kind == ErrUnavailable || e.Kind == ErrRateLimited || e.Kind == ErrNotFound
}

// way watches how far a request has come.
type way struct{ asked, got atomic.Bool }

func (w *way) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	}
}

// mayHaveBegun reports whether a byte of the request may have been written.
// The later signs (a header written) come from another goroutine and can be
// seen too late; to have a connection is the last moment that is sure. A
// transport that gives no signs at all may have sent anything.
func (w *way) mayHaveBegun() bool { return w.got.Load() || !w.asked.Load() }

// query makes a free call, and makes it again where that can help.
func (c *Client) query(ctx context.Context, x exchange) error {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return &Error{Op: x.op, Kind: ErrUnavailable, Err: err}
		}
		fail := c.ask(ctx, x)
		if fail == nil {
			return nil
		}
		if attempt == queryAttempts || !passing(fail) || fail.RetryAfter > maxBackoff || ctx.Err() != nil {
			return fail
		}
		if err := c.wait(ctx, max(fail.RetryAfter, backoff(attempt))); err != nil {
			fail.Err = err
			return fail
		}
	}
}

// ask makes a free call, once.
func (c *Client) ask(ctx context.Context, x exchange) *Error {
	ctx, cancel := context.WithTimeout(ctx, queryTotal)
	defer cancel()
	req, err := c.request(ctx, x.call)
	if err != nil {
		return refuse(x.op, err)
	}
	resp, err := c.free.Do(req)
	if err != nil {
		return &Error{Op: x.op, Kind: ErrUnavailable, Err: c.key.veil(err)}
	}
	return c.answer(x, resp)
}

// passing reports whether the same query may succeed a moment later. A
// redirect that was not followed will be there again.
func passing(e *Error) bool {
	return e.Kind == ErrRateLimited || e.Kind == ErrUnavailable && (e.Status < 300 || e.Status >= 400)
}

// backoff returns how long to wait after the given attempt, the first being 1:
// doubled each time, and between half and all of that, so that many clients do
// not return at once.
func backoff(attempt int) time.Duration {
	d := min(minBackoff<<(attempt-1), maxBackoff)
	return d/2 + rand.N(d/2+1)
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader
	if k.body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(k.body); err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	}
	req, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path, body)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+*c.key.value)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "dreambot")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// answer reads an answer, and closes its body. What came of a body that broke
// off is tried too: an id that arrived must not be lost.
func (c *Client) answer(x exchange, resp *http.Response) *Error {
	defer resp.Body.Close()
	body, broken := io.ReadAll(io.LimitReader(resp.Body, int64(x.most)+1))
	if len(body) > x.most {
		body, broken = body[:x.most], fmt.Errorf("the answer has more than %d bytes", x.most)
	}
	fail := &Error{Op: x.op, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, time.Now())}
	var f fault
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		err := x.read(body)
		if err == nil {
			return nil
		}
		if said := (*fault)(nil); errors.As(err, &said) {
			f = *said
			fail.Kind = spoken(f)
		} else {
			fail.Kind = ErrUnavailable
			fail.Err = err
			if broken != nil {
				fail.Err = fmt.Errorf("read the answer: %w", c.key.veil(broken))
			}
		}
	} else {
		f = c.dialect.reading().refusal(body)
		fail.Kind = kindOf(resp.StatusCode, f)
	}
	fail.Code, fail.Message = c.key.tidy(f.code), c.key.tidy(f.message)
	if fail.Message == "" && fail.Code == "" {
		fail.Message = c.key.page(body)
	}
	if reason := f.why(); reason != "" && (fail.Kind == ErrInvalidRequest ||
		resp.StatusCode == http.StatusForbidden && f.kind == nil || c.unreadable(x, resp.StatusCode, reason)) {
		fail.Kind, fail.Reason = ErrInvalidRequest, reason
	}
	return fail
}

// unreadable reports whether an answer to a paid call says that it was not
// accepted since a picture could not be read, though its status would leave that
// open.
func (c *Client) unreadable(x exchange, status int, reason Reason) bool {
	return x.paid && status == http.StatusServiceUnavailable && reason == ReasonImageUnreadable &&
		c.dialect.reading().picture503
}

// kindOf says what a status means that is not 2xx. Within 4xx the service's
// own code is the better witness: it says 403 for an empty balance and 400 for
// a generation that it does not know.
func kindOf(status int, f fault) error {
	if status < 400 || status > 499 || status == http.StatusRequestTimeout {
		return ErrUnavailable
	}
	if f.kind != nil {
		return f.kind
	}
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return accountOf(f.message + " " + f.code)
	case http.StatusPaymentRequired:
		return ErrInsufficientQuota
	case http.StatusBadRequest:
		if insufficient(f.message + " " + f.code) {
			return ErrInsufficientQuota
		}
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	return ErrInvalidRequest
}

// spoken says what a fault means that came with a status 2xx: some services
// put the status into the code.
func spoken(f fault) error {
	if f.kind != nil {
		return f.kind
	}
	status, err := strconv.Atoi(f.code)
	if err != nil {
		return ErrUnavailable
	}
	return kindOf(status, f)
}

// retryAfter reads the header of that name: seconds, or a date (RFC 9110,
// 10.2.3). It is within [0, maxRetryAfter], 0 where nothing can be read.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		d = time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	} else if date, err := http.ParseTime(value); err == nil {
		d = date.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}
