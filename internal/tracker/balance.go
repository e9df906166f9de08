package tracker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"dreambot/internal/money"
)

const (
	balanceFresh = time.Minute      // for how long an answer holds
	balanceRetry = 10 * time.Second // and for how long an error does
	balanceEvery = 10 * time.Minute // between looks for the operator's warning
	balanceLimit = 15 * time.Second // bounds such a look
)

// balance is what is known of the account. Whoever holds it asks, so that there is
// one question at a time.
type balance struct {
	amount money.Amount
	err    error
	until  time.Time // it holds
}

// Balance returns what the account at Luma holds, as it was within the last
// minute. It is for ctx to say how long to wait. errors.ErrUnsupported where Luma
// does not tell.
func (t *Tracker) Balance(ctx context.Context) (money.Amount, error) {
	if !t.Capabilities.Balance {
		return 0, fmt.Errorf("balance at luma: %w", errors.ErrUnsupported)
	}
	var b balance
	select {
	case b = <-t.balance:
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the balance at luma: %w", ctx.Err())
	}
	defer func() { t.balance <- b }()
	if time.Now().Before(b.until) {
		return b.amount, b.err
	}
	amount, err := t.askBalance(ctx)
	switch {
	case err == nil:
		b = balance{amount, nil, time.Now().Add(balanceFresh)}
	case ctx.Err() == nil:
		b = balance{0, err, time.Now().Add(balanceRetry)}
	}
	return amount, err // who gave up says nothing to the next who asks
}

func (t *Tracker) askBalance(ctx context.Context) (amount money.Amount, err error) {
	began := time.Now()
	defer func() {
		if r := recover(); r != nil {
			t.Metrics.Panic("balance")
			t.Log.Error("asking for the balance panicked", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
		t.Metrics.LumaCall("balance", result(err), time.Since(began))
		if err != nil {
			amount, err = 0, fmt.Errorf("balance at luma: %w", err)
		}
	}()
	return t.Generator.Balance(ctx)
}

// watchBalance warns the operator of a balance under BalanceWarn, once until it is
// above again, and of one that cannot be read, likewise, until ctx ends.
func (t *Tracker) watchBalance(ctx context.Context) {
	for low, unread := false, false; ; {
		asking, cancel := context.WithTimeout(ctx, balanceLimit)
		amount, err := t.Balance(asking)
		cancel()
		switch is := amount < *t.BalanceWarn; {
		case ctx.Err() != nil:
			return
		case err != nil && !unread:
			t.Log.Warn("the balance at luma cannot be read", "err", err)
		case err != nil:
		case is && !low:
			t.Log.Warn("the balance at luma is low: top up the account", "balance", fmt.Sprint(amount), "under", fmt.Sprint(*t.BalanceWarn))
		case low && !is:
			t.Log.Info("the balance at luma is high enough again", "balance", fmt.Sprint(amount))
		}
		if unread = err != nil; !unread {
			low = amount < *t.BalanceWarn
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(balanceEvery):
		}
	}
}
