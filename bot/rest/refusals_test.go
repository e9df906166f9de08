package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefusalsAreReadInEveryShape(t *testing.T) {
	t.Parallel()
	const json429 = `{"message":"You are being rate limited.","retry_after":1.5,"global":false}`
	for name, tc := range map[string]struct {
		header map[string]string
		body   string
		min    time.Duration
		max    time.Duration
	}{
		"body":                      {nil, json429, 1500 * time.Millisecond, 1500 * time.Millisecond},
		"body before header":        {map[string]string{"Retry-After": "3"}, json429, 1500 * time.Millisecond, 1500 * time.Millisecond},
		"header, body not JSON":     {map[string]string{"Retry-After": "3"}, "<html>slow down</html>", 3 * time.Second, 3 * time.Second},
		"header, empty body":        {map[string]string{"Retry-After": "2"}, "", 2 * time.Second, 2 * time.Second},
		"header, JSON without":      {map[string]string{"Retry-After": "2"}, `{"message":"x"}`, 2 * time.Second, 2 * time.Second},
		"header with a fraction":    {map[string]string{"Retry-After": "0.25"}, "x", 250 * time.Millisecond, 250 * time.Millisecond},
		"neither":                   {nil, "x", shutBackoff / 2, shutBackoff + 1},
		"nonsense":                  {map[string]string{"Retry-After": "soon"}, `{"retry_after":"x"}`, refusedBackoff / 2, refusedBackoff + 1},
		"a negative wait":           {map[string]string{"Retry-After": "-5"}, `{"retry_after":-5}`, refusedBackoff / 2, refusedBackoff + 1},
		"not a number":              {map[string]string{"Retry-After": "NaN"}, "x", shutBackoff / 2, shutBackoff + 1},
		"no wait":                   {nil, `{"retry_after":0}`, refusedBackoff / 2, refusedBackoff + 1},
		"an old message's own":      {nil, `{"code":30046,"retry_after":4}`, 4 * time.Second, 4 * time.Second},
		"global, though not of use": {map[string]string{"X-RateLimit-Global": "true"}, json429, 1500 * time.Millisecond, 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
				if calls++; calls > 1 {
					answer(w, 200, "{}")
					return
				}
				for k, v := range tc.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(429)
				_, _ = io.WriteString(w, tc.body)
			}, func(t *testing.T, c *Client) {
				var err error
				d := took(func() { err = edit(t.Context(), c, "one") })
				if err != nil || calls != 2 {
					t.Errorf("%d calls, error %v", calls, err)
				}
				if d < tc.min || d > tc.max {
					t.Errorf("waited %s, want %s to %s", d, tc.min, tc.max)
				}
			})
		})
	}
}

func TestAGlobalRefusalStopsAllButInteractions(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(http.ResponseWriter){
		"in the body": func(w http.ResponseWriter) { answer(w, 429, `{"retry_after":3,"global":true}`) },
		"in the header": func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Global", "true")
			answer(w, 429, `{"retry_after":3}`)
		},
		"as its scope": func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Scope", "global")
			answer(w, 429, `{"retry_after":3}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := true
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if first {
					first = false
					refuse(w)
					return
				}
				answer(w, 200, "{}")
			}, func(t *testing.T, c *Client) {
				var all sync.WaitGroup
				start := time.Now()
				all.Go(func() {
					if err := editChannel(t.Context(), c, "1"); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				if err := edit(t.Context(), c, "one"); err != nil {
					t.Error(err)
				}
				if d := time.Since(start); d != 0 {
					t.Errorf("an interaction's edit waited %s", d)
				}
				if _, err := c.Application(t.Context()); err != nil {
					t.Error(err)
				}
				if d := time.Since(start); d < 3*time.Second {
					t.Errorf("another route went on after %s, want 3s", d)
				}
				all.Wait()
			})
		})
	}
}

func TestTheLimitOfAnOldMessageHoldsForItAlone(t *testing.T) {
	t.Parallel()
	first := true
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			answer(w, 429, `{"code":30046,"message":"Maximum number of edits to messages older than 1 hour reached.","retry_after":20}`)
			return
		}
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		var all sync.WaitGroup
		all.Go(func() {
			if d := took(func() {
				if err := editChannel(t.Context(), c, "1"); err != nil {
					t.Error(err)
				}
			}); d < 20*time.Second {
				t.Errorf("the old message's edit waited %s, want 20s", d)
			}
		})
		synctest.Wait()
		if d := took(func() {
			if err := editChannel(t.Context(), c, "1"); err != nil {
				t.Error(err)
			}
		}); d > time.Second {
			t.Errorf("another message of the channel waited %s", d)
		}
		all.Wait()
	})
}

func TestRefusalsEndInAnErrorThatSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		calls      int
		waited     time.Duration
	}{
		{"again and again", `{"message":"no","code":7,"retry_after":2,"global":false}`, maxRefused, 8 * time.Second},
		{"a long one", `{"message":"no","code":7,"retry_after":3600}`, 1, 0},
		{"an old message's long one", `{"message":"no","code":30046,"retry_after":3600}`, 1, 0},
		{"half a minute each", `{"message":"no","code":7,"retry_after":29}`, 3, 58 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				answer(w, 429, tc.body)
			}, func(t *testing.T, c *Client) {
				var err error
				d := took(func() { err = edit(t.Context(), c, "one") })
				var e *Error
				if !errors.As(err, &e) || e.Status != 429 || e.Message != "no" || e.RetryAfter == 0 {
					t.Errorf("got %v", err)
				}
				if calls != tc.calls || d != tc.waited {
					t.Errorf("%d calls in %s, want %d in %s", calls, d, tc.calls, tc.waited)
				}
			})
		})
	}
}

func TestWhatIsKnownToBeRefusedForLongIsNotSent(t *testing.T) {
	t.Parallel()
	calls := 0
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		answer(w, 429, `{"retry_after":3600}`)
	}, func(t *testing.T, c *Client) {
		_ = edit(t.Context(), c, "one")
		time.Sleep(10 * time.Minute)
		err := edit(t.Context(), c, "one")
		want := &Error{Route: "PATCH /webhooks/:app/:token/messages/@original", Status: 429,
			Message: "a rate limit that is known already", RetryAfter: 50 * time.Minute}
		var got *Error
		if !errors.As(err, &got) {
			t.Fatalf("got %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(context.Context, *Client) error{
		"of a bucket":     func(ctx context.Context, c *Client) error { return edit(ctx, c, "one") },
		"everywhere":      func(ctx context.Context, c *Client) error { _, err := c.Application(ctx); return err },
		"of a callback":   func(ctx context.Context, c *Client) error { _, err := c.Respond(ctx, interaction("t"), 1); return err },
		"of an old reply": func(ctx context.Context, c *Client) error { return editChannel(ctx, c, "30046") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				code := 0
				if strings.Contains(r.URL.Path, "30046") {
					code = 30046
				}
				answer(w, 429, fmt.Sprintf(`{"retry_after":10,"code":%d,"global":%v}`, code, strings.HasSuffix(r.URL.Path, "@me")))
			}, func(t *testing.T, c *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				var err error
				d := took(func() { err = f(ctx, c) })
				if !errors.Is(err, context.DeadlineExceeded) || d != 3*time.Second {
					t.Errorf("after %s: %v", d, err)
				}
			})
		})
	}
}
