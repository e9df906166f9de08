package tracker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// The clock is handed in. One that is weeks ahead changes no wait: queries are
// made every few seconds, pauses and deadlines end, and so does everything after
// a restart.
func TestAClockThatIsWeeksAhead(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": 5 * 7 * 24 * time.Hour, "behind": -5 * 7 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 1)
				w.with(func(c *tracker.Config) { c.Now = func() time.Time { return time.Now().Add(ahead) } })
				w.run()
				defer func() { w.end() }()
				submit := func(n int) store.Job {
					j := job(n)
					j.CreatedAt = j.CreatedAt.Add(ahead)
					j, err := w.Submit(t.Context(), j)
					if err != nil {
						t.Fatal(err)
					}
					return w.answered(j)
				}
				first := submit(1)
				settle(time.Minute)
				w.expect(first.ID, store.StateDreaming, "")
				if n := w.luma.timesAsked(); n < 8 || n > 25 {
					t.Errorf("asked %d times in a minute", n)
				}
				if j := w.get(first.ID); time.Until(j.SentAt) < ahead-2*time.Minute || time.Until(j.SentAt) > ahead {
					t.Errorf("it was sent at %v, which is not of the clock", j.SentAt)
				}
				w.restart()
				before := w.luma.timesAsked()
				settle(time.Minute)
				if n := w.luma.timesAsked() - before; n < 8 || n > 25 {
					t.Errorf("after a restart asked %d times in a minute", n)
				}
				w.luma.finish()
				settle(10 * time.Second)
				w.expect(first.ID, store.StateCompleted, "")

				// A pause that Luma wishes for ends.
				left := 1
				w.luma.mu.Lock()
				w.luma.get = nil
				w.luma.create = func(string) (luma.Generation, error) {
					w.luma.mu.Lock()
					defer w.luma.mu.Unlock()
					if left--; left >= 0 {
						return luma.Generation{}, &luma.Error{Op: "create", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: 40 * time.Second}
					}
					return luma.Generation{ID: "g", State: luma.StateQueued}, nil
				}
				w.luma.mu.Unlock()
				second := submit(2)
				settle(30 * time.Second)
				w.expect(second.ID, store.StateWaiting, "")
				settle(90 * time.Second)
				w.expect(second.ID, store.StateDreaming, "")
				// And so does the time that Luma has.
				settle(31 * time.Minute)
				w.expect(second.ID, store.StateFailed, store.FailureTimedOut)
				// A job that nobody answered for is looked up after its seconds.
				third := job(3)
				third.CreatedAt = third.CreatedAt.Add(ahead)
				w.people.stands(third.ID, "m")
				if _, err := w.Submit(t.Context(), third); err != nil {
					t.Fatal(err)
				}
				settle(10 * time.Second)
				w.expect(third.ID, store.StateQueued, "")
			})
		})
	}
}
