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

// Whatever way jobs end, nothing of them is kept in memory.
func TestNothingIsKeptOfJobsThatHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 20)
		w.with(func(c *tracker.Config) { c.MemberJobs = 10_000 })
		w.luma.create = func(prompt string) (luma.Generation, error) {
			switch prompt[len(prompt)-1] {
			case '1':
				return luma.Generation{}, &luma.Error{Status: 400, Kind: luma.ErrInvalidRequest}
			case '2':
				return luma.Generation{ID: "g", State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
			}
			return luma.Generation{ID: "gen-" + prompt, State: luma.StateQueued}, nil
		}
		w.luma.get = func(id string) (luma.Generation, error) {
			if id[len(id)-1] == '3' {
				return luma.Generation{}, &luma.Error{Status: 404, Kind: luma.ErrNotFound}
			}
			return done(id)
		}
		w.run()
		defer w.end()
		const jobs = 1000
		for n := range jobs {
			j := w.submit(n)
			switch n % 10 {
			case 4:
				if err := w.Unanswered(context.Background(), j.ID); err != nil {
					t.Error(err)
				}
			case 5:
				w.Doubtful(j.ID) // and its reply is not there
			case 6:
				w.answered(j)
				_ = w.Cancel(context.Background(), j.ID, "message")
			default:
				w.answered(j)
			}
			if n%100 == 0 {
				time.Sleep(time.Second)
			}
		}
		settle(3 * time.Hour)
		if left := w.Kept(); left != "" {
			t.Errorf("kept: %s", left)
		}
		if n := len(w.store.(*memory).sorted(func(j store.Job) bool { return !j.State.Final() })); n != 0 {
			t.Errorf("%d of %d jobs have not ended", n, jobs)
		}
	})
}

// A job whose end the store kept and called failed is not kept either.
func TestNothingIsKeptOfAJobThatEndedBeforeItWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		w := worldWith(t, m, 1)
		w.run()
		defer w.end()
		j := job(1)
		j.Kind, j.Parent = store.KindExtend, "no such job"
		j, err := w.Submit(context.Background(), j)
		if err != nil {
			t.Fatal(err)
		}
		updates := 0
		m.faults(func(op string) (before, after error) {
			if op == "update" {
				if updates++; updates == 2 { // the first is that it was answered
					return nil, errDisk
				}
			}
			return nil, nil
		})
		w.answered(j)
		settle(time.Minute)
		w.expect(j.ID, store.StateFailed, store.FailureSourceGone)
		if left := w.Kept(); left != "" {
			t.Errorf("kept: %s", left)
		}
	})
}

// A clock that is set, as far as a job's times tell, is neither the end of what
// is at Luma nor of what waits.
func TestAClockThatIsSetEndsNoJob(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 48 * time.Hour, "back": -48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 1)
				w.run()
				defer w.end()
				list := w.all(2)
				settle(time.Minute)
				// To the tracker it is the same whether its wall clock goes on or
				// what it wrote down falls behind.
				m := w.store.(*memory)
				m.mu.Lock()
				for id, j := range m.jobs {
					j.CreatedAt = j.CreatedAt.Add(-by).Round(0)
					if !j.SentAt.IsZero() {
						j.SentAt = j.SentAt.Add(-by).Round(0)
					}
					m.jobs[id] = j
				}
				m.mu.Unlock()
				settle(20 * time.Minute)
				w.expect(list[0].ID, store.StateDreaming, "")
				w.expect(list[1].ID, store.StateWaiting, "")
				settle(11 * time.Minute)
				w.expect(list[0].ID, store.StateFailed, store.FailureTimedOut)
				w.expect(list[1].ID, store.StateDreaming, "")
			})
		})
	}
}

// A start after the clock was set back takes no longer over a job than it may.
func TestAJobFromTheFutureEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.run()
		defer func() { w.end() }()
		j := w.answered(w.submit(1))
		settle(time.Minute)
		m := w.store.(*memory)
		m.mu.Lock()
		ahead := m.jobs[j.ID]
		ahead.SentAt = ahead.SentAt.Add(24 * time.Hour).Round(0)
		m.jobs[j.ID] = ahead
		m.mu.Unlock()
		w.restart()
		settle(32 * time.Minute)
		w.expect(j.ID, store.StateFailed, store.FailureTimedOut)
	})
}

