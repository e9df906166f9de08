package luma_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/luma"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// inTurn answers the nth request with the nth handler, the last one for good.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		handlers[min(int(n.Add(1)), len(handlers))-1](w, r)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

func later(status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(status)
	}
}

func TestAQueryIsSentAgainWhereThatCanHelp(t *testing.T) {
	everyDialect(t, testAQueryIsSentAgainWhereThatCanHelp)
}

func testAQueryIsSentAgainWhereThatCanHelp(t *testing.T, dial dialer) {
	t.Parallel()
	dreaming := always(200, `{"id":"a","state":"dreaming"}`)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		sent   int
		want   error           // nil: it succeeds
		waits  []time.Duration // the least; the most is that doubled, and 5 s
	}{
		"success":             {dreaming, 1, nil, nil},
		"trouble, then well":  {inTurn(always(500, ""), always(502, "<html>"), dreaming), 3, nil, []time.Duration{250e6, 500e6}},
		"hung up, then well":  {inTurn(hangUp, hangUp, dreaming), 3, nil, []time.Duration{250e6, 500e6}},
		"slow, then well":     {inTurn(always(408, ""), dreaming), 2, nil, []time.Duration{250e6}},
		"nonsense, then well": {inTurn(always(200, "<html>"), always(200, "{}"), dreaming), 3, nil, []time.Duration{250e6, 500e6}},
		"a fault in 200":      {inTurn(always(200, `{"error":{"message":"oops"}}`), dreaming), 2, nil, []time.Duration{250e6}},
		"trouble without end": {always(503, ""), 3, luma.ErrUnavailable, []time.Duration{250e6, 500e6}},
		"hung up without end": {hangUp, 3, luma.ErrUnavailable, []time.Duration{250e6, 500e6}},
		"too many":            {inTurn(always(429, ""), dreaming), 2, nil, []time.Duration{250e6}},
		"too many, soon":      {inTurn(later(429, "3"), later(429, "5"), dreaming), 3, nil, []time.Duration{3e9, 5e9}},
		"too many, later":     {later(429, "6"), 1, luma.ErrRateLimited, nil},
		"trouble, later":      {later(503, "60"), 1, luma.ErrUnavailable, nil},
		"trouble, soon":       {inTurn(later(503, "2"), dreaming), 2, nil, []time.Duration{2e9}},
		"unknown":             {always(404, ""), 1, luma.ErrNotFound, nil},
		"bad key":             {always(401, ""), 1, luma.ErrUnauthorized, nil},
		"bad request":         {always(400, ""), 1, luma.ErrInvalidRequest, nil},
		"moved":               {always(304, ""), 1, luma.ErrUnavailable, nil},
		"trouble, then no":    {inTurn(always(500, ""), always(404, "")), 2, luma.ErrNotFound, []time.Duration{250e6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			var waits []time.Duration
			client := dial(t, s.URL, luma.WithWait(func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}))
			_, err := client.Get(context.Background(), "a")
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if n := len(s.requests()); n != c.sent {
				t.Errorf("%d requests, want %d", n, c.sent)
			}
			if len(waits) != len(c.waits) {
				t.Fatalf("waits %v, want %d", waits, len(c.waits))
			}
			for i, least := range c.waits {
				if waits[i] < least || waits[i] > min(2*least, 5*time.Second) {
					t.Errorf("wait %d is %v, want %v to %v", i, waits[i], least, min(2*least, 5*time.Second))
				}
			}
		})
	}
}

func TestAPaidCallIsNotSentAgain(t *testing.T) { everyDialect(t, testAPaidCallIsNotSentAgain) }

func testAPaidCallIsNotSentAgain(t *testing.T, dial dialer) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"trouble": always(503, ""), "too many": always(429, ""), "too many, soon": later(429, "1"),
		"hung up": hangUp, "nonsense": always(200, "<html>"), "slow": always(408, ""), "bad key": always(401, ""),
	} {
		s := serve(t, answer)
		c := dial(t, s.URL)
		if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox"}); err == nil {
			t.Errorf("%s: create succeeded", name)
		}
		if _, err := c.Create(context.Background(), luma.Request{Kind: luma.KindExtend, Source: "a", Prompt: "a fox"}); err == nil {
			t.Errorf("%s: extend succeeded", name)
		}
		if n := len(s.requests()); n != 2 {
			t.Errorf("%s: %d requests for 2 calls", name, n)
		}
	}
}

func TestAQueryEndsWithItsContext(t *testing.T) { everyDialect(t, testAQueryEndsWithItsContext) }

