package tracker_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/store"
)

// expecting is a world where jobs take a minute, as three have.
func expecting(t *testing.T, concurrency int) *world {
	m := newMemory()
	m.took = []time.Duration{50 * time.Second, 70 * time.Second, time.Minute}
	return worldWith(t, m, concurrency)
}

// A job in line says when it should be done: those before it free a place at
// Luma one after the other, and then it takes as long itself.
func TestAPlaceInLineComesWithTheTimeThatIsExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := expecting(t, 2)
		w.run()
		defer w.end()
		var list []store.Job
		for n := range 15 {
			j, err := w.Submit(context.Background(), jobOf(fmt.Sprint("m", n), n))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, w.answered(j))
			want := time.Time{}
			if j.Place > 0 {
				want = time.Now().Add(time.Minute + time.Duration(j.Place)*time.Minute/2)
			}
			if !j.Ready.Equal(want) {
				t.Errorf("job %d at %d is expected at %v, want %v", n, j.Place, j.Ready, want)
			}
		}
		settle(2 * time.Second)
		for n, j := range list {
			j = w.get(j.ID)
			if waits := j.State == store.StateWaiting; waits != !j.Ready.IsZero() || waits == (j.Place == 0) {
				t.Errorf("job %d is %s at %d, expected at %v", n, j.State, j.Place, j.Ready)
			}
		}
		// As the line moves it is reckoned anew.
		last := list[len(list)-1].ID
		before := w.get(last)
		w.luma.finish()
		settle(30 * time.Second)
		if after := w.get(last); after.State == store.StateWaiting && (after.Place >= before.Place || !after.Ready.Before(before.Ready)) {
			t.Errorf("at %d it was expected at %v, at %d at %v", before.Place, before.Ready, after.Place, after.Ready)
		}
		settle(time.Hour)
		for _, j := range list {
			if j = w.get(j.ID); j.State != store.StateCompleted || !j.Ready.IsZero() {
				t.Errorf("job %s is %s, expected at %v", j.ID, j.State, j.Ready)
			}
		}
	})
}

func TestNothingIsExpectedWhereNobodyCanTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldWith(t, newMemory(), 1)
		w.run()
		defer w.end()
		list := w.all(3)
		settle(2 * time.Second)
		for _, j := range list {
			if j := w.get(j.ID); !j.Ready.IsZero() {
				t.Errorf("job %s at %d is expected at %v, and nothing was measured", j.ID, j.Place, j.Ready)
			}
		}
	})
}

// A line that stands still says nothing of when it will move, until it does.
func TestNothingIsExpectedOfALineThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := expecting(t, 1)
		w.luma.are(errDown)
		w.run()
		defer w.end()
		list := w.all(4)
		settle(5 * time.Minute)
		if holds := w.holds(list); holds[store.HoldUnreachable] != 4 {
			t.Fatalf("the cards say %v", holds)
		}
		for _, j := range list {
			if j := w.get(j.ID); !j.Ready.IsZero() {
				t.Errorf("held at %d, and expected at %v", j.Place, j.Ready)
			}
		}
		late := w.submit(10)
		if late.Hold == store.HoldNone || !late.Ready.IsZero() {
			t.Errorf("a new one is held for %q, and expected at %v", late.Hold, late.Ready)
		}
		w.luma.are(nil)
		settle(10 * time.Minute)
		for _, j := range list {
			if j := w.get(j.ID); j.State == store.StateWaiting && (j.Ready.IsZero() || j.Place == 0) {
				t.Errorf("the line moves, and job %s at %d is expected at %v", j.ID, j.Place, j.Ready)
			}
		}
	})
}
