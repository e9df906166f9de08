package tracker_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// told is a world that Luma tells of its jobs, and that asks every five minutes by
// itself.
func told(t *testing.T, concurrency int) *world {
	w := worldWith(t, newMemory(), concurrency)
	w.with(func(c *tracker.Config) {
		c.Callback, c.Poll = func(job string) string { return "https://bot/" + job }, 5*time.Minute
	})
	return w
}

func TestANudgeHasLumaAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := told(t, 1)
		w.run()
		defer w.end()
		list := w.all(2)
		settle(10 * time.Second)
		before := w.luma.timesAsked()
		for n := range 3 {
			w.Nudge(list[0].ID)
			synctest.Wait()
			if got := w.luma.timesAsked() - before; got != n+1 {
				t.Errorf("after %d nudges asked %d times", n+1, got)
			}
			settle(2 * time.Second)
		}
		// Nobody is asked for that is not at Luma, or not known.
		w.Nudge(list[1].ID)
		w.Nudge("nobody")
		w.Nudge("")
		w.Nudge("seek")
		settle(10 * time.Second)
		if got := w.luma.timesAsked() - before; got != 3 {
			t.Errorf("others had Luma asked: %d times", got)
		}
		w.luma.finish()
		w.Nudge(list[0].ID)
		settle(time.Second)
		w.expect(list[0].ID, store.StateCompleted, "")
		w.Nudge(list[0].ID)
		settle(10 * time.Second)
		w.Nudge(list[1].ID)
		settle(time.Second)
		w.settled(list, store.StateCompleted)
	})
}

// However often Luma is said to have news, it is asked once in a second, and the
// last word is not lost.
func TestAFloodOfNudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := told(t, 1)
		w.run()
		defer w.end()
		j := w.all(1)[0]
		settle(10 * time.Second)
		before := w.luma.timesAsked()
		for range 10_000 {
			w.Nudge(j.ID)
			time.Sleep(time.Millisecond)
		}
		if n := w.luma.timesAsked() - before; n < 9 || n > 11 {
			t.Errorf("asked %d times in ten seconds", n)
		}
		settle(time.Minute)
		w.Nudge(j.ID)
		synctest.Wait()
		before = w.luma.timesAsked()
		time.Sleep(100 * time.Millisecond)
		w.luma.finish()
		w.Nudge(j.ID)
		settle(time.Second)
		w.expect(j.ID, store.StateCompleted, "")
		if n := w.luma.timesAsked() - before; n != 1 {
			t.Errorf("asked %d times more", n)
		}
	})
}

// Luma can be faster with its news than with its answer.
func TestANudgeBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := told(t, 1)
		w.luma.create = func(string) (luma.Generation, error) {
			w.Nudge(job(1).ID)
			return luma.Generation{ID: "g", State: luma.StateQueued}, nil
		}
		w.luma.finish()
		w.run()
		defer w.end()
		w.begin(job(1))
		w.expect(job(1).ID, store.StateCompleted, "")
	})
}

// News of a job that is looked for has it looked for.
func TestANudgeOfAJobThatIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 1, fate{accepted: true, lag: 100 * time.Second, err: errSilent})
		w.with(func(c *tracker.Config) { c.Callback = func(job string) string { return "https://bot/" + job } })
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(99*time.Second + 900*time.Millisecond)
		before := l.timesSought()
		for range 200 {
			w.Nudge(j.ID)
			time.Sleep(time.Millisecond)
		}
		settle(1100 * time.Millisecond)
		if now := w.get(j.ID); now.Remote != "gen-0" {
			t.Errorf("it is %s", now.State)
		}
		if n := l.timesSought() - before; n > 3 {
			t.Errorf("looked for %d times", n)
		}
	})
}

// Where Luma tells of its jobs they are asked for less often, and in the end all the
// same.
func TestWhatLumaDoesNotTellIsAskedFor(t *testing.T) {
	asked := map[bool]int{}
	for _, tells := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := worldWith(t, newMemory(), 1)
			if tells {
				w.with(func(c *tracker.Config) { c.Callback = func(job string) string { return "https://bot/" + job } })
			}
			begun := time.Now()
			w.luma.get = func(id string) (luma.Generation, error) {
				if time.Since(begun) > 2*time.Minute {
					return done(id)
				}
				return luma.Generation{ID: id, State: luma.StateDreaming}, nil
			}
			w.run()
			defer w.end()
			j := w.answered(w.submit(1))
			settle(2 * time.Minute)
			asked[tells] = w.luma.timesAsked()
			settle(20 * time.Second)
			w.expect(j.ID, store.StateCompleted, "")
		})
	}
	if asked[true] == 0 || asked[true]*4 > asked[false] {
		t.Errorf("asked %d times in two minutes, and %d without callbacks", asked[true], asked[false])
	}
}

// The last query is made at the deadline, callbacks or none.
func TestTheDeadlineWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := told(t, 1)
		begun := time.Now()
		w.luma.get = func(id string) (luma.Generation, error) {
			if time.Since(begun) > 29*time.Minute+50*time.Second {
				return done(id)
			}
			return luma.Generation{ID: id, State: luma.StateDreaming}, nil
		}
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(31 * time.Minute)
		w.expect(j.ID, store.StateCompleted, "")
	})
}

// Luma is given the address at which it calls back, the same at every start.
func TestTheAddressGoesWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 1)
		w.with(func(c *tracker.Config) { c.Callback = func(job string) string { return "https://bot/" + job } })
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		if got := l.list[0].request.CallbackURL; got != "https://bot/"+j.ID {
			t.Errorf("Luma was given %q", got)
		}
	})
}

// BenchmarkNudge is a word of a job at Luma, beside 10,000 in line, and of one that
// is not known.
func BenchmarkNudge(b *testing.B) {
	for _, name := range []string{"a job", "nobody"} {
		b.Run(name, func(b *testing.B) {
			w := crowded(b, func(n int) (string, string) { return "1", fmt.Sprint(n) })
			j := job(20_000)
			if err := w.store.Create(context.Background(), j); err != nil {
				b.Fatal(err)
			}
			for _, next := range []store.State{store.StateSubmitting, store.StateQueued} {
				if _, err := w.store.Update(context.Background(), j.ID, func(j *store.Job) error {
					j.State, j.SentAt = next, time.Now()
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			w.Adopt(j.ID)
			id := map[string]string{"a job": j.ID, "nobody": "nobody"}[name]
			b.ReportAllocs()
			for b.Loop() {
				w.Nudge(id)
			}
		})
	}
}