// A job that a start finds beyond its deadline has one more answer to come; a
// few where none comes.
func TestTheDeadlineWaitsForAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fails   int // queries, before one is answered
		ready   bool
		want    store.State
		failure store.Failure
	}{
		"the video is there":          {0, true, store.StateCompleted, ""},
		"it is not":                   {0, false, store.StateFailed, store.FailureTimedOut},
		"it is, after some failures":  {4, true, store.StateCompleted, ""},
		"it is, after a quarter hour": {20, true, store.StateCompleted, ""},
		"nobody knows for too long":   {1000, true, store.StateFailed, store.FailureTimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := worldWith(t, newMemory(), 1)
				w.run()
				j := w.answered(w.submit(1))
				settle(time.Minute)
				w.stop()
				time.Sleep(24 * time.Hour)
				before := w.luma.timesAsked()
				w.luma.get = func(id string) (luma.Generation, error) {
					switch {
					case w.luma.timesAsked()-before <= c.fails:
						return luma.Generation{}, err503
					case c.ready:
						return done(id)
					}
					return luma.Generation{ID: id, State: luma.StateDreaming}, nil
				}
				w.restart()
				defer w.end()
				settle(time.Hour)
				w.expect(j.ID, c.want, c.failure)
			})
		})
	}
}

func TestOldJobsArePrunedInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		w := worldWith(t, m, 1)
		w.with(func(c *tracker.Config) { c.Retention = 24 * time.Hour })
		old := func(n int) {
			j := job(n)
			j.State, j.FinishedAt = store.StateCompleted, time.Now()
			m.jobs[j.ID] = j
		}
		for n := range 1700 {
			old(n)
		}
		time.Sleep(23 * time.Hour)
		for n := 1700; n < 1750; n++ {
			old(n)
		}
		waits := job(5000)
		waits.State, waits.AnsweredAt, waits.Shown, waits.Revision = store.StateWaiting, time.Now(), 1, 1
		m.jobs[waits.ID] = waits
		time.Sleep(2 * time.Hour)
		start := time.Now()
		w.run()
		defer w.end()
		settle(5 * time.Minute)
		if n := len(m.all()); n != 51 {
			t.Errorf("%d jobs are left, want 50 and one that is unfinished", n)
		}
		steps := m.steps()
		if len(steps) != 4 {
			t.Fatalf("%d steps", len(steps))
		}
		for i, want := range []int{500, 500, 500, 200} {
			p := steps[i]
			if p.n != want || p.at.Sub(start) > time.Minute || i > 0 && !p.at.After(steps[i-1].at) {
				t.Errorf("step %d deleted %d, %v after the start", i, p.n, p.at.Sub(start))
			}
		}
		settle(24 * time.Hour)
		if n := len(m.steps()); n < 26 || n > 30 {
			t.Errorf("%d steps in a day, want one in an hour", n)
		}
	})
}

func TestPruningGoesOnAfterAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := newMemory(), &logged{}
		w := worldWith(t, m, 1)
		w.with(func(c *tracker.Config) { c.Retention, c.Log = time.Hour, log.log() })
		j := job(1)
		j.State, j.FinishedAt = store.StateFailed, time.Now()
		m.jobs[j.ID] = j
		time.Sleep(2 * time.Hour)
		left := 3
		m.faults(func(op string) (before, after error) {
			if op == "prune" && left > 0 {
				left--
				return errDisk, nil
			}
			return nil, nil
		})
		w.run()
		defer w.end()
		settle(10 * time.Minute)
		if _, err := m.Get(context.Background(), j.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is still there: %v", err)
		}
		if n := len(log.of("ERROR deleting old jobs")); n != 3 {
			t.Errorf("%d errors are logged", n)
		}
	})
}

func TestJobsAreKeptForEverWhereThatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		w := worldWith(t, m, 1)
		w.run()
		defer w.end()
		settle(48 * time.Hour)
		if n := len(m.steps()); n != 0 {
			t.Errorf("pruned %d times", n)
		}
	})
}
