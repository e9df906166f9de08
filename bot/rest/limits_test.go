package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// limited sets the headers of a bucket.
func limited(w http.ResponseWriter, bucket string, limit, remaining int, after time.Duration) {
	h := w.Header()
	h.Set("X-RateLimit-Bucket", bucket)
	h.Set("X-RateLimit-Limit", fmt.Sprint(limit))
	h.Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
	h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", after.Seconds()))
}

func testLimits() *limits { return newLimits(slog.New(slog.DiscardHandler)) }

// token is what the calls of one interaction are like.
func token(t string) callOptions { return callOptions{interaction: true, major: t} }

func edit(ctx context.Context, c *Client, token string) error {
	_, err := c.EditOriginal(ctx, interaction(token), map[string]string{"content": "x"})
	return err
}

func editChannel(ctx context.Context, c *Client, channel string) error {
	_, err := c.EditMessage(ctx, channel, "1", map[string]string{"content": "x"})
	return err
}

// took runs f and returns how long it took.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func TestAnExhaustedBucketIsWaitedForAndNoOtherOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		limited(w, "abc", 5, 0, 2500*time.Millisecond)
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		must := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		if d := took(func() { must(edit(t.Context(), c, "one")) }); d != 0 {
			t.Errorf("the first edit waited %s", d)
		}
		if d := took(func() { must(edit(t.Context(), c, "two")) }); d != 0 {
			t.Errorf("an edit of another token waited %s", d)
		}
		if d := took(func() { _, err := c.Application(t.Context()); must(err) }); d != 0 {
			t.Errorf("another route waited %s", d)
		}
		if d := took(func() { must(edit(t.Context(), c, "one")) }); d != 2500*time.Millisecond {
			t.Errorf("the second edit waited %s, want 2.5s", d)
		}
	})
}

func TestRoutesOfOneBucketWaitForEachOther(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		limited(w, "shared", 5, 0, time.Second)
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		get := func(token string) {
			if _, err := c.Original(t.Context(), interaction(token)); err != nil {
				t.Error(err)
			}
		}
		get("other") // by this, the route's bucket is known
		if err := edit(t.Context(), c, "one"); err != nil {
			t.Error(err)
		}
		if d := took(func() { get("one") }); d != time.Second {
			t.Errorf("waited %s, want 1s", d)
		}
	})
}

// fixedWindow is a server that allows so many requests in a window, as Discord
// does, and counts those that it refused.
type fixedWindow struct {
	mu      sync.Mutex
	limit   int
	length  time.Duration
	used    int
	reset   time.Time
	refused int
	served  int
}

func (f *fixedWindow) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if !now.Before(f.reset) {
		f.used, f.reset = 0, now.Add(f.length)
	}
	left := f.reset.Sub(now)
	if f.used == f.limit {
		f.refused++
		limited(w, "win", f.limit, 0, left)
		answer(w, 429, fmt.Sprintf(`{"message":"You are being rate limited.","retry_after":%f,"global":false}`, left.Seconds()))
		return
	}
	f.used++
	f.served++
	limited(w, "win", f.limit, f.limit-f.used, left)
	answer(w, 200, "{}")
}

