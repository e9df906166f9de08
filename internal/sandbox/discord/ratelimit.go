package discord

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// buckets count edits and reactions, by what they are of.
type buckets map[string]*bucket

type bucket struct {
	used  int
	reset time.Time
}

// maxBuckets is when buckets that are over are thrown away.
const maxBuckets = 1000

// allow applies the rate limits of edits and reactions, and writes the headers that tell of
// it. Other routes have headers that never stop anybody; callbacks have none.
// Source: discord-api-docs, topics/rate-limits.
func (s *Server) allow(h http.Header, r route, req *request) error {
	if r.path[0] == "interactions" {
		return nil
	}
	limit, key, window := 1000, "", s.limits.EditWindow
	switch r.limited {
	case "webhook":
		limit, key = s.limits.WebhookEdits, "webhook "+req.vars["token"]
	case "channel":
		limit, key = s.limits.ChannelEdits, "channel "+req.vars["channel"]
	case "reaction":
		limit, key, window = 1, "reaction "+req.vars["channel"], s.limits.ReactionWindow
	}
	used, reset := 0, req.now.Add(time.Second)
	s.mu.Lock()
	if key != "" {
		b := s.edits[key]
		if b == nil || !req.now.Before(b.reset) {
			b = &bucket{reset: req.now.Add(window)}
			if len(s.edits) >= maxBuckets {
				for k, old := range s.edits {
					if !req.now.Before(old.reset) || len(s.edits) >= maxBuckets {
						delete(s.edits, k)
					}
				}
			}
			s.edits[key] = b
		}
		b.used++
		used, reset = b.used, b.reset
	} else {
		used = 1
	}
	s.mu.Unlock()

	wait := reset.Sub(req.now)
	tellLimit(h, limit, limit-used, req.now, wait, s.bucketID(r))
	if used > limit {
		tellWait(h, wait, "user")
		return errLimited(inSeconds(wait))
	}
	return nil
}

// bucketID names the bucket of a route.
func (s *Server) bucketID(r route) string {
	return s.seal(r.method, strings.Join(r.path, "/"))[:32]
}

// tellLimit writes how much of a limit is left.
func tellLimit(h http.Header, limit, left int, now time.Time, wait time.Duration, bucket string) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, left)))
	h.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(now.Add(wait).UnixMilli())/1000, 'f', 3, 64))
	h.Set("X-RateLimit-Reset-After", strconv.FormatFloat(wait.Seconds(), 'f', 3, 64))
	h.Set("X-RateLimit-Bucket", bucket)
}

// tellWait writes how long to wait, in whole seconds, and whose limit it is.
func tellWait(h http.Header, wait time.Duration, scope string) {
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	h.Set("X-RateLimit-Scope", scope)
}

// inSeconds is a wait as bodies have it, to the millisecond.
func inSeconds(wait time.Duration) float64 {
	return math.Ceil(wait.Seconds()*1000) / 1000
}
