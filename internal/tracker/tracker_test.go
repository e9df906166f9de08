package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
	"dreambot/store/bolt"
)

func TestNothingIsPaidBeforeTheReplyIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.run()
		defer w.end()
		j := w.submit(1)
		settle(2 * time.Second)
		if got := w.luma.payments(); len(got) != 0 {
			t.Fatalf("paid for %v", got)
		}
		w.answered(j)
		settle(time.Second)
		if got := w.luma.payments(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("paid for %v", got)
		}
		w.expect(j.ID, store.StateQueued, "")
	})
}

func TestAJobGoesThroughAllStatesToItsVideo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(time.Second)
		w.expect(j.ID, store.StateQueued, "")
		settle(10 * time.Second)
		w.expect(j.ID, store.StateDreaming, "")
		w.luma.mu.Lock()
		w.luma.get = func(id string) (luma.Generation, error) {
			return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
		}
		w.luma.mu.Unlock()
		settle(10 * time.Second)
		w.expect(j.ID, store.StateCompleted, "")
		done := w.get(j.ID)
		if done.Video.URL != "https://v" || done.Remote != "gen-1" || done.FinishedAt.IsZero() || done.StartedAt.IsZero() || !done.Due() {
			t.Errorf("job %+v", done)
		}
		before := w.luma.timesAsked()
		settle(time.Hour)
		if w.luma.timesAsked() != before {
			t.Error("a finished job is still asked for")
		}
	})
}

func TestAtMostSoManyAreAtLumaInTheOrderOfComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.run()
		defer w.end()
		var all []store.Job
		for n := range 15 {
			all = append(all, w.submit(n))
			time.Sleep(time.Millisecond)
		}
		for _, j := range slices.Backward(all) { // answered in another order
			w.answered(j)
		}
		settle(2 * time.Second)
		if waiting, atLuma := w.Counts(); waiting != 13 || atLuma != 2 {
			t.Errorf("%d wait, %d are at Luma", waiting, atLuma)
		}
		// The first to be answered were sent at once; the others stand in the
		// order in which they came.
		sent := w.luma.payments()
		place := 0
		for n, j := range all {
			if slices.Contains(sent, fmt.Sprint(n)) {
				continue
			}
			place++
			want := place
			if want > 10 {
				want = 20
			}
			if got := w.get(j.ID).Place; got != want {
				t.Errorf("job %d shows place %d, want %d", n, got, want)
			}
		}
		w.luma.mu.Lock()
		w.luma.get = func(id string) (luma.Generation, error) {
			return luma.Generation{ID: id, State: luma.StateFailed, Reason: luma.ReasonOther}, nil
		}
		w.luma.mu.Unlock()
		settle(10 * time.Minute)
		rest := w.luma.payments()[2:]
		numbers := make([]int, len(rest))
		for i, prompt := range rest {
			numbers[i], _ = strconv.Atoi(prompt)
		}
		if !slices.IsSorted(numbers) || len(rest) != 13 {
			t.Errorf("then sent in the order %v", rest)
		}
	})
}

func TestAnUnansweredJobIsDroppedUnpaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.run()
		defer w.end()
		j := w.submit(1)
		if err := w.Unanswered(context.Background(), j.ID); err != nil {
			t.Fatal(err)
		}
		w.answered(j) // too late
		settle(time.Minute)
		w.expect(j.ID, store.StateCancelled, "")
		if got := w.luma.payments(); len(got) != 0 {
			t.Errorf("paid for %v", got)
		}
		if waiting, atLuma := w.Counts(); waiting+atLuma != 0 {
			t.Errorf("%d wait, %d are at Luma", waiting, atLuma)
		}
	})
}

func TestADoubtfulJobIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		err     error
		want    store.State
	}{
		"the reply is there": {"m", nil, store.StateQueued},
		"there is none":      {"", nil, store.StateCancelled},
		"nobody ever knows":  {"", errors.New("no route"), store.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2)
				w.people.err = c.err
				w.run()
				defer w.end()
				j := w.submit(1)
				w.people.stands(j.ID, c.message)
				w.Doubtful(j.ID)
				synctest.Wait()
				if w.people.timesAsked() != 0 {
					t.Error("asked before the reply can have arrived")
				}
				settle(10 * time.Second)
				if c.err != nil {
					w.expect(j.ID, store.StateWaiting, "")
					settle(16 * time.Minute)
					if n := w.people.timesAsked(); n > 40 {
						t.Errorf("asked %d times", n)
					}
					// The token is over, and the channel may tell yet.
					w.expect(j.ID, store.StateWaiting, "")
					settle(72 * time.Hour)
				}
				w.expect(j.ID, c.want, "")
				if paid := len(w.luma.payments()); (paid == 1) != (c.want == store.StateQueued) {
					t.Errorf("paid %d times", paid)
				}
			})
		})
	}
}

func TestACallThatSurelyDidNotStartIsMadeAgainLater(t *testing.T) {
	for name, refusal := range map[string]*luma.Error{
		"rate limited": {Op: "create", Status: 429, Kind: luma.ErrRateLimited, RetryAfter: 40 * time.Second},
		"unreachable":  {Op: "create", Kind: luma.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2)
				left := 3
				w.luma.create = func(prompt string) (luma.Generation, error) {
					w.luma.mu.Lock()
					defer w.luma.mu.Unlock()
					if left--; left >= 0 {
						return luma.Generation{}, refusal
					}
					return luma.Generation{ID: "g", State: luma.StateQueued}, nil
				}
				w.run()
				defer w.end()
				j := w.answered(w.submit(1))
				settle(time.Second)
				w.expect(j.ID, store.StateWaiting, "")
				if refusal.RetryAfter > 0 {
					settle(30 * time.Second)
					if n := len(w.luma.payments()); n != 1 {
						t.Errorf("%d calls before the wait was over", n)
					}
				}
				settle(4 * time.Minute)
				if n := len(w.luma.payments()); n != 4 {
					t.Errorf("%d calls, want 4", n)
				}
				if j := w.get(j.ID); j.Attempts != 3 || j.Remote != "g" {
					t.Errorf("%d attempts, remote %q", j.Attempts, j.Remote)
				}
			})
		})
	}
}

func TestAnUncertainCallIsNeverMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.luma.create = func(string) (luma.Generation, error) {
			return luma.Generation{}, &luma.Error{Op: "create", Kind: luma.ErrUnavailable, Uncertain: true}
		}
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(time.Hour)
		w.restart()
		settle(time.Hour)
		w.expect(j.ID, store.StateFailed, store.FailureUncertain)
		if n := len(w.luma.payments()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(29 * time.Minute)
		w.expect(j.ID, store.StateDreaming, "")
		settle(2 * time.Minute)
		w.expect(j.ID, store.StateFailed, store.FailureTimedOut)

		w.luma.mu.Lock()
		w.luma.create = func(string) (luma.Generation, error) {
			return luma.Generation{}, &luma.Error{Op: "create", Kind: luma.ErrUnavailable}
		}
		w.luma.mu.Unlock()
		late := w.answered(w.submit(2))
		settle(71 * time.Hour)
		w.expect(late.ID, store.StateWaiting, "")
		settle(2 * time.Hour)
		w.expect(late.ID, store.StateFailed, store.FailureUnreachable)
		if waiting, atLuma := w.Counts(); waiting+atLuma != 0 {
			t.Errorf("%d wait, %d are at Luma", waiting, atLuma)
		}
	})
}

// What is expected of a job is what jobs alike took: same kind, model,
// resolution and length.
func TestWhatIsExpectedIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.luma.get = func(id string) (luma.Generation, error) {
			return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
		}
		w.run()
		defer func() { w.end() }()
		ask := func(n int, model string) store.Job {
			j := job(n)
			j.Settings.Model = model
			j, err := w.Submit(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			w.answered(j)
			settle(time.Minute)
			return w.get(j.ID)
		}
		for n := range 3 {
			if j := ask(n, "ray-v2"); j.Expected != 0 || j.State != store.StateCompleted {
				t.Errorf("job %d: %s, expected %v", n, j.State, j.Expected)
			}
		}
		w.restart()
		if j := ask(3, "ray-v2"); j.Expected < 4*time.Second || j.Expected > 8*time.Second {
			t.Errorf("of the fourth %v is expected", j.Expected)
		}
		if j := ask(4, "ray-v1"); j.Expected != 0 {
			t.Errorf("of another model %v is expected", j.Expected)
		}
	})
}

func TestExtendAsksForTheParentsGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3)
		w.run()
		defer w.end()
		parent := w.answered(w.submit(1))
		settle(time.Second)
		for n, from := range map[int]string{2: parent.ID, 3: "no such job"} {
			j := job(n)
			j.Kind, j.Parent = store.KindExtend, from
			j, err := w.Submit(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			w.answered(j)
			settle(time.Second)
		}
		if got := w.luma.payments(); !slices.Equal(got, []string{"1", "2 after gen-1"}) {
			t.Errorf("paid for %v", got)
		}
		w.expect(job(3).ID, store.StateFailed, store.FailureSourceGone)
	})
}

func TestAFullLineTakesNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.with(func(c *tracker.Config) { c.MaxLine = 2 })
		w.run()
		defer w.end()
		w.submit(1)
		w.submit(2)
		if _, err := w.Submit(context.Background(), job(3)); !errors.Is(err, store.ErrFull) {
			t.Errorf("a third one: %v", err)
		}
		if _, err := w.store.Get(context.Background(), job(3).ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is stored: %v", err)
		}
	})
}

// BenchmarkPolling10000 is one round of queries for 10,000 jobs at Luma.
func BenchmarkPolling10000(b *testing.B) {
	const open = 10_000
	s, err := bolt.Open(filepath.Join(b.TempDir(), "jobs.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var group sync.WaitGroup
	for n := range open {
		group.Go(func() {
			j := job(n)
			if err := s.Create(ctx, j); err != nil {
				b.Error(err)
			}
			for _, next := range []store.State{store.StateSubmitting, store.StateDreaming} {
				if _, err := s.Update(ctx, j.ID, func(j *store.Job) error {
					j.State, j.SentAt, j.Remote, j.StartedAt = next, time.Now(), j.ID, time.Now()
					return nil
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	asked := make(chan struct{}, open)
	l := &service{get: func(id string) (luma.Generation, error) {
		asked <- struct{}{}
		return luma.Generation{ID: id, State: luma.StateDreaming}, nil
	}}
	b.ResetTimer()
	for b.Loop() {
		// A poll far off: each job is asked for once a round, by the resumption.
		w := tracker.New(tracker.Config{Store: s, Generator: l, Notifier: &people{changed: map[string]int{}},
			Concurrency: open, Poll: time.Nanosecond, Deadline: 30 * time.Minute})
		if err := w.Resume(ctx); err != nil {
			b.Fatal(err)
		}
		round, stop := context.WithCancel(ctx)
		var done sync.WaitGroup
		done.Go(func() { w.Run(round, 0) })
		for range open {
			<-asked
		}
		stop()
		done.Wait()
		for len(asked) > 0 {
			<-asked
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/open, "ns/query")
}
