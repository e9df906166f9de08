package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

var errDisk = errors.New("the disk is full")

// jobOf is the nth job, asked for by a member.
func jobOf(member string, n int) store.Job {
	j := job(n)
	j.Member = member
	return j
}

// limited is a world in which a member may have 3 unfinished jobs.
func limited(t *testing.T) *world {
	w := worldWith(t, newMemory(), 2)
	w.with(func(c *tracker.Config) { c.MemberJobs = 3 })
	return w
}

// busy has a member ask once more, and returns when they are told to come back.
func (w *world) busy(member string) time.Duration {
	w.t.Helper()
	_, err := w.Submit(context.Background(), jobOf(member, 999))
	var busy *store.BusyError
	if !errors.As(err, &busy) {
		w.t.Fatalf("a job too many: %v", err)
	}
	if busy.Limit != w.config.MemberJobs {
		w.t.Errorf("the limit is said to be %d", busy.Limit)
	}
	if _, err := w.store.Get(context.Background(), job(999).ID); !errors.Is(err, store.ErrNotFound) {
		w.t.Errorf("it is stored: %v", err)
	}
	return time.Until(busy.Until)
}

func TestConcurrentSubmitsStayWithinAMembersLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limited(t)
		w.run()
		defer w.end()
		var mu sync.Mutex
		taken, refused := map[string]int{}, 0
		var group sync.WaitGroup
		for n := range 100 {
			group.Go(func() {
				member := fmt.Sprint("m", n%4)
				_, err := w.Submit(context.Background(), jobOf(member, n))
				mu.Lock()
				defer mu.Unlock()
				var busy *store.BusyError
				switch {
				case err == nil:
					taken[member]++
				case errors.As(err, &busy):
					refused++
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		for member, n := range taken {
			if n != 3 {
				t.Errorf("%s has %d jobs", member, n)
			}
		}
		if refused != 100-12 {
			t.Errorf("%d were refused", refused)
		}
	})
}

func TestAMembersPlaceIsGivenBack(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(w *world, m *memory, j store.Job){
		"when a job has ended": func(w *world, _ *memory, j store.Job) {
			w.luma.finish()
			w.answered(j)
			settle(time.Minute)
			w.expect(j.ID, store.StateCompleted, "")
		},
		"when a job has failed": func(w *world, _ *memory, j store.Job) {
			w.luma.are(&luma.Error{Status: 400, Kind: luma.ErrInvalidRequest})
			w.answered(j)
			settle(time.Second)
			w.expect(j.ID, store.StateFailed, store.FailureInvalid)
		},
		"when the reply was refused": func(w *world, _ *memory, j store.Job) {
			if err := w.Unanswered(ctx, j.ID); err != nil {
				t.Error(err)
			}
		},
		"when it is taken back": func(w *world, _ *memory, j store.Job) {
			w.luma.are(errDown)
			w.answered(j)
			settle(10 * time.Second)
			if err := w.Cancel(ctx, j.ID, "message"); err != nil {
				t.Error(err)
			}
		},
		"when it was removed from the store": func(w *world, m *memory, j store.Job) {
			m.mu.Lock()
			delete(m.jobs, j.ID)
			m.mu.Unlock()
			settle(time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := limited(t)
				w.t = t
				w.run()
				defer w.end()
				var list []store.Job
				for n := range 3 {
					j, err := w.Submit(ctx, jobOf("3", n))
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, j)
				}
				w.busy("3")
				if _, err := w.Submit(ctx, jobOf("4", 10)); err != nil {
					t.Errorf("another member: %v", err)
				}
				end(w, w.store.(*memory), list[1])
				if _, err := w.Submit(ctx, jobOf("3", 20)); err != nil {
					t.Errorf("after an end: %v", err)
				}
				settle(time.Minute) // what nobody answered for is dropped
				settle(time.Hour)
				if left := w.Kept(); left != "" && name != "when it is taken back" {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}

// A job that the store did not take costs its member no place, whether it kept
// it all the same or not.
func TestAJobThatCouldNotBeStoredTakesNoPlace(t *testing.T) {
	for name, fail := range map[string]func(string) (before, after error){
		"refused":         func(string) (error, error) { return errDisk, nil },
		"kept, and no ok": func(string) (error, error) { return nil, errDisk },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := limited(t)
				w.run()
				defer w.end()
				m := w.store.(*memory)
				m.faults(func(op string) (before, after error) {
					if op != "create" {
						return nil, nil
					}
					return fail(op)
				})
				for n := range 10 {
					w.people.stands(job(n).ID, "the notice that it failed")
					if _, err := w.Submit(context.Background(), job(n)); !errors.Is(err, errDisk) {
						t.Errorf("job %d: %v", n, err)
					}
				}
				m.faults(nil)
				for n := 10; n < 13; n++ {
					w.submit(n)
				}
				w.busy("3")
				settle(time.Minute)
				for _, j := range m.all() {
					w.expect(j.ID, store.StateCancelled, "")
				}
				if left := w.Kept(); left != "" || len(w.luma.payments()) != 0 {
					t.Errorf("kept: %s; paid for %v", left, w.luma.payments())
				}
			})
		})
	}
}

func TestAMembersJobsAreCountedAnewAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limited(t)
		w.run()
		defer func() { w.end() }()
		list := w.all(3)
		settle(10 * time.Second) // two are at Luma, one waits
		w.restart()
		w.busy("3")
		w.luma.finish()
		settle(2 * time.Minute)
		w.settled(list, store.StateCompleted)
		w.submit(10)
	})
}

func TestABusyMemberIsToldWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limited(t)
		w.run()
		defer w.end()
		w.all(3)
		settle(time.Second)
		if d := w.busy("3"); d < 80*time.Second || d > 90*time.Second {
			t.Errorf("of a job just sent: in %v, want what is usual", d)
		}
		settle(30 * time.Second)
		if d := w.busy("3"); d < 50*time.Second || d > 60*time.Second {
			t.Errorf("half a minute later: in %v", d)
		}
		settle(10 * time.Minute)
		if d := w.busy("3"); d < 5*time.Second || d > 15*time.Second {
			t.Errorf("of a job that is overdue: in %v, want some seconds", d)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := limited(t)
		w.run()
		defer w.end()
		for n := range 40 {
			j, err := w.Submit(context.Background(), jobOf(fmt.Sprint("m", n), n))
			if err != nil {
				t.Fatal(err)
			}
			w.answered(j)
			time.Sleep(time.Millisecond)
		}
		for n := 40; n < 43; n++ {
			if _, err := w.Submit(context.Background(), jobOf("3", n)); err != nil {
				t.Fatal(err)
			}
		}
		if d := w.busy("3"); d < 25*time.Minute || d > 35*time.Minute {
			t.Errorf("behind 40 jobs, of which two are made at once: in %v", d)
		}
	})
}
