package discord

import (
	"strconv"
	"time"
)

// epoch is the first millisecond of Discord's snowflakes.
// Source: discord-api-docs, reference.
const epoch = 1420070400000

// maxSkip bounds how far Discord's clock is ever ahead: snowflakes end in 2154.
const maxSkip = 50 * 365 * 24 * time.Hour

// now is the time by Discord's clock. What is measured rather than dated (how
// long an answer takes, the windows of rate limits, the life of connections)
// goes by the real one.
func (s *Server) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// Skip sets Discord's clock ahead by d for good, over restarts too: what is
// younger than d is so much older then. Tokens, signed addresses and the files
// of commands end by it. It is ahead by 50 years at most, and never goes back.
func (s *Server) Skip(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || d <= 0 {
		return
	}
	ahead := time.Duration(s.ahead.Load())
	ahead += min(d, maxSkip-ahead)
	s.ahead.Store(int64(ahead))
	s.record(record{Ahead: ahead})
}

// newID returns a snowflake of now, greater than all before. mu is held.
func (s *Server) newID() string {
	id := max(uint64(max(s.now().UnixMilli()-epoch, 0))<<22, s.last+1)
	s.last = id
	return strconv.FormatUint(id, 10)
}

// snowflake returns id's number, 0 where it is none.
func snowflake(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// madeAt is when a snowflake was given out.
func madeAt(id string) time.Time { return time.UnixMilli(int64(snowflake(id)>>22) + epoch) }
