package tracker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// What is paid for is waited for: a burst of quick failures is no patience.
func TestAPaidJobOutlastsTrouble(t *testing.T) {
	unavailable := &luma.Error{Op: "get", Status: 503, Kind: luma.ErrUnavailable}
	for name, c := range map[string]struct {
		down    time.Duration // the process, before the trouble begins
		err     error
		trouble time.Duration
	}{
		"no network for a minute after a downtime beyond the deadline": {2 * time.Hour, &luma.Error{Op: "get", Kind: luma.ErrUnavailable}, time.Minute},
		"an outage beyond the deadline":                                {0, unavailable, 40 * time.Minute},
		"five minutes of 404, by an entrance without its service":      {0, &luma.Error{Op: "get", Status: 404, Kind: luma.ErrNotFound}, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 10)
				w.run()
				list := w.all(5)
				settle(10 * time.Second)
				if c.down > 0 {
					w.stop()
					time.Sleep(c.down)
				}
				w.luma.are(c.err)
				if c.down > 0 {
					w.restart()
				}
				defer func() { w.end() }()
				settle(c.trouble)
				w.luma.are(nil)
				w.luma.finish()
				settle(20 * time.Minute)
				for _, j := range list {
					w.expect(j.ID, store.StateCompleted, "")
				}
			})
		})
	}
}

// The source of an extension is its own: it goes on after the parent was
// pruned while it waited in line.
func TestAnExtensionOutlivesItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.with(func(c *tracker.Config) { c.Retention = 24 * time.Hour })
		w.run()
		defer w.end()
		parent := w.answered(w.submit(1))
		w.luma.finish()
		settle(10 * time.Minute)
		w.expect(parent.ID, store.StateCompleted, "")
		if _, err := w.store.Update(context.Background(), parent.ID, func(j *store.Job) error { j.Shown = j.Revision; return nil }); err != nil {
			t.Fatal(err)
		}
		settle(23*time.Hour + 45*time.Minute)
		w.luma.are(&luma.Error{Kind: luma.ErrUnavailable})
		child := job(2)
		child.Kind, child.Parent, child.Source = store.KindExtend, parent.ID, w.get(parent.ID).Remote
		child, err := w.Submit(context.Background(), child)
		if err != nil {
			t.Fatal(err)
		}
		w.answered(child)
		settle(2 * time.Hour)
		if _, err := w.store.Get(context.Background(), parent.ID); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("the parent is still there: %v", err)
		}
		w.luma.are(nil)
		w.luma.finish()
		settle(20 * time.Minute)
		w.expect(child.ID, store.StateCompleted, "")
	})
}

// A job whose reply may stand is not dropped for one failed look-up, however
// late: the channel can tell when the token no longer does.
func TestOneFailedLookUpDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		j := job(1)
		if err := w.store.Create(context.Background(), j); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute) // the process was down
		w.people.stands(j.ID, "m-1")
		w.people.fails(errors.New("status 503"))
		w.run()
		defer w.end()
		settle(500 * time.Millisecond)
		w.people.fails(nil)
		settle(5 * time.Minute)
		if now := w.get(j.ID); now.State == store.StateCancelled || now.Message != "m-1" {
			t.Errorf("after %d look-ups: %s, message %q", w.people.timesAsked(), now.State, now.Message)
		}
	})
}

// A press on a card shows that it stands, whatever was found before.
func TestAPressOnACardThatWasGivenUpShowsItsEnd(t *testing.T) {
	for name, dropped := range map[string]bool{"not noted yet": false, "dropped already": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2)
				w.run()
				defer w.end()
				j := w.submit(1)
				if dropped {
					if err := w.Unanswered(context.Background(), j.ID); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Cancel(context.Background(), j.ID, "m-1"); err != nil {
					t.Fatal(err)
				}
				settle(time.Minute)
				now := w.get(j.ID)
				if now.State != store.StateCancelled || !now.Due() || now.Message != "m-1" {
					t.Errorf("%s, due %v, message %q", now.State, now.Due(), now.Message)
				}
				if err := w.Cancel(context.Background(), j.ID, "m-1"); !errors.Is(err, store.ErrConflict) {
					t.Errorf("a second press: %v", err)
				}
			})
		})
	}
}
