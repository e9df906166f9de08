package tracker_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// listed is a world whose Luma keeps a list, with fates for its first paid calls.
func listed(t *testing.T, concurrency int, fates ...fate) (*world, *ledger) {
	t.Helper()
	w, l := worldWith(t, newMemory(), concurrency), &ledger{fates: fates}
	w.with(func(c *tracker.Config) { c.Generator, c.Capabilities.List = l, true })
	return w, l
}

func TestALostAnswerIsFoundInTheList(t *testing.T) {
	for name, c := range map[string]struct {
		fate fate
		soon time.Duration // it is found by then
	}{
		"at once":                     {lost, time.Second},
		"an answer that is an error":  {fate{accepted: true, err: err503}, time.Second},
		"an error of no kind":         {fate{accepted: true, err: errors.New("odd")}, time.Second},
		"after a time-out":            {fate{way: time.Second, accepted: true, back: time.Hour}, 2*time.Minute + time.Second},
		"in the list after a minute":  {fate{accepted: true, lag: time.Minute, err: errSilent}, 2 * time.Minute},
		"in the list at the very end": {fate{accepted: true, lag: 179 * time.Second, err: errSilent}, 3*time.Minute + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 1, c.fate)
				w.run()
				defer w.end()
				j := w.answered(w.submit(1))
				settle(c.soon)
				if now := w.get(j.ID); now.Remote != "gen-0" || now.State != store.StateQueued && now.State != store.StateDreaming {
					t.Errorf("after %v it is %s %s, of generation %q", c.soon, now.State, now.Failure, now.Remote)
				}
				l.finish()
				settle(time.Minute)
				w.settled([]store.Job{j}, store.StateCompleted)
				if n := len(l.payments()); n != 1 {
					t.Errorf("%d paid calls", n)
				}
			})
		})
	}
}

// What is not in the list is given up, but not before it could have come.
func TestACallThatIsNotInTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 1, unsent)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		next := w.answered(w.submit(2))
		settle(2*time.Minute + 55*time.Second)
		w.expect(j.ID, store.StateSubmitting, "")
		w.expect(next.ID, store.StateWaiting, "") // it takes its place at Luma
		settle(10 * time.Second)
		w.expect(j.ID, store.StateFailed, store.FailureUncertain)
		if n := l.timesSought(); n < 5 || n > 12 {
			t.Errorf("looked for %d times", n)
		}
		if cause := w.get(j.ID).Cause; !strings.Contains(cause, errSilent.Error()) || !strings.Contains(cause, "nothing that fits") {
			t.Errorf("the operator is told %q", cause)
		}
		settle(10 * time.Second)
		w.expect(next.ID, store.StateDreaming, "")
		if n := len(l.payments()); n != 2 {
			t.Errorf("%d paid calls", n)
		}
	})
}

// Trouble with the list is waited for, as with queries.
func TestTroubleWithTheList(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		lasts   time.Duration
		fate    fate
		want    store.State
		failure store.Failure
	}{
		"an outage":               {err503, 20 * time.Minute, lost, store.StateCompleted, ""},
		"beyond the deadline":     {err503, 45 * time.Minute, lost, store.StateCompleted, ""},
		"for good":                {err503, 24 * time.Hour, lost, store.StateFailed, store.FailureUncertain},
		"a key that is refused":   {errKey, 20 * time.Minute, lost, store.StateCompleted, ""},
		"too many requests":       {&luma.Error{Op: "find", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: time.Minute}, 20 * time.Minute, lost, store.StateCompleted, ""},
		"an error of no kind":     {errors.New("odd"), 20 * time.Minute, lost, store.StateCompleted, ""},
		"and then there is none":  {err503, 20 * time.Minute, unsent, store.StateFailed, store.FailureUncertain},
		"nobody can ask any more": {&luma.Error{Op: "find", Kind: luma.ErrInvalidRequest}, 24 * time.Hour, lost, store.StateFailed, store.FailureUncertain},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 1, c.fate)
				begun := time.Now()
				l.finding(func() error {
					if time.Since(begun) < c.lasts {
						return c.err
					}
					return nil
				})
				l.finish()
				w.run()
				defer w.end()
				j := w.answered(w.submit(1))
				settle(c.lasts/2 + time.Second)
				if c.want == store.StateCompleted {
					w.expect(j.ID, store.StateSubmitting, "")
				}
				settle(4 * time.Hour)
				w.expect(j.ID, c.want, c.failure)
				if n := l.timesSought(); n > 90 {
					t.Errorf("looked for %d times", n)
				}
				if n := len(l.payments()); n != 1 {
					t.Errorf("%d paid calls", n)
				}
				settle(time.Hour)
				if left := w.Kept(); left != "" {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}

// An extension's sources are those with which it was sent, whatever has become of
// its parents.
func TestALostExtensionIsFoundAfterItsParentsAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 5, answered, answered, fate{accepted: true, lag: time.Minute, err: errSilent})
		l.finish()
		w.run()
		defer func() { w.end() }()
		list := w.all(2)
		settle(time.Minute)
		w.settled(list, store.StateCompleted)
		j := job(9)
		j.Kind, j.Parent, j.Second = store.KindBlend, list[0].ID, list[1].ID
		w.begin(j)
		w.expect(j.ID, store.StateSubmitting, "")
		for _, parent := range list {
			w.store.(*memory).drop(parent.ID)
		}
		w.restart()
		settle(3 * time.Minute)
		w.expect(j.ID, store.StateCompleted, "")
		if now := w.get(j.ID); now.Remote != "gen-2" || now.Source != "gen-0" || now.SecondSource != "gen-1" {
			t.Errorf("it is %q, from %q and %q", now.Remote, now.Source, now.SecondSource)
		}
	})
}