func testAQueryEndsWithItsContext(t *testing.T, dial dialer) {
	t.Parallel()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	s := serve(t, later(503, "1"))
	c := dial(t, s.URL, luma.WithWait(func(ctx context.Context, _ time.Duration) error {
		end()
		return ctx.Err()
	}))
	_, err := c.Get(ctx, "a")
	var e *luma.Error
	if !errors.As(err, &e) || !errors.Is(err, context.Canceled) || !errors.Is(err, luma.ErrUnavailable) || e.Status != 503 {
		t.Errorf("%v, want the last answer and context.Canceled", err)
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestRetryAfterIsReadWithinBounds(t *testing.T) {
	everyDialect(t, testRetryAfterIsReadWithinBounds)
}

func testRetryAfterIsReadWithinBounds(t *testing.T, dial dialer) {
	t.Parallel()
	for value, want := range map[string][2]time.Duration{ // least, most
		"":         {0, 0},
		"7":        {7e9, 7e9},
		" 7 ":      {7e9, 7e9},
		"0.5":      {5e8, 5e8},
		"0":        {0, 0},
		"-3":       {0, 0},
		"NaN":      {0, 0},
		"soon":     {0, 0},
		"600":      {600e9, 600e9},
		"601":      {600e9, 600e9},
		"1e400":    {0, 0},
		"99999999": {600e9, 600e9},
		"Inf":      {600e9, 600e9},
		time.Now().Add(5 * time.Minute).UTC().Format(http.TimeFormat): {1, 5 * time.Minute},
		"Fri, 01 Jan 2100 00:00:00 GMT":                               {600e9, 600e9},
		"Mon, 01 Jan 2024 00:00:00 GMT":                               {0, 0},
	} {
		s := serve(t, later(429, value))
		_, err := dial(t, s.URL).Create(context.Background(), luma.Request{Prompt: "a fox"})
		var e *luma.Error
		if !errors.As(err, &e) || e.Kind != luma.ErrRateLimited || e.Uncertain {
			t.Errorf("%q: %v, want ErrRateLimited and no doubt", value, err)
			continue
		}
		if e.RetryAfter < want[0] || e.RetryAfter > want[1] {
			t.Errorf("%q: %v, want %v to %v", value, e.RetryAfter, want[0], want[1])
		}
	}
}

func TestRedirects(t *testing.T) { everyDialect(t, testRedirects) }

func testRedirects(t *testing.T, dial dialer) {
	t.Parallel()
	ctx := context.Background()
	for _, status := range []int{301, 302, 303, 307, 308} {
		other := serve(t, always(200, `{"id":"stolen","state":"queued"}`))
		to := func(url string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, status) }
		}
		near := serve(t, inTurn(to("/1"), to("/2"), to("/3"), always(200, `{"id":"a","state":"dreaming"}`)))
		if g, err := dial(t, near.URL).Get(ctx, "a"); err != nil || g.State != luma.StateDreaming {
			t.Errorf("%d: a query within the origin: %+v, %v", status, g, err)
		}
		for _, r := range near.requests() {
			if r.header.Get("Authorization") != "Bearer "+testKey {
				t.Errorf("%d: no key for %s", status, r.path)
			}
		}
		round := serve(t, to("/again"))
		if _, err := dial(t, round.URL).Get(ctx, "a"); !errors.Is(err, luma.ErrUnavailable) {
			t.Errorf("%d: a query in a circle: %v, want ErrUnavailable", status, err)
		}
		if n := len(round.requests()); n != 4 {
			t.Errorf("%d: a query in a circle: %d requests, want 4", status, n)
		}
		far := serve(t, to(other.URL+"/luma/generations/a"))
		c := dial(t, far.URL)
		if _, err := c.Get(ctx, "a"); !errors.Is(err, luma.ErrUnavailable) {
			t.Errorf("%d: a query to another host: %v, want ErrUnavailable", status, err)
		}
		if _, err := c.Create(ctx, luma.Request{Prompt: "a fox"}); !errors.Is(err, luma.ErrUncertain) {
			t.Errorf("%d: a create to another host: %v, want ErrUncertain", status, err)
		}
		if n := len(other.requests()); n != 0 {
			t.Errorf("%d: %d requests went to another host", status, n)
		}
		here := serve(t, to("/elsewhere"))
		if _, err := dial(t, here.URL).Create(ctx, luma.Request{Prompt: "a fox"}); !errors.Is(err, luma.ErrUncertain) {
			t.Errorf("%d: a create within the origin: %v, want ErrUncertain", status, err)
		}
		if n := len(here.requests()); n != 1 {
			t.Errorf("%d: a create was sent %d times", status, n)
		}
	}
}

func TestABodyIsReadUpToABound(t *testing.T) { everyDialect(t, testABodyIsReadUpToABound) }

func testABodyIsReadUpToABound(t *testing.T, dial dialer) {
	t.Parallel()
	const whole = `{"id":"a","state":"dreaming"}`
	for size, want := range map[int]error{1 << 20: nil, 1<<20 + 1: luma.ErrUnavailable} {
		s := serve(t, always(200, strings.Repeat(" ", size-len(whole))+whole))
		c := dial(t, s.URL)
		_, got := c.Get(context.Background(), "a")
		_, created := c.Create(context.Background(), luma.Request{Prompt: "a fox"})
		if !errors.Is(got, want) || !errors.Is(created, want) || errors.Is(created, luma.ErrUncertain) != (want != nil) {
			t.Errorf("%d bytes: %v and %v, want %v", size, got, created, want)
		}
		if want != nil && !strings.Contains(created.Error(), "1048576 bytes") {
			t.Errorf("%d bytes: the error does not name the bound: %v", size, created)
		}
	}
}
