package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// once answers the first request with refuse and others with success.
func once(refuse func(http.ResponseWriter)) http.HandlerFunc {
	var mu sync.Mutex
	first := true
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		is := first
		first = false
		mu.Unlock()
		if is {
			refuse(w)
			return
		}
		answer(w, 200, "{}")
	}
}

func html(retryAfter string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(429)
		_, _ = io.WriteString(w, "<html><title>Access denied</title>error code: 1015</html>")
	}
}

func json429(header map[string]string, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for k, v := range header {
			w.Header().Set(k, v)
		}
		answer(w, 429, body)
	}
}

// What a 429 of each kind stops besides the call itself, and for how long.
func TestA429StopsWhatItIsOf(t *testing.T) {
	t.Parallel()
	const three = 3 * time.Second
	type waits struct{ bucket, bot, interaction, callback bool }
	var (
		everything = waits{true, true, true, true}
		bot        = waits{bucket: true, bot: true}
		bucket     = waits{bucket: true}
	)
	for name, tc := range map[string]struct {
		refuse   func(http.ResponseWriter)
		min, max time.Duration
		stops    waits
	}{
		"HTML":                           {html("3"), three, three, everything},
		"HTML without Retry-After":       {html(""), shutBackoff / 2, shutBackoff, everything},
		"empty":                          {json429(map[string]string{"Retry-After": "3"}, ""), three, three, everything},
		"JSON in the words of a proxy":   {json429(map[string]string{"Retry-After": "3"}, `{"message":"You are being blocked from accessing our API","code":0}`), three, three, everything},
		"JSON that is no object":         {json429(map[string]string{"Retry-After": "3"}, `"slow down"`), three, three, everything},
		"JSON":                           {json429(nil, `{"retry_after":3,"global":false}`), three, three, bucket},
		"JSON and a scope":               {json429(map[string]string{"X-RateLimit-Scope": "user"}, `{"retry_after":3}`), three, three, bucket},
		"JSON without retry_after":       {json429(map[string]string{"Retry-After": "3", "X-RateLimit-Bucket": "b"}, `{"message":"m"}`), three, three, bucket},
		"shared":                         {json429(map[string]string{"X-RateLimit-Scope": "shared"}, `{"retry_after":3}`), three, three, bucket},
		"global":                         {json429(nil, `{"retry_after":3,"global":true}`), three, three, bot},
		"global by its scope":            {json429(map[string]string{"X-RateLimit-Scope": "global", "Retry-After": "3"}, ""), three, three, bot},
		"global without how long it is":  {json429(map[string]string{"X-RateLimit-Global": "true"}, ""), refusedBackoff / 2, refusedBackoff, bot},
		"JSON without how long it lasts": {json429(nil, `{"retry_after":"x"}`), refusedBackoff / 2, refusedBackoff, bucket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, once(tc.refuse), func(t *testing.T, c *Client) {
				var all sync.WaitGroup
				start := time.Now()
				check := func(what string, waits bool, call func() error) {
					all.Go(func() {
						if err := call(); err != nil {
							t.Errorf("%s: %v", what, err)
						}
						d := time.Since(start)
						// Calls of the bot's own go one after the other, 50 a second.
						if waits && (d < tc.min || d > tc.max+time.Second/10) || !waits && d > time.Second/10 {
							t.Errorf("%s went on after %s", what, d)
						}
					})
				}
				check("the call itself", true, func() error { return editChannel(t.Context(), c, "1") })
				synctest.Wait()
				check("its bucket", tc.stops.bucket, func() error { return editChannel(t.Context(), c, "1") })
				check("another channel", tc.stops.bot, func() error { return editChannel(t.Context(), c, "2") })
				check("another route", tc.stops.bot, func() error { _, err := c.Application(t.Context()); return err })
				check("an interaction's edit", tc.stops.interaction, func() error { return edit(t.Context(), c, "one") })
				check("a first answer", tc.stops.callback, func() error { return respond(t.Context(), c, "two") })
				all.Wait()
			})
		})
	}
}

func TestAFirstAnswerIsRefusedByEachKindOf429(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		refuse   func(http.ResponseWriter)
		min, max time.Duration // of its own wait
		others   bool          // wait as well
	}{
		"HTML":                     {html("2"), 2 * time.Second, 2 * time.Second, true},
		"HTML without Retry-After": {html(""), shutBackoff / 2, shutBackoff, true},
		"JSON":                     {json429(nil, `{"retry_after":2}`), 2 * time.Second, 2 * time.Second, false},
		"shared":                   {json429(map[string]string{"X-RateLimit-Scope": "shared"}, `{"retry_after":2}`), 2 * time.Second, 2 * time.Second, false},
		"global":                   {json429(nil, `{"retry_after":2,"global":true}`), 2 * time.Second, 2 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, once(tc.refuse), func(t *testing.T, c *Client) {
				var all sync.WaitGroup
				all.Go(func() {
					d := took(func() {
						if err := respond(t.Context(), c, "one"); err != nil {
							t.Error(err)
						}
					})
					if d < tc.min || d > tc.max {
						t.Errorf("it waited %s, want %s to %s", d, tc.min, tc.max)
					}
				})
				synctest.Wait()
				d := took(func() {
					if err := respond(t.Context(), c, "two"); err != nil {
						t.Error(err)
					}
				})
				if (d > 0) != tc.others || d > tc.max {
					t.Errorf("another first answer waited %s", d)
				}
				all.Wait()
			})
		})
	}
}

func TestABannedAddressIsLeftInPeaceForAnHourAtMost(t *testing.T) {
	t.Parallel()
	for name, retryAfter := range map[string]string{"an hour": "3600", "longer than is believed": "999999999"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			inBubble(t, func(w http.ResponseWriter, _ *http.Request) { asked++; html(retryAfter)(w) }, func(t *testing.T, c *Client) {
				for _, call := range []func(context.Context, *Client, string) error{edit, editChannel, respond} {
					var e *Error
					d := took(func() {
						if err := call(t.Context(), c, "1"); !errors.As(err, &e) || e.Status != 429 || e.RetryAfter != maxShut {
							t.Errorf("got %v", err)
						}
					})
					if d > time.Second/10 {
						t.Errorf("it took %s to say so", d)
					}
				}
				if asked != 1 {
					t.Errorf("Discord was asked %d times, want once", asked)
				}
				time.Sleep(maxShut)
				_ = edit(t.Context(), c, "1")
				if asked != 2 {
					t.Errorf("Discord was asked %d times, want once more after the hour", asked)
				}
			})
		})
	}
}

func TestBansThatTellNoTimeAreWaitedOutLongerEachTime(t *testing.T) {
	t.Parallel()
	var times []time.Time
	inBubble(t, func(w http.ResponseWriter, _ *http.Request) { times = append(times, time.Now()); html("")(w) }, func(t *testing.T, c *Client) {
		var e *Error
		d := took(func() {
			if err := edit(t.Context(), c, "1"); !errors.As(err, &e) || e.Status != 429 {
				t.Errorf("got %v", err)
			}
		})
		if d > maxWait || len(times) < 3 || len(times) > maxRefused {
			t.Fatalf("%d attempts in %s", len(times), d)
		}
		for i := range len(times) - 1 {
			if gap := times[i+1].Sub(times[i]); gap < shutBackoff<<i/2 {
				t.Errorf("wait %d is %s", i, gap)
			}
		}
	})
}
