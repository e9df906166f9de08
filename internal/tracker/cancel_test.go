package tracker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/store"
)

func TestAWaitingJobIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.run()
		defer w.end()
		ctx := context.Background()
		list := w.all(3)
		settle(3 * time.Second)
		if err := w.Cancel(ctx, list[1].ID, "message"); err != nil {
			t.Fatal(err)
		}
		j := w.get(list[1].ID)
		if j.State != store.StateCancelled || j.FinishedAt.IsZero() || j.Place != 0 || j.Hold != store.HoldNone || !j.Due() {
			t.Errorf("job %+v", j)
		}
		if waiting, _ := w.Counts(); waiting != 1 {
			t.Errorf("%d wait", waiting)
		}
		settle(3 * time.Second)
		if j := w.get(list[2].ID); j.Place != 1 {
			t.Errorf("the next shows place %d", j.Place)
		}
		for name, id := range map[string]string{"that was sent": list[0].ID, "that was taken back": list[1].ID} {
			if err := w.Cancel(ctx, id, "message"); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a job %s: %v", name, err)
			}
		}
		if err := w.Cancel(ctx, "no such job", "message"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such job: %v", err)
		}
		w.luma.finish()
		settle(2 * time.Minute)
		if err := w.Cancel(ctx, list[0].ID, "message"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a job that has ended: %v", err)
		}
		w.settled([]store.Job{list[0], list[2]}, store.StateCompleted)
		if n := len(w.luma.payments()); n != 2 {
			t.Errorf("%d paid calls", n)
		}
	})
}

func TestAHeldJobIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.luma.are(errBalance)
		w.run()
		defer w.end()
		list := w.all(3)
		settle(30 * time.Second)
		for _, j := range list {
			if err := w.Cancel(context.Background(), j.ID, "message"); err != nil {
				t.Error(err)
			}
		}
		settle(time.Hour)
		w.settled(list, store.StateCancelled)
	})
}

// The member can be quicker than the news that the reply was accepted.
func TestAJobTakenBackBeforeItsReplyWasReportedIsShownSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.run()
		defer w.end()
		j := w.submit(1)
		if err := w.Cancel(context.Background(), j.ID, "message"); err != nil {
			t.Fatal(err)
		}
		w.answered(j)
		settle(time.Minute)
		w.settled([]store.Job{j}, store.StateCancelled)
		if now := w.get(j.ID); !now.Due() || now.Message == "" {
			t.Errorf("message %q, due %v", now.Message, now.Due())
		}
		if w.people.changed[j.ID] == 0 || len(w.luma.payments()) != 0 {
			t.Errorf("told %d times, paid for %v", w.people.changed[j.ID], w.luma.payments())
		}
	})
}

// Cancel and the paid call race in every order: a job is paid for or taken
// back, never both, and never neither.
func TestNoJobIsBothPaidForAndTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 4)
		w.luma.finish()
		w.run()
		defer w.end()
		list := make([]store.Job, 400)
		for n := range list {
			list[n] = w.submit(n)
		}
		back := make([]error, len(list))
		var group sync.WaitGroup
		for n, j := range list {
			group.Go(func() { _ = w.Answered(context.Background(), j.ID, "m", 1) })
			group.Go(func() {
				if n%2 == 0 {
					time.Sleep(time.Duration(n) * 100 * time.Millisecond)
				}
				back[n] = w.Cancel(context.Background(), j.ID, "message")
			})
		}
		group.Wait()
		settle(2 * time.Hour)
		paid := map[string]int{}
		for _, prompt := range w.luma.payments() {
			paid[prompt]++
		}
		taken := 0
		for n, j := range list {
			want, calls := store.StateCompleted, 1
			if back[n] == nil {
				want, calls = store.StateCancelled, 0
				taken++
			} else if !errors.Is(back[n], store.ErrConflict) {
				t.Errorf("job %s: %v", j.ID, back[n])
			}
			w.expect(j.ID, want, "")
			if paid[j.Prompt] != calls {
				t.Errorf("job %s is %s and was paid for %d times", j.ID, want, paid[j.Prompt])
			}
		}
		if taken == 0 || taken == len(list) {
			t.Errorf("%d of %d were taken back: no race", taken, len(list))
		}
		if left := w.Kept(); left != "" {
			t.Errorf("kept: %s", left)
		}
	})
}

// A store that kept a cancellation and called it failed has the job dropped
// all the same.
func TestACancellationWhoseAnswerIsLostLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.luma.are(errBalance)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(30 * time.Second)
		m := w.store.(*memory)
		m.faults(func(string) (before, after error) { return nil, errDisk })
		if err := w.Cancel(context.Background(), j.ID, "message"); !errors.Is(err, errDisk) {
			t.Fatal(err)
		}
		m.faults(nil)
		settle(time.Second)
		if waiting, _ := w.Counts(); waiting != 0 {
			t.Error("it still waits")
		}
		settle(time.Hour)
		w.settled([]store.Job{j}, store.StateCancelled)
	})
}

func TestTheReplyOfAFinishedJobIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.run()
		defer w.end()
		ctx := context.Background()
		list := w.all(2)
		settle(10 * time.Second)
		for name, j := range map[string]store.Job{"at Luma": list[0], "in line": list[1]} {
			if err := w.Remove(ctx, j.ID); !errors.Is(err, store.ErrConflict) || w.get(j.ID).Removed {
				t.Errorf("a job %s: %v", name, err)
			}
		}
		w.luma.finish()
		settle(2 * time.Minute)
		id := list[0].ID
		shown, err := w.store.Update(ctx, id, func(j *store.Job) error { j.Shown = j.Revision; return nil })
		if err != nil || shown.Due() {
			t.Fatal(shown.Due(), err)
		}
		w.people.mu.Lock()
		before := w.people.changed[id]
		w.people.mu.Unlock()
		for range 3 {
			if err := w.Remove(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		j := w.get(id)
		if !j.Removed || !j.Due() || j.Revision != shown.Revision+1 || j.State != store.StateCompleted {
			t.Errorf("job %+v", j)
		}
		w.people.mu.Lock()
		told := w.people.changed[id] - before
		w.people.mu.Unlock()
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		if err := w.Remove(ctx, "no such job"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such job: %v", err)
		}
	})
}
