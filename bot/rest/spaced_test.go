package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// refuser is a server that refuses everything with a status, and remembers
// when. It is a transport as well, for calls by the ten thousand.
type refuser struct {
	status int
	mu     sync.Mutex
	times  []time.Time
}

func (r *refuser) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Result(), nil
}

func (r *refuser) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	r.times = append(r.times, time.Now())
	r.mu.Unlock()
	answer(w, r.status, `{"message":"no","retry_after":61}`)
}

// most is the most refusals in any window.
func (r *refuser) most() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	most, first := 0, 0
	for last, t := range r.times {
		for t.Sub(r.times[first]) > refusalWindow {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func respond(ctx context.Context, c *Client, token string) error {
	_, err := c.Respond(ctx, interaction(token), 1)
	return err
}

// insist calls f until it was sent, as callers do that come back when they are
// told to.
func insist(f func() error) {
	for {
		var e *Error
		if err := f(); !errors.As(err, &e) || e.Message != "a rate limit that is known already" {
			return
		}
		time.Sleep(e.RetryAfter)
	}
}

func TestTwentyThousandRefusedCallsStayFarBelowTheBan(t *testing.T) {
	t.Parallel()
	const calls, workers = 20_000, 40
	for name, tc := range map[string]struct {
		status int
		call   func(context.Context, *Client, string) error
		bound  int
	}{
		"401, edits of interactions": {401, edit, 2500},
		"403, edits of messages":     {403, editChannel, 2500},
		"429, edits of messages":     {429, editChannel, 2500},
		"401, first answers":         {401, respond, 6500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &refuser{status: tc.status}
			inBubble(t, nil, func(t *testing.T, c *Client) {
				c.http.Transport = r
				var all sync.WaitGroup
				for w := range workers {
					all.Go(func() {
						for i := range calls / workers {
							insist(func() error { return tc.call(t.Context(), c, fmt.Sprint(w*calls+i)) })
						}
					})
				}
				all.Wait()
			})
			if n := len(r.times); n < calls {
				t.Errorf("%d of %d were sent", n, calls)
			}
			if n := r.most(); n > tc.bound || n < slowFrom {
				t.Errorf("%d refusals within %s, want %d to %d", n, refusalWindow, slowFrom, tc.bound)
			}
		})
	}
}

func TestThousandsUnderWayAtOnceAreNotAllRefusedAtOnce(t *testing.T) {
	t.Parallel()
	r := &refuser{status: 403}
	slow := func(w http.ResponseWriter, req *http.Request) {
		time.Sleep(10 * time.Second)
		r.ServeHTTP(w, req)
	}
	inBubble(t, slow, func(t *testing.T, c *Client) {
		var all sync.WaitGroup
		back := make(chan error, 3000)
		for i := range 3000 {
			all.Go(func() { back <- edit(t.Context(), c, fmt.Sprint(i)) })
		}
		all.Wait()
		close(back)
		local := 0
		for err := range back {
			var e *Error
			if errors.As(err, &e) && e.Status == 429 && e.RetryAfter > maxWait {
				local++
			}
		}
		// 120 wait for their turn within a minute; the others are told to come back.
		if n := len(r.times); n > slowOpen+slowRate*60+1 || n < slowOpen || n+local != 3000 {
			t.Errorf("%d were sent and %d sent back, of 3000", n, local)
		}
	})
}

func TestOrdinaryTrafficIsNotSlowed(t *testing.T) {
	t.Parallel()
	n := 0
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n%5 == 0 && n < 5*slowFrom {
			answer(w, 403, "{}")
			return
		}
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		for i := range 5 * (slowFrom - 1) {
			if d := took(func() { _ = edit(t.Context(), c, fmt.Sprint(i)) }); d != 0 {
				t.Fatalf("call %d waited %s", i, d)
			}
		}
		if got := c.Invalid(); got != slowFrom-1 {
			t.Errorf("%d refusals counted, want %d", got, slowFrom-1)
		}
	})
}

