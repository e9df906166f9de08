package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/store"
)

// pictured is a job with a first picture and a last one, whose addresses work
// for so long from now; 0: there is none.
func pictured(n int, first, last time.Duration) store.Job {
	j := job(n)
	for _, p := range []struct {
		picture *store.Picture
		name    string
		works   time.Duration
	}{{&j.Image, "first", first}, {&j.EndImage, "last", last}} {
		if p.works != 0 {
			*p.picture = store.Picture{URL: "https://old/" + p.name, Expires: time.Now().Add(p.works), Name: p.name + ".png"}
		}
	}
	return j
}

// renews is a Fresh that stores addresses that work for a day.
func (w *world) renews(j store.Job) (store.Job, error) {
	return w.store.Update(context.Background(), j.ID, func(j *store.Job) error {
		for _, p := range []*store.Picture{&j.Image, &j.EndImage} {
			if !p.IsZero() {
				p.URL, p.Expires = "https://new/"+p.Name, time.Now().Add(24*time.Hour)
			}
		}
		return nil
	})
}

// begin has a job answered, and gives it some time.
func (w *world) begin(j store.Job) {
	w.t.Helper()
	j, err := w.Submit(context.Background(), j)
	if err != nil {
		w.t.Fatal(err)
	}
	w.answered(j)
	settle(time.Second)
}

// What Luma is given works for long enough for it to be fetched.
func TestStaleAddressesAreMadeFreshBeforeTheyArePaidFor(t *testing.T) {
	for name, c := range map[string]struct {
		first, last time.Duration
		asked       int
		want        string
	}{
		"no pictures":                {0, 0, 0, " "},
		"both work":                  {time.Hour, 11 * time.Minute, 0, "https://old/first https://old/last"},
		"the first is over":          {-time.Hour, 0, 1, "https://new/first.png "},
		"the last is nearly over":    {time.Hour, 9 * time.Minute, 1, "https://new/first.png https://new/last.png"},
		"both are, and asked once":   {-time.Hour, -time.Minute, 1, "https://new/first.png https://new/last.png"},
		"the last of one without it": {0, -time.Minute, 1, " https://new/last.png"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 1)
				w.people.finds(w.renews)
				w.run()
				defer w.end()
				w.begin(pictured(1, c.first, c.last))
				w.luma.mu.Lock()
				got := slices.Clone(w.luma.images)
				w.luma.mu.Unlock()
				if !slices.Equal(got, []string{c.want}) || w.people.timesFreshened() != c.asked {
					t.Errorf("paid for pictures %q, after asking %d times; want %q after %d", got, w.people.timesFreshened(), c.want, c.asked)
				}
			})
		})
	}
}

// They may have become stale in line.
func TestAddressesThatBecameStaleInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.people.finds(w.renews)
		w.luma.are(errDown)
		w.run()
		defer w.end()
		j := pictured(1, 2*time.Hour, 0)
		w.begin(j)
		settle(5 * time.Hour)
		w.expect(j.ID, store.StateWaiting, "")
		w.luma.are(nil)
		settle(10 * time.Minute)
		w.expect(j.ID, store.StateDreaming, "")
		w.luma.mu.Lock()
		defer w.luma.mu.Unlock()
		if got := w.luma.images[len(w.luma.images)-1]; got != "https://new/first.png " {
			t.Errorf("paid for pictures %q", got)
		}
	})
}

func TestAJobWhoseImageIsGoneFailsUnpaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.people.finds(func(j store.Job) (store.Job, error) { return j, fmt.Errorf("job %s: %w", j.ID, store.ErrPictureGone) })
		w.run()
		defer w.end()
		j := pictured(1, -time.Hour, 0)
		w.begin(j)
		w.expect(j.ID, store.StateFailed, store.FailurePictureGone)
		if got := w.luma.payments(); len(got) != 0 {
			t.Errorf("paid for %v", got)
		}
		settle(time.Minute)
		if left := w.Kept(); left != "" {
			t.Errorf("kept: %s", left)
		}
		// The place at Luma is free for the next.
		w.begin(job(2))
		if got := w.luma.payments(); !slices.Equal(got, []string{"2"}) {
			t.Errorf("then paid for %v", got)
		}
	})
}

// While nobody knows of a picture, its job waits, others go on, and nothing is
// paid for it.
func TestAJobOfWhosePictureNobodyKnowsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.people.finds(func(j store.Job) (store.Job, error) { return j, errors.New("no route") })
		w.run()
		defer w.end()
		j := pictured(1, -time.Hour, 0)
		w.begin(j)
		w.begin(job(2))
		if got := w.luma.payments(); !slices.Equal(got, []string{"2"}) {
			t.Errorf("paid for %v", got)
		}
		w.luma.finish()
		settle(10 * time.Minute)
		w.expect(j.ID, store.StateWaiting, "")
		if n := w.people.timesFreshened(); n < 5 || n > 12 {
			t.Errorf("asked %d times in 10 minutes", n)
		}
		if got := w.luma.payments(); len(got) != 1 {
			t.Errorf("paid for %v", got)
		}
		w.people.finds(w.renews)
		settle(3 * time.Minute)
		w.expect(j.ID, store.StateCompleted, "")
		if got := w.luma.payments(); !slices.Equal(got, []string{"2", "1"}) {
			t.Errorf("then paid for %v", got)
		}
	})
}
