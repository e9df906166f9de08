package tracker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dreambot/internal/metrics"
	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

var (
	errDown      = &luma.Error{Op: "create", Kind: luma.ErrUnavailable}
	err503       = &luma.Error{Op: "create", Status: 503, Kind: luma.ErrUnavailable, Uncertain: true}
	errKey       = &luma.Error{Op: "create", Status: 401, Kind: luma.ErrUnauthorized, Code: "invalid_api_key"}
	errBalance   = &luma.Error{Op: "create", Status: 403, Kind: luma.ErrInsufficientQuota, Code: "insufficient_quota"}
	errForbidden = &luma.Error{Op: "create", Status: 403, Kind: luma.ErrForbidden}
)

// troubled is a world with a log and a store without a disk.
func troubled(t *testing.T, concurrency int) (*world, *logged) {
	w, log := worldWith(t, newMemory(), concurrency), &logged{}
	w.with(func(c *tracker.Config) { c.Log = log.log() })
	return w, log
}

func (w *world) settled(list []store.Job, want store.State) {
	w.t.Helper()
	for _, j := range list {
		w.expect(j.ID, want, "")
	}
	if left := w.Kept(); left != "" {
		w.t.Errorf("kept: %s", left)
	}
}

func TestAnOutageOpensTheBreakerAndWorkGoesOnByItself(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		lost int // jobs of which nobody can tell whether they were accepted
	}{
		"connections are refused": {errDown, 0},
		"5xx":                     {err503, 3},
		"no answer in time":       {&luma.Error{Op: "create", Kind: luma.ErrUnavailable, Uncertain: true}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, log := troubled(t, 2)
				registry := prometheus.NewRegistry()
				w.with(func(c *tracker.Config) { c.Metrics = metrics.New(registry) })
				w.luma.are(c.err)
				w.run()
				defer w.end()
				list := w.all(20)
				settle(2 * time.Minute)
				paid := len(w.luma.payments())
				if paid > 4 { // three in a row, and one that was under way
					t.Errorf("%d paid calls in an outage", paid)
				}
				settle(2 * time.Hour)
				if n := len(w.luma.payments()); n != paid {
					t.Errorf("%d more paid calls while it lasts", n-paid)
				}
				if n := w.luma.timesPinged(); n < 20 || n > 60 {
					t.Errorf("asked %d times in two hours", n)
				}
				if holds := w.holds(list); holds[store.HoldUnreachable] < 16 || len(holds) != 1 {
					t.Errorf("the cards say %v", holds)
				}
				if n := metric(t, registry, "unreachable"); n != 1 {
					t.Errorf("the gauge says %v", n)
				}
				late, err := w.Submit(context.Background(), job(100))
				if err != nil || late.Hold != store.HoldUnreachable {
					t.Errorf("a job that comes meanwhile: %q, %v", late.Hold, err)
				}
				list = append(list, w.answered(late))

				w.luma.are(nil)
				w.luma.finish()
				settle(10 * time.Minute)
				var lost, completed int
				for _, j := range list {
					switch j := w.get(j.ID); {
					case j.State == store.StateCompleted && j.Hold == store.HoldNone:
						completed++
					case j.Failure == store.FailureUncertain:
						lost++
					default:
						t.Errorf("job %s: %s %s %s", j.ID, j.State, j.Failure, j.Hold)
					}
				}
				if lost > c.lost+1 || completed+lost != 21 || c.lost == 0 && lost > 0 {
					t.Errorf("%d are completed, of %d nobody can tell", completed, lost)
				}
				if n := metric(t, registry, "unreachable"); n != 0 {
					t.Errorf("afterwards the gauge says %v", n)
				}
				if warned, over := log.of("WARN luma"), log.of("INFO luma"); len(warned) != 1 || len(over) != 1 {
					t.Errorf("the operator read %q, %q", warned, over)
				}
				if left := w.Kept(); left != "" {
					t.Errorf("kept: %s", left)
				}
			})
		})
	}
}

