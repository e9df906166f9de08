package tracker

import (
	"math/rand/v2"
	"time"

	"dreambot/store"
)

// terms are what a job's next step depends on, besides the job.
type terms struct {
	poll   time.Duration // base interval between queries
	tells  bool          // Luma tells when to ask, as a rule
	list   bool          // Luma has a list, in which a lost call is found
	inline bool          // Luma takes pictures by themselves
}

func (t *Tracker) terms() terms {
	return terms{t.Poll, t.Callback != nil, t.Capabilities.List, t.Capabilities.Inline > 0}
}

// usual is taken for what a generation needs where nothing is measured.
const usual = 90 * time.Second

// pollAfter is the time to the next query of a job. A query is of little use
// long before the job is expected, of most use around that time, and of less
// again when it is long overdue.
func pollAfter(j store.Job, now time.Time, poll time.Duration) time.Duration {
	expected := j.Expected
	if expected == 0 {
		expected = usual
	}
	elapsed := now.Sub(j.SentAt)
	switch {
	case j.SentAt.IsZero():
		return poll
	case elapsed < expected/2:
		// No longer than to the half, so that a measure that is wrong is
		// found out soon.
		return max(poll, min(2*poll, expected/2-elapsed))
	case elapsed < 2*expected:
		return poll
	}
	overdue := int64(elapsed / (2 * expected))
	return min(poll*time.Duration(1+min(overdue, 9)), max(poll, maxBackoff))
}

// Where Luma tells of its generations, queries only make up for what it does not
// tell: the time between them is so many times as long, but not for that beyond
// calledMost.
const (
	calledTimes = 5
	calledMost  = 30 * time.Second
)

// stretched is the time to the next query where it would be d.
func (with terms) stretched(d time.Duration) time.Duration {
	if !with.tells {
		return d
	}
	return max(d, min(calledTimes*d, calledMost))
}

// backoff is the wait after the nth error in a row: it doubles from poll.
func backoff(poll time.Duration, n int) time.Duration {
	return min(poll<<min(max(n, 1)-1, 10), max(poll, maxBackoff))
}

// jitter spreads d over 80 to 120 %, so that jobs begun together are not
// queried together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