func TestACrowdOnOneBucketKeepsItsLimit(t *testing.T) {
	t.Parallel()
	f := &fixedWindow{limit: 5, length: 5 * time.Second}
	inBubble(t, f.ServeHTTP, func(t *testing.T, c *Client) {
		if err := edit(t.Context(), c, "first"); err != nil { // the limit is known from now on
			t.Fatal(err)
		}
		time.Sleep(f.length)
		var all sync.WaitGroup
		d := took(func() {
			for range 40 {
				all.Go(func() {
					if err := edit(t.Context(), c, "one"); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		if f.refused > 0 || f.served != 41 {
			t.Errorf("%d served, %d refused; want 41 and none", f.served, f.refused)
		}
		if d < 35*time.Second || d > 40*time.Second {
			t.Errorf("40 edits at 5 in 5s took %s", d)
		}
	})
}

func TestACrowdThatWouldWaitTooLongIsSentBack(t *testing.T) {
	t.Parallel()
	f := &fixedWindow{limit: 1, length: 10 * time.Second}
	inBubble(t, f.ServeHTTP, func(t *testing.T, c *Client) {
		var all sync.WaitGroup
		var mu sync.Mutex
		back := 0
		d := took(func() {
			for range 20 {
				all.Go(func() {
					err := edit(t.Context(), c, "one")
					var e *Error
					if errors.As(err, &e) && e.Status == 429 && e.RetryAfter > 0 {
						mu.Lock()
						defer mu.Unlock()
						back++
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		if d > maxWait || back == 0 || back+f.served != 20 {
			t.Errorf("after %s, %d of 20 were served and %d sent back", d, f.served, back)
		}
	})
}

func TestFiftyRequestsASecondAreMadeAtMostAndInteractionsAreExempt(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var times []time.Time
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		burst := func(f func(i int) error) time.Duration {
			return took(func() {
				var all sync.WaitGroup
				for i := range 200 {
					all.Go(func() {
						if err := f(i); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			})
		}
		if d := burst(func(i int) error { return editChannel(t.Context(), c, fmt.Sprint(i)) }); d < 3900*time.Millisecond || d > 4100*time.Millisecond {
			t.Errorf("200 edits took %s, want 4s", d)
		}
		for i := range times {
			n := 0
			for _, other := range times[i:] {
				if other.Sub(times[i]) < time.Second {
					n++
				}
			}
			if n > globalRate+1 {
				t.Errorf("%d requests in a second", n)
			}
		}
		if d := burst(func(i int) error { return edit(t.Context(), c, fmt.Sprint(i)) }); d != 0 {
			t.Errorf("200 edits of interactions took %s, want no wait", d)
		}
	})
}

func TestWhatIsKnownOfBucketsStaysBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	header := func(after string) http.Header {
		h := http.Header{}
		for k, v := range map[string]string{"X-RateLimit-Bucket": "b", "X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": after} {
			h.Set(k, v)
		}
		return h
	}
	t.Run("of windows that pass", func(t *testing.T) {
		t.Parallel()
		l := testLimits()
		for i := range 20_000 {
			at := now.Add(time.Duration(i) * 10 * time.Millisecond)
			lane := l.lane("r", token(fmt.Sprint(i)))
			if d := lane.reserve(at); d != 0 {
				t.Fatalf("a new token waits %s", d)
			}
			lane.learn(at, header("1"))
			if len(l.buckets) > maxBuckets/4 {
				t.Fatalf("%d buckets, of which 100 at most count", len(l.buckets))
			}
		}
	})
	t.Run("of windows that last", func(t *testing.T) {
		t.Parallel()
		l := testLimits()
		for i := range 20_000 {
			lane := l.lane("r", token(fmt.Sprint(i)))
			lane.reserve(now)
			lane.learn(now, header("3600"))
			if len(l.buckets) > maxBuckets {
				t.Fatalf("%d buckets", len(l.buckets))
			}
		}
		if d := l.lane("r", token("19999")).reserve(now); d != time.Hour {
			t.Errorf("the last one is forgotten: it waits %s", d)
		}
		if len(l.routes) != 1 {
			t.Errorf("%d routes", len(l.routes))
		}
	})
}

// use makes a request of a token's at now, as a call does, and takes in its
// answer.
func use(l *limits, now time.Time, t string, h http.Header) {
	lane := l.lane("r", token(t))
	lane.reserve(now)
	lane.learn(now, h)
}

// ofABucket are the headers of a bucket that has requests left.
func ofABucket(resetAfter string) http.Header {
	h := http.Header{}
	h.Set("X-RateLimit-Bucket", "b")
	h.Set("X-RateLimit-Limit", "5")
	h.Set("X-RateLimit-Remaining", "4")
	h.Set("X-RateLimit-Reset-After", resetAfter)
	return h
}

func TestAMillionInteractionsLeaveTheLimitsSmall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tokens     int
		resetAfter string
		apart      time.Duration
	}{
		"at a hundred a second, a million":    {1_000_000, "2", 10 * time.Millisecond},
		"at ten thousand a second":            {50_000, "2", 100 * time.Microsecond},
		"with windows that do not pass again": {50_000, "3600", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, h, now, pruned, last := testLimits(), ofABucket(tc.resetAfter), time.Now(), 0, 0
			for i := range tc.tokens {
				now = now.Add(tc.apart)
				use(l, now, strconv.Itoa(i), h)
				n := len(l.buckets)
				if n > maxBuckets {
					t.Fatalf("%d buckets after %d tokens", n, i)
				}
				if n < last {
					pruned++
				}
				last = n
			}
			if len(l.routes) != 1 {
				t.Errorf("%d routes", len(l.routes))
			}
			// Each pruning looks at all buckets, so there must be many tokens
			// between two of them.
			if limit := tc.tokens / (maxBuckets / 16); pruned == 0 || pruned > limit {
				t.Errorf("pruned %d times, want %d at most", pruned, limit)
			}
		})
	}
}

func BenchmarkLimitsOfEverNewInteractions(b *testing.B) {
	for name, resetAfter := range map[string]string{"windows that pass": "1", "windows that last": "3600"} {
		b.Run(name, func(b *testing.B) {
			l, h, now, i := testLimits(), ofABucket(resetAfter), time.Now(), 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				now = now.Add(time.Millisecond)
				use(l, now, strconv.Itoa(i), h)
			}
			b.ReportMetric(float64(len(l.buckets)), "buckets")
		})
	}
}

func TestTokensLeaveNoTrace(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
		limited(w, "b", 5, 4, time.Second)
		answer(w, 200, "{}")
	}, func(t *testing.T, c *Client) {
		for i := range 3000 {
			if err := edit(t.Context(), c, fmt.Sprint("token-", i)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(c.limits.buckets); n == 0 || n > maxBuckets/4 {
			t.Errorf("%d buckets, of which 100 at most count", n)
		}
		if text := fmt.Sprintf("%+v", c.limits.buckets); strings.Contains(text, "token-") {
			t.Error("a token is kept")
		}
	})
}

func FuzzAnswersOfAnyShapeAreRead(f *testing.F) {
	for _, s := range []string{"", "{}", `{"code":1,"message":"m","errors":{"a":1},"retry_after":1.5,"global":true}`, `{"retry_after":1e400}`,
		`{"code":"x","message":"m"}`, `[]`, "\xff\x00", "null"} {
		f.Add([]byte(s), "1.5")
	}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		h := http.Header{"Retry-After": {header}, "X-Ratelimit-Reset-After": {header}, "X-Ratelimit-Remaining": {"0"}}
		e := newError("GET /x", 429, h, body, []string{"secret-token"})
		if e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
			t.Errorf("RetryAfter %s", e.RetryAfter)
		}
		if strings.Contains(e.Error(), "secret-token") || strings.ContainsAny(e.Message, "\n\r\x00") || len([]rune(e.Message)) > maxMessage+1 {
			t.Errorf("message %q", e.Message)
		}
		reachOf(h, body)
		l := testLimits().lane("r", callOptions{major: "m"})
		l.learn(time.Now(), h)
		if d := l.reserve(time.Now()); d < 0 || d > maxRetryAfter {
			t.Errorf("waits %s", d)
		}
	})
}
