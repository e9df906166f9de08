package tracker

import (
	"context"
	"time"

	"dreambot/store"
)

// pingLimit bounds a ping.
const pingLimit = 15 * time.Second

// heard has the breaker judge what a call said of Luma, and tells whoever must
// know what came of it. err is the call's, for the operator.
func (t *Tracker) heard(err error, judge func(*breaker, time.Time) notice) {
	t.mu.Lock()
	gate, hold := t.breaker.gate, t.breaker.hold()
	waiting := t.line.len() + t.breaker.under // those under way will come back
	n := judge(&t.breaker, t.Now())
	reopened := t.breaker.gate != gate && t.breaker.gate != gateOpen
	changed := t.breaker.hold() != hold
	if changed {
		t.gauge()
	}
	if at, ok := t.breaker.wakes(); ok {
		t.agenda.At(admitKey, at)
	}
	t.mu.Unlock()
	if changed {
		t.moved()
	}
	if reopened {
		t.admit()
	}
	t.tell(n, waiting, err)
}

// tell writes a notice for the operator, once for each cause until all is well
// again.
func (t *Tracker) tell(n notice, waiting int, err error) {
	switch n.cause {
	case outage:
		t.Log.Warn("luma cannot be reached or is in trouble: paid calls wait until it answers again",
			"waiting", waiting, "err", err)
	case badKey:
		t.Log.Error("luma does not accept the key: check LUMA_API_KEY; jobs wait", "waiting", waiting, "err", err)
	case noBalance:
		t.Log.Error("the balance at luma is empty: top up the account; jobs wait", "waiting", waiting, "err", err)
	case shutOut:
		t.Log.Error("luma forbids one request after the other: check the account, and what stands between; jobs wait",
			"waiting", waiting, "err", err)
	}
	if n.over {
		t.Log.Info("luma takes paid calls again", "waiting", waiting)
	}
}

// gauge shows the hold to the metrics. It needs mu.
func (t *Tracker) gauge() {
	held := t.breaker.hold()
	for _, reason := range store.Holds() {
		t.Metrics.Hold(string(reason), reason == held)
	}
}

// hold returns why the line stands still.
func (t *Tracker) hold() store.Hold {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.breaker.hold()
}

// over takes the word of a paid call that came to its end, or was not made,
// and holds all paid calls for wait: what kept this one from starting would
// keep the next.
func (t *Tracker) over(epoch int, w word, wait time.Duration, err error) {
	if t.payments.Err() != nil {
		w = noWord // the process ends, which says nothing of Luma
	}
	t.pause(wait)
	t.heard(err, func(b *breaker, now time.Time) notice { return b.paid(now, epoch, w) })
	t.admit()
}

// pause lets no paid call begin for wait.
func (t *Tracker) pause(wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := t.Now().Add(wait); wait > 0 && until.After(t.paused) {
		t.paused = until
	}
}

// wake is what the agenda does when a pause of the line is over, or the
// breaker has a question.
func (t *Tracker) wake(ctx context.Context) time.Time {
	t.mu.Lock()
	asks := t.breaker.asks(t.Now())
	t.mu.Unlock()
	if asks {
		t.ask(ctx)
	}
	if ctx.Err() != nil {
		return time.Time{}
	}
	t.admit()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.breaker.tick(t.Now())
	if at, ok := t.breaker.wakes(); ok {
		return at
	}
	return time.Time{}
}

// ask pings Luma for the breaker.
func (t *Tracker) ask(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	began := t.Now()
	err := t.Generator.Ping(asking)
	if ctx.Err() != nil {
		return // told to stop: the answer says nothing
	}
	t.Metrics.LumaCall("ping", result(err), t.Now().Sub(began))
	t.Log.Debug("luma was asked whether it takes calls", "err", err)
	t.heard(err, func(b *breaker, now time.Time) notice { return b.pinged(now, wordOf(err)) })
}