func TestFirstAnswersGoOnWhileOtherCallsAreSpaced(t *testing.T) {
	t.Parallel()
	r := &refuser{status: 401}
	inBubble(t, nil, func(t *testing.T, c *Client) {
		c.http.Transport = r
		for i := range slowFrom {
			_ = edit(t.Context(), c, fmt.Sprint(i))
		}
		_ = edit(t.Context(), c, "the first turn is free")
		if d := took(func() { _ = edit(t.Context(), c, "x") }); d != 500*time.Millisecond {
			t.Errorf("an edit waited %s", d)
		}
		for i := len(r.times); i < promptFrom; i++ {
			if d := took(func() { _ = respond(t.Context(), c, fmt.Sprint(i)) }); d != 0 {
				t.Fatalf("first answer %d waited %s", i, d)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_ = respond(ctx, c, "takes the turn that is free")
		if err := respond(ctx, c, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a first answer over the bound: %v", err)
		}
	})
}

func TestSpacingIsToldOnceWhenItBeginsAndOnceWhenItEnds(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	r := &refuser{status: 403}
	inBubble(t, nil, func(t *testing.T, c *Client) {
		c.http.Transport = r
		c.limits.refusals.log = slog.New(slog.NewTextHandler(&out, nil))
		for i := range 2 * slowFrom {
			_ = edit(t.Context(), c, fmt.Sprint(i))
		}
		if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "level=WARN") || !strings.Contains(out.String(), "refused=500 ") {
			t.Errorf("the log at its height:\n%s", out.String())
		}
		out.Reset()
		time.Sleep(refusalWindow + time.Second)
		if n := c.Invalid(); n != 0 {
			t.Errorf("%d refusals after the window", n)
		}
		if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "level=INFO") {
			t.Errorf("the log at its end:\n%s", out.String())
		}
		for i := range 3 {
			if d := took(func() { _ = edit(t.Context(), c, fmt.Sprint(i)) }); d != 0 {
				t.Errorf("a call waited %s", d)
			}
		}
	})
}

func TestWhatCountsTowardTheBan(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		status int
		scope  string
		want   int
	}{{200, "", 0}, {204, "", 0}, {400, "", 0}, {401, "", 1}, {403, "", 1}, {404, "", 0}, {413, "", 0}, {500, "", 0},
		{429, "", maxRefused}, {429, "user", maxRefused}, {429, "global", maxRefused}, {429, "shared", 0}} {
		t.Run(fmt.Sprint(tc.status, " ", tc.scope), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-RateLimit-Scope", tc.scope)
				answer(w, tc.status, `{"retry_after":1}`)
			}, func(t *testing.T, c *Client) {
				_ = edit(t.Context(), c, "1")
				if got := c.Invalid(); got != tc.want {
					t.Errorf("%d counted, want %d", got, tc.want)
				}
			})
		})
	}
}

func TestACallThatEndsWhileItWaitsForItsTurnIsNotUnderWay(t *testing.T) {
	t.Parallel()
	r := &refuser{status: 403}
	inBubble(t, r.ServeHTTP, func(t *testing.T, c *Client) {
		for i := range slowFrom + 1 {
			_ = edit(t.Context(), c, fmt.Sprint(i))
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if err := edit(ctx, c, fmt.Sprint(i)); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if f := c.limits.refusals; f.open != 0 || f.prompt != 0 {
			t.Errorf("%d and %d are under way", f.open, f.prompt)
		}
	})
}

// The ring against a list of all that was counted.
func TestTheWindowOfRefusalsSlides(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	r := newRefusals(slog.New(slog.DiscardHandler))
	r.start = now
	var times []time.Time // of the last 10 min and 1 s
	for range 20_000 {
		step := time.Duration(random.ExpFloat64() * float64(2*time.Second))
		if random.IntN(2000) == 0 {
			step = time.Duration(random.IntN(1500)) * time.Second
		}
		now = now.Add(step)
		r.admit(now, false, true)
		r.settle(now, false, true)
		times = append(times, now)
		for now.Sub(times[0]) >= refusalWindow+time.Second {
			times = times[1:]
		}
		low := len(times)
		for _, t := range times {
			if now.Sub(t) < refusalWindow {
				break
			}
			low--
		}
		if got := r.recent(now); got < low || got > len(times) {
			t.Fatalf("%d are counted, want %d to %d", got, low, len(times))
		}
	}
}
