package tracker_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// The operator is told once, whatever is asked how often and for however many
// jobs, and once when it is over; no job fails for it.
func TestTroubleWithTheAccountIsToldOnceAndCostsNoJob(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"401 once":           {errKey, "LUMA_API_KEY"},
		"empty balance once": {errBalance, "top up"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, log := troubled(t, 5)
				w.run()
				defer w.end()
				list := w.all(5) // are at Luma already
				settle(10 * time.Second)
				w.luma.are(c.err)
				for n := 5; n < 50; n++ {
					list = append(list, w.answered(w.submit(n)))
					time.Sleep(time.Millisecond)
				}
				settle(20 * time.Minute)
				told := log.of("ERROR")
				if len(told) != 1 || !strings.Contains(told[0], c.says) {
					t.Errorf("the operator read %q", told)
				}
				if holds := w.holds(list); holds[store.HoldAccount] != 45 || len(holds) != 1 {
					t.Errorf("the cards say %v", holds)
				}
				if n := len(w.luma.payments()); n > 5+5+8 {
					t.Errorf("%d paid calls", n)
				}
				w.luma.are(nil)
				w.luma.finish()
				settle(30 * time.Minute)
				w.settled(list, store.StateCompleted)
				if told, over := log.of("ERROR"), log.of("INFO luma"); len(told) != 1 || len(over) != 1 {
					t.Errorf("in all the operator read %q, %q", told, over)
				}
			})
		})
	}
}

// How many jobs wait is told with it.
func TestTheOperatorReadsHowManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := troubled(t, 1)
		for n := range 7 {
			w.stored(n)
			time.Sleep(time.Millisecond)
		}
		w.luma.are(errKey)
		w.run()
		defer w.end()
		settle(time.Minute)
		if told := log.of("ERROR"); len(told) != 1 || !strings.Contains(told[0], "waiting=7") {
			t.Errorf("the operator read %q", told)
		}
	})
}

func TestAJobKeepsItsPlaceWhileTheAccountIsInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.luma.are(errBalance)
		w.run()
		defer w.end()
		list := w.all(4)
		settle(10 * time.Second)
		for range 3000 { // five minutes, with trials in between
			settle(100 * time.Millisecond)
			if j := w.get(list[0].ID); j.Hold != store.HoldAccount {
				t.Fatalf("between trials the card of the first says %q", j.Hold)
			}
		}
		for _, prompt := range w.luma.payments() {
			if prompt != "0" {
				t.Errorf("job %s was tried before the first", prompt)
			}
		}
		if j := w.get(list[0].ID); j.Attempts < 3 || j.State != store.StateWaiting {
			t.Errorf("the first was tried %d times, is %s", j.Attempts, j.State)
		}
	})
}

// Nothing waits for ever: a job that reaches its bound says why it was held.
func TestAJobThatIsHeldForTooLongFailsWithTheReason(t *testing.T) {
	for failure, err := range map[store.Failure]error{
		store.FailureAccount:     errBalance,
		store.FailureUnreachable: errDown,
	} {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := troubled(t, 2)
				w.luma.are(err)
				w.run()
				defer w.end()
				list := w.all(5)
				settle(71 * time.Hour)
				for _, j := range list {
					w.expect(j.ID, store.StateWaiting, "")
				}
				settle(2 * time.Hour)
				for _, j := range list {
					w.expect(j.ID, store.StateFailed, failure)
				}
				settle(time.Hour)
				w.stop() // the breaker is still on the agenda
				for _, j := range list {
					if j := w.get(j.ID); j.Hold != store.HoldNone {
						t.Errorf("job %s has ended and is held", j.ID)
					}
				}
			})
		})
	}
}

func TestAFirewallsNoIsForOneJobUntilItIsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := troubled(t, 1)
		w.run()
		defer w.end()
		w.luma.mu.Lock()
		refused := map[string]bool{"1": true, "3": true, "4": true, "6": true, "7": true, "8": true}
		w.luma.create = func(prompt string) (luma.Generation, error) {
			if refused[prompt] {
				return luma.Generation{}, errForbidden
			}
			return luma.Generation{ID: "g", State: luma.StateQueued}, nil
		}
		w.luma.get = done
		w.luma.mu.Unlock()
		list := w.all(6)
		settle(5 * time.Minute)
		for n, j := range list {
			if refused[job(n).Prompt] {
				w.expect(j.ID, store.StateFailed, store.FailureInvalid)
			} else {
				w.expect(j.ID, store.StateCompleted, "")
			}
		}
		if told := log.of("ERROR"); len(told) != 0 {
			t.Errorf("the operator read %q", told)
		}
		for n := 6; n < 12; n++ {
			list = append(list, w.answered(w.submit(n)))
			time.Sleep(time.Millisecond)
		}
		settle(30 * time.Second)
		if holds := w.holds(list); holds[store.HoldAccount] != 3 {
			t.Errorf("after three in a row the cards say %v", holds)
		}
		settle(10 * time.Minute)
		for _, j := range list[9:] {
			w.expect(j.ID, store.StateCompleted, "")
		}
		if told := log.of("ERROR"); len(told) != 1 {
			t.Errorf("the operator read %q", told)
		}
	})
}