func metric(t *testing.T, r *prometheus.Registry, reason string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "dreambot_luma_hold" && m.GetLabel()[0].GetValue() == reason {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("there is no gauge of the hold %s", reason)
	return 0
}

// One paid call at a time is risked after an outage.
func TestAfterAnOutageOnePaidCallIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 10)
		w.luma.are(errDown)
		w.run()
		defer w.end()
		w.all(30)
		settle(5 * time.Second)
		before := len(w.luma.payments())
		w.luma.mu.Lock()
		w.luma.ping = nil
		slow := make(chan struct{})
		w.luma.create = func(prompt string) (luma.Generation, error) {
			<-slow
			return luma.Generation{ID: "gen-" + prompt, State: luma.StateQueued}, nil
		}
		w.luma.mu.Unlock()
		settle(time.Minute)
		if n := len(w.luma.payments()) - before; n != 1 {
			t.Errorf("%d paid calls are tried", n)
		}
		close(slow)
		settle(5 * time.Second)
		if n := len(w.luma.payments()) - before; n != 10 {
			t.Errorf("then %d, want as many as there are places", n)
		}
	})
}

func TestQueriesGoOnDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 3)
		w.run()
		defer w.end()
		list := w.all(3)
		settle(10 * time.Second)
		w.luma.are(err503)
		settle(15 * time.Minute)
		asked := w.luma.timesAsked()
		if asked < 30 || asked > 90 {
			t.Errorf("%d queries of 3 jobs in 15 minutes of an outage", asked)
		}
		w.luma.are(nil)
		w.luma.finish()
		settle(10 * time.Minute)
		w.settled(list, store.StateCompleted)
	})
}

// Those who wait see an outage that queries alone have found, and what they
// find afterwards ends it, though pings find nothing.
func TestAQueryThatIsAnsweredCountsAsThePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 2)
		w.run()
		defer w.end()
		list := w.all(6)
		settle(10 * time.Second)
		w.luma.are(err503)
		settle(10 * time.Minute)
		if holds := w.holds(list); holds[store.HoldUnreachable] != 4 || len(holds) != 1 {
			t.Errorf("the cards say %v", holds)
		}
		late := w.submit(10)
		if late.Hold != store.HoldUnreachable {
			t.Errorf("a job that comes meanwhile is held %q", late.Hold)
		}
		w.luma.are(nil)
		w.luma.mu.Lock()
		w.luma.ping = func() error { return err503 }
		w.luma.mu.Unlock()
		w.luma.finish()
		list = append(list, w.answered(late))
		settle(2 * time.Minute)
		for _, j := range list {
			w.expect(j.ID, store.StateCompleted, "")
		}
	})
}

// The gate opens by a query while there is room at Luma.
func TestAnAnsweredQueryHasTheLineMoveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 2)
		w.run()
		defer w.end()
		w.all(1)
		settle(10 * time.Second)
		w.luma.are(err503)
		settle(10 * time.Minute)
		waits := w.answered(w.submit(10))
		settle(3 * time.Second)
		w.luma.are(nil)
		w.luma.mu.Lock()
		w.luma.ping = func() error { return err503 }
		asked := make(chan struct{}, 10)
		w.luma.get = func(id string) (luma.Generation, error) {
			asked <- struct{}{}
			return luma.Generation{ID: id, State: luma.StateDreaming}, nil
		}
		w.luma.mu.Unlock()
		<-asked
		settle(time.Second)
		if j := w.get(waits.ID); !j.State.AtLuma() {
			t.Errorf("the job that waits is %s", j.State)
		}
	})
}

// A new process knows of no trouble; what the cards say is brought to the
// truth.
func TestHoldsAreBroughtToTheTruthAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 1)
		w.luma.are(errDown)
		w.run()
		defer func() { w.end() }()
		list := w.all(6)
		settle(time.Minute)
		if holds := w.holds(list); holds[store.HoldUnreachable] != 6 {
			t.Fatalf("the cards say %v", holds)
		}
		w.luma.are(nil)
		w.restart()
		settle(3 * time.Second)
		if holds := w.holds(list); holds[store.HoldUnreachable] != 0 {
			t.Errorf("after a restart the cards say %v", holds)
		}
		w.luma.finish()
		settle(5 * time.Minute)
		w.settled(list, store.StateCompleted)
	})
}

// A long outage costs each card few edits.
func TestAHoldCostsFewEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := troubled(t, 2)
		w.luma.are(errDown)
		w.luma.ping = nil // pings go through, so that paid calls are tried again and again
		w.run()
		defer w.end()
		list := w.all(50)
		settle(6 * time.Hour)
		for _, j := range list[2:] {
			if j := w.get(j.ID); j.Revision > 6 {
				t.Errorf("job %s changed %d times", j.ID, j.Revision)
			}
		}
	})
}
