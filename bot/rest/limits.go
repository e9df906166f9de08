package rest

import (
	"cmp"
	"context"
	"hash/maphash"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// globalRate is how many requests a second a bot may make, interaction
	// routes apart. Source: discord-api-docs, topics/rate-limits.
	globalRate = 50
	// maxWait is how long one call waits for rate limits in all.
	maxWait = time.Minute
	// maxRetryAfter bounds what a server can ask for. The longest that Discord
	// is known to ask is an hour, of an address that it has banned.
	maxRetryAfter = 24 * time.Hour
	// maxShut bounds how long one answer can stop everything. It is the hour
	// that bans of an address are known to last.
	maxShut = time.Hour
	// maxBuckets bounds the memory that the limits take.
	maxBuckets = 4096
	// maxBucketName bounds the names that a server gives to buckets, in bytes.
	maxBucketName = 128
)

// limits is what is known of Discord's rate limits: for each route what its
// answers told, and for each bucket that was used of late how much is left.
//
// A bucket is a route, or the name that X-RateLimit-Bucket gives to routes
// that share one, with the value of the route's major parameter. That value
// can be a token, so only a hash of it is kept.
type limits struct {
	global   *rate.Limiter
	seed     maphash.Seed
	refusals *refusals

	mu      sync.Mutex
	held    time.Time         // no route but interactions' before
	shut    time.Time         // no route at all before
	routes  map[string]shape  // by route: as many as the client has
	buckets map[bucket]window // pruned by put
	sweep   int               // how many buckets bring the next pruning
}

type bucket struct {
	name  string
	major uint64
}

// shape is what a route's answers told of its limit. Zero: nothing yet.
type shape struct {
	bucket string        // X-RateLimit-Bucket
	limit  int           // requests in a window
	length time.Duration // of a window
}

// window is a span of time in which a bucket allows so many requests.
type window struct {
	remaining int
	reset     time.Time // the window's end; nothing is known of the next one
}

func newLimits(log *slog.Logger) *limits {
	return &limits{
		// A burst of one: whatever second Discord counts in, there are no more
		// than 51 in it.
		global:   rate.NewLimiter(globalRate, 1),
		seed:     maphash.MakeSeed(),
		refusals: newRefusals(log),
		routes:   map[string]shape{},
		buckets:  map[bucket]window{},
		sweep:    maxBuckets / 4,
	}
}

// lane is the part of the limits that one call is subject to.
type lane struct {
	*limits
	route  string
	major  uint64
	exempt bool          // from the global limit
	prompt bool          // a first answer, which does not wait for others' refusals
	left   time.Duration // how long the call may still wait
}

func (l *limits) lane(route string, o callOptions) *lane {
	return &lane{limits: l, route: route, major: maphash.String(l.seed, o.major), exempt: o.interaction, prompt: o.prompt, left: maxWait}
}

// acquire waits until a request may be sent, which settle must follow. Where
// that would be longer than the call may wait, it returns at once how long it
// would have to wait.
func (l *lane) acquire(ctx context.Context) (tooLong time.Duration, err error) {
	for {
		d := l.reserve(time.Now())
		if d <= 0 {
			break
		}
		if ok, err := l.pause(ctx, d); !ok {
			return d, err
		}
	}
	if !l.exempt {
		if d, err := l.turn(ctx, l.global); d > 0 || err != nil {
			return d, err
		}
	}
	for hadTurn := false; ; {
		// A limit of everything can have been hit since this call had its turn.
		if d := l.heldFor(time.Now()); d > 0 {
			if ok, err := l.pause(ctx, d); !ok {
				return d, err
			}
			continue
		}
		if l.refusals.admit(time.Now(), l.prompt, hadTurn) {
			return 0, nil
		}
		if d, err := l.turn(ctx, l.refusals.pace); d > 0 || err != nil {
			return d, err
		}
		hadTurn = true
	}
}

// turn waits for a turn of limiter's, as acquire does.
func (l *lane) turn(ctx context.Context, limiter *rate.Limiter) (tooLong time.Duration, err error) {
	now := time.Now()
	slot := limiter.ReserveN(now, 1)
	if d := slot.DelayFrom(now); d > 0 {
		if ok, err := l.pause(ctx, d); !ok {
			slot.Cancel()
			return d, err
		}
	}
	return 0, nil
}

