package tracker_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/money"
	"dreambot/internal/tracker"
	"dreambot/luma"
)

// funded is a world whose Luma tells the balance.
func funded(t *testing.T, ask func(ctx context.Context) (money.Amount, error)) (*world, *logged) {
	w, log := troubled(t, 1)
	w.with(func(c *tracker.Config) { c.Capabilities.Balance = true })
	w.luma.balance = ask
	return w, log
}

func TestBalanceIsAskedForOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, err := 0, error(nil)
		w, _ := funded(t, func(context.Context) (money.Amount, error) {
			asked++
			time.Sleep(time.Second)
			return money.Amount(asked) * money.Cent, err
		})
		var together sync.WaitGroup
		for range 50 {
			together.Go(func() {
				if got, err := w.Balance(t.Context()); got != money.Cent || err != nil {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		together.Wait()
		time.Sleep(59 * time.Second)
		if got, _ := w.Balance(t.Context()); got != money.Cent || asked != 1 {
			t.Errorf("%v, asked %d times", got, asked)
		}
		time.Sleep(2 * time.Second)
		if got, _ := w.Balance(t.Context()); got != 2*money.Cent || asked != 2 {
			t.Errorf("then %v, asked %d times", got, asked)
		}
		// An error holds, too, for not as long.
		time.Sleep(2 * time.Minute)
		err = err503
		for range 20 {
			if _, got := w.Balance(t.Context()); !errors.Is(got, luma.ErrUnavailable) {
				t.Errorf("an error is told as %v", got)
			}
		}
		if asked != 3 {
			t.Errorf("asked %d times", asked)
		}
		err = nil
		time.Sleep(11 * time.Second)
		if got, err := w.Balance(t.Context()); got != 4*money.Cent || err != nil {
			t.Errorf("afterwards %v, %v", got, err)
		}
	})
}

// Who waits for no longer is told so, and spoils it for nobody.
func TestBalanceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := funded(t, func(ctx context.Context) (money.Amount, error) {
			select {
			case <-ctx.Done():
				return 0, &luma.Error{Op: "balance", Kind: luma.ErrUnavailable, Err: ctx.Err()}
			case <-time.After(5 * time.Second):
				return money.Cent, nil
			}
		})
		var together sync.WaitGroup
		for range 2 { // one asks, one waits for it
			together.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
				defer cancel()
				if _, err := w.Balance(ctx); err == nil || ctx.Err() == nil {
					t.Errorf("%v, before its time", err)
				}
			})
		}
		together.Wait()
		if got, err := w.Balance(t.Context()); got != money.Cent || err != nil {
			t.Errorf("the next is told %v, %v", got, err)
		}
	})
}

func TestABalanceThatNobodyTells(t *testing.T) {
	w := worldWith(t, newMemory(), 1)
	if _, err := w.Balance(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	w, _ = funded(t, func(context.Context) (money.Amount, error) { panic("balance") })
	for range 2 {
		if _, err := w.Balance(t.Context()); err == nil || !strings.Contains(err.Error(), "panic") {
			t.Errorf("of a panic: %v", err)
		}
	}
}

// The operator is warned once of a low balance, and told once that it is over.
func TestTheOperatorIsWarnedOfALowBalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := funded(t, nil)
		holds := func(balance money.Amount, err error) {
			w.luma.mu.Lock()
			defer w.luma.mu.Unlock()
			w.luma.balance = func(context.Context) (money.Amount, error) { return balance, err }
		}
		under := 100 * money.Cent
		w.with(func(c *tracker.Config) { c.BalanceWarn = &under })
		w.run()
		defer w.end()
		read := func(want string) {
			t.Helper()
			settle(35 * time.Minute)
			var got []string
			for _, line := range append(log.of("WARN the balance"), log.of("INFO the balance")...) {
				got = append(got, strings.Fields(line)[0])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("the operator read %q, want %q", got, want)
			}
		}
		holds(500*money.Cent, nil)
		read("")
		holds(under, nil)
		read("")
		holds(under-1, nil)
		read("WARN")
		holds(0, err503)
		read("WARN WARN")
		holds(under-1, nil)
		read("WARN WARN")
		holds(under, nil)
		read("WARN WARN INFO")
		holds(0, nil)
		read("WARN WARN WARN INFO")
	})
}

// It is warned of at the start.
func TestTheOperatorIsWarnedAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := funded(t, func(context.Context) (money.Amount, error) { return 0, nil })
		w.with(func(c *tracker.Config) { c.BalanceWarn = new(money.Amount(1)) })
		w.run()
		defer w.end()
		settle(time.Second)
		if got := log.of("WARN the balance at luma is low"); len(got) != 1 {
			t.Errorf("the operator read %q", got)
		}
	})
}
