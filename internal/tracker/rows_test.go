package tracker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

func Test429IsNoOutage(t *testing.T) {
	for name, wait := range map[string]time.Duration{"with Retry-After": 40 * time.Second, "without": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, log := troubled(t, 2)
				w.luma.are(&luma.Error{Op: "create", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: wait})
				w.run()
				defer w.end()
				list := w.all(10)
				settle(30 * time.Minute)
				if holds := w.holds(list); holds[store.HoldNone] != 10 {
					t.Errorf("the cards say %v", holds)
				}
				if n := w.luma.timesPinged(); n != 0 || len(log.of("ERROR"))+len(log.of("WARN luma")) != 0 {
					t.Errorf("asked %d times; the operator read %q", n, log.of("WARN"))
				}
				w.luma.are(nil)
				w.luma.finish()
				settle(10 * time.Minute)
				w.settled(list, store.StateCompleted)
			})
		})
	}
}

// Each fault of one paid call comes to its end through the tracker.
func TestEveryFaultOfAPaidCall(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		want    store.State
		failure store.Failure
		calls   int
	}{
		"401":                       {errKey, store.StateCompleted, "", 2},
		"403 insufficient_quota":    {errBalance, store.StateCompleted, "", 2},
		"403 of a firewall":         {errForbidden, store.StateFailed, store.FailureInvalid, 1},
		"404":                       {&luma.Error{Status: 404, Kind: luma.ErrNotFound}, store.StateFailed, store.FailureInvalid, 1},
		"400":                       {&luma.Error{Status: 400, Kind: luma.ErrInvalidRequest}, store.StateFailed, store.FailureInvalid, 1},
		"429 with Retry-After":      {&luma.Error{Status: 429, Kind: luma.ErrRateLimited, RetryAfter: time.Minute}, store.StateCompleted, "", 2},
		"429 without":               {&luma.Error{Status: 429, Kind: luma.ErrRateLimited}, store.StateCompleted, "", 2},
		"500":                       {err503, store.StateFailed, store.FailureUncertain, 1},
		"time-out before the write": {errDown, store.StateCompleted, "", 2},
		"time-out after the write":  {&luma.Error{Kind: luma.ErrUnavailable, Uncertain: true}, store.StateFailed, store.FailureUncertain, 1},
		"HTML":                      {&luma.Error{Status: 200, Kind: luma.ErrUnavailable, Uncertain: true, Message: "<html>"}, store.StateFailed, store.FailureUncertain, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := troubled(t, 1)
				w.luma.are(nil)
				w.luma.finish()
				calls := 0
				w.luma.create = func(prompt string) (luma.Generation, error) {
					if calls++; calls == 1 {
						return luma.Generation{}, c.err
					}
					return luma.Generation{ID: "g", State: luma.StateQueued}, nil
				}
				w.run()
				defer w.end()
				j := w.answered(w.submit(1))
				settle(10 * time.Minute)
				w.expect(j.ID, c.want, c.failure)
				if calls != c.calls {
					t.Errorf("%d paid calls, want %d", calls, c.calls)
				}
				if left := w.Kept(); left != "" {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}

// Each fault of queries, however long, comes to its end.
func TestEveryFaultOfQueries(t *testing.T) {
	for name, c := range map[string]struct {
		gen     luma.Generation
		err     error
		lasts   time.Duration
		want    store.State
		failure store.Failure
	}{
		"5xx":                        {err: err503, lasts: 20 * time.Minute, want: store.StateCompleted},
		"5xx for good":               {err: err503, lasts: 3 * time.Hour, want: store.StateFailed, failure: store.FailureTimedOut},
		"401":                        {err: errKey, lasts: 20 * time.Minute, want: store.StateCompleted},
		"404 once":                   {err: &luma.Error{Status: 404, Kind: luma.ErrNotFound}, lasts: 4 * time.Second, want: store.StateCompleted},
		"404 for good":               {err: &luma.Error{Status: 404, Kind: luma.ErrNotFound}, lasts: time.Hour, want: store.StateFailed, failure: store.FailureLost},
		"429":                        {err: &luma.Error{Status: 429, Kind: luma.ErrRateLimited, RetryAfter: time.Minute}, lasts: 20 * time.Minute, want: store.StateCompleted},
		"a state nobody knows":       {gen: luma.Generation{State: "pondering"}, lasts: 20 * time.Minute, want: store.StateCompleted},
		"that state for good":        {gen: luma.Generation{State: "pondering"}, lasts: time.Hour, want: store.StateFailed, failure: store.FailureTimedOut},
		"completed, the link late":   {gen: luma.Generation{State: luma.StateCompleted}, lasts: time.Minute, want: store.StateCompleted},
		"completed, no link at all":  {gen: luma.Generation{State: luma.StateCompleted}, lasts: time.Hour, want: store.StateFailed, failure: store.FailureNoVideo},
		"failed for a rejected word": {gen: luma.Generation{State: luma.StateFailed, Reason: luma.ReasonPromptModerated}, lasts: time.Hour, want: store.StateFailed, failure: store.FailurePromptRejected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := troubled(t, 1)
				start := time.Now()
				w.luma.get = func(id string) (luma.Generation, error) {
					if time.Since(start) < c.lasts {
						return c.gen, c.err
					}
					return done(id)
				}
				w.run()
				defer w.end()
				j := w.answered(w.submit(1))
				settle(4 * time.Hour)
				w.expect(j.ID, c.want, c.failure)
				if left := w.Kept(); left != "" && c.err == nil {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}
