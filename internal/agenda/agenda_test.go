package agenda_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/agenda"
)

// run starts a and returns a function that ends it and waits.
func run(t *testing.T, a *agenda.Agenda) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.Run(ctx); close(done) }()
	return func() { cancel(); <-done }
}

func TestKeysRunWhenTheyAreDueEarliestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var got []string
		a := agenda.New(1, func(_ context.Context, key string) time.Time {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprint(key, "@", time.Since(start)))
			return time.Time{}
		})
		a.At("b", start.Add(2*time.Second))
		a.At("c", start.Add(3*time.Second))
		a.At("a", start.Add(time.Second))
		a.At("c", start.Add(9*time.Second)) // later than it is due already
		stop := run(t, a)
		a.At("b", start.Add(500*time.Millisecond)) // earlier
		time.Sleep(time.Minute)
		stop()
		want := []string{"b@500ms", "a@1s", "c@3s"}
		if !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
		if a.Len() != 0 {
			t.Errorf("%d keys are left", a.Len())
		}
	})
}

func TestAKeyNeverRunsTwiceAtOnceAndIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at, runs atomic.Int32
		a := agenda.New(8, func(context.Context, string) time.Time {
			if at.Add(1) > 1 {
				t.Error("two runs of one key at once")
			}
			time.Sleep(time.Second)
			at.Add(-1)
			runs.Add(1)
			return time.Time{}
		})
		stop := run(t, a)
		for range 10 {
			a.At("k", time.Now())
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		stop()
		if got := runs.Load(); got != 2 {
			t.Errorf("%d runs; want 2: the first, and one more for all that was asked meanwhile", got)
		}
	})
}

func TestWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, runs atomic.Int32
		a := agenda.New(3, func(context.Context, string) time.Time {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			now.Add(-1)
			runs.Add(1)
			return time.Time{}
		})
		for i := range 30 {
			a.At(fmt.Sprint(i), time.Now())
		}
		stop := run(t, a)
		time.Sleep(time.Minute)
		stop()
		if most.Load() != 3 || runs.Load() != 30 {
			t.Errorf("%d runs, %d at once; want 30, 3", runs.Load(), most.Load())
		}
	})
}

func TestWorkAsksForAnotherRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got []time.Duration
		a := agenda.New(1, func(context.Context, string) time.Time {
			got = append(got, time.Since(start))
			if len(got) == 3 {
				return time.Time{}
			}
			return time.Now().Add(time.Second)
		})
		a.At("k", start)
		stop := run(t, a)
		time.Sleep(time.Minute)
		stop()
		if want := []time.Duration{0, time.Second, 2 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("ran at %v, want %v", got, want)
		}
	})
}

func TestRunWaitsForWorkUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		a := agenda.New(1, func(ctx context.Context, _ string) time.Time {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended.Store(true)
			return time.Time{}
		})
		stop := run(t, a)
		a.At("k", time.Now())
		synctest.Wait()
		stop()
		if !ended.Load() {
			t.Error("Run returned before its work had ended")
		}
	})
}

func TestADroppedKeyIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		a := agenda.New(2, func(_ context.Context, key string) time.Time {
			mu.Lock()
			got = append(got, key)
			mu.Unlock()
			time.Sleep(time.Second)
			return time.Now().Add(time.Hour)
		})
		start := time.Now()
		for i := range 100 {
			a.At(fmt.Sprint(i), start.Add(time.Hour))
		}
		a.At("running", start)
		a.At("again", start)
		stop := run(t, a)
		time.Sleep(500 * time.Millisecond)
		for _, key := range []string{"running", "again"} {
			a.At(key, start)
			a.Drop(key)
		}
		a.At("again", start) // and wanted after all
		for i := range 100 {
			a.Drop(fmt.Sprint(i))
		}
		a.Drop("no such key")
		if a.Len() != 2 {
			t.Errorf("%d keys are left, want the two that run", a.Len())
		}
		time.Sleep(2 * time.Second) // for the second run of the one that is wanted
		stop()
		if a.Len() != 1 {
			t.Errorf("%d keys are left, want the one that its run wants again", a.Len())
		}
		slices.Sort(got)
		if want := []string{"again", "again", "running"}; !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
	})
}

// A stored time has no monotonic reading; one without and one with it are due
// in their order.
func TestStoredTimesAndFreshOnesAreOrdered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got []string
		a := agenda.New(1, func(_ context.Context, key string) time.Time {
			got = append(got, fmt.Sprint(key, "@", time.Since(start)))
			return time.Time{}
		})
		a.At("stored", start.Add(2*time.Second).Round(0))
		a.At("fresh", start.Add(time.Second))
		a.At("ancient", time.Time{})
		stop := run(t, a)
		time.Sleep(time.Minute)
		stop()
		if want := []string{"ancient@0s", "fresh@1s", "stored@2s"}; !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
	})
}

// Times may be those of another clock: how long it is to one is reckoned by that
// clock, and waited for in real time.
func TestTimesOfAnotherClock(t *testing.T) {
	for name, ahead := range map[string]time.Duration{
		"the same": 0, "ahead by weeks": 21 * 24 * time.Hour, "behind by a year": -365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				now := func() time.Time { return time.Now().Add(ahead) }
				var got []string
				a := agenda.New(1, func(_ context.Context, key string) time.Time {
					got = append(got, fmt.Sprint(key, "@", time.Since(start)))
					if key == "twice" && len(got) == 4 {
						return now().Add(3 * time.Second)
					}
					return time.Time{}
				})
				a.Now = now
				a.At("later", now().Add(2*time.Second))
				a.At("stored", now().Add(time.Second).Round(0).UTC())
				a.At("ancient", time.Time{})
				a.At("twice", now().Add(4*time.Second))
				stop := run(t, a)
				time.Sleep(time.Minute)
				stop()
				if want := []string{"ancient@0s", "stored@1s", "later@2s", "twice@4s", "twice@7s"}; !slices.Equal(got, want) {
					t.Errorf("ran %v, want %v", got, want)
				}
				if a.Len() != 0 {
					t.Errorf("%d keys are left", a.Len())
				}
			})
		})
	}
}

// A clock that is set while somebody waits hastens and delays nothing that was
// asked for before.
func TestAClockThatIsSetMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		var got []string
		a := agenda.New(1, func(_ context.Context, key string) time.Time {
			got = append(got, fmt.Sprint(key, "@", time.Since(start)))
			return time.Time{}
		})
		a.Now = now
		a.At("before", now().Add(10*time.Second))
		stop := run(t, a)
		time.Sleep(time.Second)
		ahead.Store(int64(30 * 24 * time.Hour))
		a.At("after", now().Add(2*time.Second))
		time.Sleep(time.Minute)
		stop()
		if want := []string{"after@3s", "before@10s"}; !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
	})
}