// pause waits for d. It reports false, at once, where the call may not wait
// that long, and with ctx's error where that ends first.
func (l *lane) pause(ctx context.Context, d time.Duration) (bool, error) {
	if d > l.left {
		return false, nil
	}
	l.left -= d
	if err := sleep(ctx, d); err != nil {
		return false, err
	}
	return true, nil
}

// reserve takes one request out of the bucket, or returns how long there is
// none to take.
func (l *lane) reserve(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.heldUntil().Sub(now); d > 0 {
		return d
	}
	key := l.key()
	w, ok := l.buckets[key]
	if ok && w.reset.After(now) {
		if w.remaining <= 0 {
			return w.reset.Sub(now)
		}
		w.remaining--
		l.buckets[key] = w
		return 0
	}
	delete(l.buckets, key)
	// A new window begins. Until its first answer tells more, it is taken to
	// be like the route's others, so that a crowd that waited for it does not
	// run into the limit all at once.
	if s := l.routes[l.route]; s.limit > 0 && s.length > 0 {
		l.put(now, key, window{remaining: s.limit - 1, reset: now.Add(s.length)})
	}
	return 0
}

func (l *lane) heldFor(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heldUntil().Sub(now)
}

// heldUntil is when the call may go, whatever its bucket is. l.mu is held.
func (l *lane) heldUntil() time.Time {
	if l.exempt || l.shut.After(l.held) {
		return l.shut
	}
	return l.held
}

// learn takes in what an answer tells of the bucket.
func (l *lane) learn(now time.Time, h http.Header) {
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, ok := seconds(h.Get("X-RateLimit-Reset-After"))
	if err != nil || remaining < 0 || !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.routes[l.route]
	if name := h.Get("X-RateLimit-Bucket"); name != "" && len(name) <= maxBucketName {
		s.bucket = strings.Clone(name)
	}
	if limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit")); err == nil && limit > 0 {
		s.limit = limit
	}
	// The first answer of a window tells its whole length.
	if remaining == s.limit-1 || after > s.length {
		s.length = min(after, maxWait)
	}
	l.routes[l.route] = s

	key := l.key()
	if w, ok := l.buckets[key]; ok && w.reset.After(now) {
		// Requests that are still on their way are counted here already.
		remaining = min(remaining, w.remaining)
	}
	l.put(now, key, window{remaining: remaining, reset: now.Add(after)})
}

// refuse takes in a 429: nothing more for d, as far as it reaches.
func (l *lane) refuse(now time.Time, d time.Duration, r reach) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := now.Add(d)
	switch {
	case r == reachAddress:
		if until.After(l.shut) {
			l.shut = until
		}
		return
	case r == reachBot:
		if until.After(l.held) {
			l.held = until
		}
		if !l.exempt {
			return
		}
	}
	key := l.key()
	if w, ok := l.buckets[key]; ok && w.remaining <= 0 && w.reset.After(until) {
		return
	}
	l.put(now, key, window{reset: until})
}

// key is the call's bucket. l.mu is held.
func (l *lane) key() bucket {
	if name := l.routes[l.route].bucket; name != "" {
		return bucket{name, l.major}
	}
	return bucket{l.route, l.major}
}

// put stores a window, and now and then drops those that have passed. Where
// that leaves too many, those that end first go as well: forgetting one costs
// a 429 at most. l.mu is held.
func (l *limits) put(now time.Time, key bucket, w window) {
	if _, ok := l.buckets[key]; !ok && len(l.buckets) >= l.sweep {
		maps.DeleteFunc(l.buckets, func(_ bucket, w window) bool { return !w.reset.After(now) })
		if len(l.buckets) >= maxBuckets {
			soonest := slices.SortedFunc(maps.Keys(l.buckets), func(a, b bucket) int {
				return cmp.Compare(l.buckets[a].reset.UnixNano(), l.buckets[b].reset.UnixNano())
			})
			for _, k := range soonest[:len(soonest)/4] {
				delete(l.buckets, k)
			}
		}
		l.sweep = min(maxBuckets, max(maxBuckets/4, 2*len(l.buckets)))
	}
	l.buckets[key] = w
}

// sleep waits for d or for ctx's end.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
