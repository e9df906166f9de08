package tracker_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// A restart finds jobs in every state; each comes to a good end, and only the
// one that was never sent is paid for.
func TestResumeFromEveryState(t *testing.T) {
	for state, c := range map[store.State]struct {
		path    []store.State
		want    store.State
		failure store.Failure
		paid    int
	}{
		store.StateWaiting:    {nil, store.StateCompleted, "", 1},
		store.StateSubmitting: {[]store.State{store.StateSubmitting}, store.StateFailed, store.FailureUncertain, 0},
		store.StateQueued:     {[]store.State{store.StateSubmitting, store.StateQueued}, store.StateCompleted, "", 0},
		store.StateDreaming:   {[]store.State{store.StateSubmitting, store.StateDreaming}, store.StateCompleted, "", 0},
		store.StateCompleted:  {[]store.State{store.StateSubmitting, store.StateCompleted}, store.StateCompleted, "", 0},
		store.StateCancelled:  {[]store.State{store.StateCancelled}, store.StateCancelled, "", 0},
	} {
		t.Run(string(state), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2)
				w.luma.get = func(id string) (luma.Generation, error) {
					if id != "gen-1" {
						t.Errorf("asked for %q", id)
					}
					return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
				}
				j := w.stored(1)
				for _, next := range c.path {
					_, err := w.store.Update(context.Background(), j.ID, func(j *store.Job) error {
						j.State = next
						if next == store.StateSubmitting {
							j.SentAt = time.Now()
						} else {
							j.Remote = "gen-1"
						}
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				w.run()
				defer w.end()
				settle(5 * time.Minute)
				w.expect(j.ID, c.want, c.failure)
				if got := len(w.luma.payments()); got != c.paid {
					t.Errorf("paid %d times, want %d", got, c.paid)
				}
				if c.want != state && w.people.changed[j.ID] == 0 {
					t.Error("nobody was told")
				}
			})
		})
	}
}

func TestResumeLooksUpWhatWasNotMarkedAsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		there, gone := job(1), job(2)
		for _, j := range []store.Job{there, gone} {
			if err := w.store.Create(context.Background(), j); err != nil {
				t.Fatal(err)
			}
		}
		w.people.replies[there.ID] = "m-1"
		w.run()
		defer w.end()
		settle(time.Minute)
		w.expect(there.ID, store.StateDreaming, "")
		w.expect(gone.ID, store.StateCancelled, "")
		if j := w.get(there.ID); j.Message != "m-1" || !j.Due() {
			t.Errorf("message %q, due %v; want it drawn anew", j.Message, j.Due())
		}
		if got := w.luma.payments(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("paid for %v", got)
		}
	})
}

func TestStoppingLetsAPaidCallEndAndBeginsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.luma.create = func(prompt string) (luma.Generation, error) {
			time.Sleep(2 * time.Second)
			return luma.Generation{ID: "g", State: luma.StateQueued}, nil
		}
		w.run()
		first, second := w.answered(w.submit(1)), w.answered(w.submit(2))
		settle(time.Second)
		w.expect(first.ID, store.StateSubmitting, "")
		w.stop()
		w.expect(first.ID, store.StateQueued, "")
		w.expect(second.ID, store.StateWaiting, "")
		if got := w.luma.payments(); len(got) != 1 {
			t.Errorf("paid for %v", got)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A place that comes free while the bot stops is taken by nobody.
func TestAPlaceThatComesFreeWhileStoppingStaysFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.luma.create = func(string) (luma.Generation, error) {
			time.Sleep(2 * time.Second)
			return luma.Generation{}, &luma.Error{Status: 400, Kind: luma.ErrInvalidRequest}
		}
		w.run()
		first, second := w.answered(w.submit(1)), w.answered(w.submit(2))
		settle(time.Second)
		w.stop()
		w.expect(first.ID, store.StateFailed, store.FailureInvalid)
		w.expect(second.ID, store.StateWaiting, "")
		if got := w.luma.payments(); len(got) != 1 {
			t.Errorf("paid for %v", got)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
}
