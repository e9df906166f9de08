package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// jobIn is the nth job, asked for by a member in a server.
func jobIn(guild, member string, n int) store.Job {
	j := jobOf(member, n)
	j.Guild, j.Prompt = guild, fmt.Sprint(guild, member, n)
	return j
}

// come has jobs come one after the other, a server and a member each.
func (w *world) come(list ...string) []store.Job {
	w.t.Helper()
	jobs := make([]store.Job, len(list))
	for n, who := range list {
		guild, member, _ := strings.Cut(who, ":")
		j, err := w.Submit(context.Background(), jobIn(guild, member, n))
		if err != nil {
			w.t.Fatal(err)
		}
		jobs[n] = w.answered(j)
		time.Sleep(time.Millisecond)
	}
	return jobs
}

// A member's one dream is not held up by another's ten, nor a server's by
// another server's, and the cards say so.
func TestTheLineIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.run()
		defer func() { w.end() }()
		jobs := w.come("A:a", "A:a", "A:a", "A:a", "A:b", "B:c", "B:c")
		// As they came, with what was known then. The first is on its way at once,
		// and takes nobody's turn.
		for n, want := range []int{0, 1, 2, 3, 2, 2, 4} {
			if jobs[n].Place != want {
				t.Errorf("job %d came to place %d, want %d", n, jobs[n].Place, want)
			}
		}
		settle(2 * time.Second)
		for n, want := range []int{0, 1, 5, 6, 3, 2, 4} {
			if got := w.get(jobs[n].ID).Place; got != want {
				t.Errorf("job %d is shown at %d, want %d", n, got, want)
			}
		}
		// A restart gives the turns anew, by whose job waits longest.
		w.restart()
		w.luma.finish()
		settle(time.Hour)
		if got, want := w.luma.payments(), []string{"Aa0", "Aa1", "Bc5", "Ab4", "Bc6", "Aa2", "Aa3"}; !slices.Equal(got, want) {
			t.Errorf("paid for %v, want %v", got, want)
		}
		w.settled(jobs, store.StateCompleted)
	})
}

// A call that surely did not start costs its job no turn, whoever came meanwhile.
func TestAJobThatCouldNotBeSentIsNextAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.luma.create = func(string) (luma.Generation, error) {
			time.Sleep(time.Second)
			return luma.Generation{}, &luma.Error{Op: "create", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: time.Minute}
		}
		w.run()
		defer w.end()
		jobs := w.come("A:a", "B:c", "A:a", "B:d")
		settle(10 * time.Second)
		for n, j := range jobs {
			if got := w.get(j.ID).Place; got != n {
				t.Errorf("job %d is shown at %d", n, got)
			}
		}
		w.luma.are(nil)
		w.luma.finish()
		settle(time.Hour)
		if got, want := w.luma.payments(), []string{"Aa0", "Aa0", "Bc1", "Aa2", "Bd3"}; !slices.Equal(got, want) {
			t.Errorf("paid for %v, want %v", got, want)
		}
	})
}

func TestASpentAllowanceIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		w := worldWith(t, m, 1)
		w.with(func(c *tracker.Config) { c.MemberJobs = 1 })
		w.run()
		defer w.end()
		spent := &store.SpentError{Bound: store.BoundMember, Allowance: store.Allowance{MemberDreams: 2}, Until: time.Now().Add(time.Hour)}
		m.faults(func(string) (before, after error) { return fmt.Errorf("the day: %w", spent), nil })
		for range 2 { // it takes no place of the member's
			_, err := w.Submit(context.Background(), job(1))
			var got *store.SpentError
			if !errors.As(err, &got) || *got != *spent {
				t.Errorf("Submit: %v", err)
			}
		}
		if left := w.Kept(); left != "" {
			t.Errorf("kept: %s", left)
		}
	})
}
