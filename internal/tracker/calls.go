package tracker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// storeRetry is the wait before a step is tried again that the store refused
// (a full disk, say). The step's outcome is kept in memory meanwhile.
const storeRetry = 2 * time.Second

// recordRetry is the wait before a job is looked at again whose own record or
// answers cannot be dealt with.
const recordRetry = time.Minute

// send makes the paid call for a job that was admitted in epoch of the breaker.
func (t *Tracker) send(id string, epoch int) {
	ctx, cancel := context.WithTimeout(t.payments, callLimit)
	defer cancel()
	j, n, ok := t.intend(ctx, id)
	if !ok {
		t.over(epoch, noWord, 0, nil)
		return
	}
	gen, err := t.pay(ctx, j, n)
	v := decideSent(j, answer{gen: gen, err: err}, t.Now(), t.terms())
	t.called(j, v)
	again := v.state == store.StateWaiting
	var wait time.Duration
	if again {
		wait = v.wait
	}
	t.over(epoch, wordOf(err), wait, err)
	switch {
	case v.state == store.StateSubmitting:
		t.Log.Warn("nobody knows whether a paid call was accepted: it is looked for", "job", j, "err", err)
		return
	case again && t.overdue(j):
		j.Cause = v.cause
		j.Attempts++
		v = decideOutOfLine(j, t.hold())
	}
	t.record(j, v)
}

// called notes that a job's paid call is over, and what is to be stored of it.
func (t *Tracker) called(j store.Job, v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.live[j.ID]
	switch {
	case !ok:
	case v.state == store.StateSubmitting:
		t.seekFor(l, j, v.cause)
	default:
		l.phase, l.remote = recording, v.remote
	}
}

// intend stores that the job is about to be paid for. Only after that, which ok
// says, it may be, with what n says besides.
func (t *Tracker) intend(ctx context.Context, id string) (j store.Job, n need, ok bool) {
	n, err := t.before(ctx, id)
	unread := errors.Is(err, errUnread)
	gone := errors.Is(err, store.ErrPictureGone) && !unread
	if later := errors.Is(err, errNotFetched); later || err != nil && !gone && !unread && !errors.Is(err, store.ErrNotFound) {
		// This job alone waits: what is amiss may be its own record.
		t.Log.Error("what a job needs cannot be read", "job", id, "err", err)
		wait := recordRetry
		if later {
			wait = fetchRetry
		}
		t.leave(id)
		t.agenda.At(id, t.Now().Add(wait))
		return store.Job{}, need{}, false
	}
	sent, hold := t.Now(), t.hold()
	j, err = t.update(ctx, id, func(j *store.Job) error {
		failed := func(f store.Failure, cause string) error {
			t.finish(j, verdict{state: store.StateFailed, failure: f, cause: cause})
			return nil
		}
		switch {
		case j.State != store.StateWaiting || !j.Answered():
			return store.ErrConflict
		case t.overdue(*j):
			t.finish(j, decideOutOfLine(*j, hold))
			return nil
		case n.lacks(j.Kind):
			return failed(store.FailureSourceGone, "the video that it is made from is not in the store")
		case gone:
			return failed(store.FailurePictureGone, "a picture is no longer at Discord")
		case unread:
			return failed(store.FailurePictureUnread, "Luma cannot fetch a picture, and it cannot be sent along")
		}
		j.State, j.SentAt, j.Expected = store.StateSubmitting, sent, n.expected
		// What it asks for is found again by these, though its parents are pruned.
		j.Source, j.SecondSource = n.source, n.second
		j.Place, j.Ready, j.Hold = 0, time.Time{}, store.HoldNone
		return nil
	})
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		t.leave(id) // taken back meanwhile
		t.agenda.At(id, t.Now())
		return store.Job{}, need{}, false
	case err != nil:
		// Nobody knows whether the intent is stored; nothing was paid.
		t.Log.Error("a job cannot be sent", "job", id, "err", err)
		t.record(store.Job{ID: id, SentAt: sent}, verdict{state: store.StateWaiting, wait: storeRetry})
		return store.Job{}, need{}, false
	case j.State.Final():
		return store.Job{}, need{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[id]; ok {
		l.sent(j, sent.Add(t.Deadline))
		l.phase, l.wish, l.began, l.nudged, l.unread = calling, wishOf(j), sent, false, 0
	}
	return j, n, true
}

// pay makes the paid call. A panic on its way leaves open whether it arrived,
// as any error of no known kind does.
func (t *Tracker) pay(ctx context.Context, j store.Job, n need) (gen luma.Generation, err error) {
	r := t.request(j)
	if j.Inline {
		r.Image, r.EndImage = n.image, n.end
	}
	began := t.Now()
	defer func() {
		if r := recover(); r != nil {
			t.Metrics.Panic("paid call")
			t.Log.Error("a paid call panicked", "job", j, "panic", r, "stack", string(debug.Stack()))
			gen, err = luma.Generation{}, fmt.Errorf("panic: %v", r)
		}
		t.Metrics.LumaCall(string(r.Kind), result(err), t.Now().Sub(began))
	}()
	return t.Generator.Create(ctx, r)
}

// record stores what the paid call came to. It tries for as long as the
// process lives: what is not stored is found as "can't tell" by the next run.
// The store may have taken an earlier try that it called failed, so a job that
// stands already as it should is as good.
func (t *Tracker) record(j store.Job, v verdict) {
	for {
		hold := t.hold()
		after, err := t.update(context.WithoutCancel(t.payments), j.ID, func(now *store.Job) error {
			switch {
			case now.State == store.StateSubmitting && now.SentAt.Equal(j.SentAt):
				switch {
				case v.inline:
					now.Inline = true
				case v.state == store.StateWaiting:
					now.Attempts++
					now.Hold = hold
				}
				t.finish(now, v)
				return nil
			case now.State == v.state && now.Remote == v.remote:
				return nil
			}
			return store.ErrConflict
		})
		switch {
		case err == nil && after.State == store.StateWaiting:
			t.back(j.ID, v.wait)
			return
		case err == nil && after.State.AtLuma():
			t.recorded(j.ID, jitter(v.wait))
			return
		case err == nil:
			return
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrTransition):
			t.Log.Error("the answer to a paid call does not fit its job", "job", j.ID, "remote", v.remote, "err", err)
			t.leave(j.ID)
			t.agenda.At(j.ID, t.Now())
			return
		}
		t.Log.Error("the answer to a paid call cannot be stored yet", "job", j.ID, "remote", v.remote, "err", err)
		select {
		case <-t.payments.Done():
			return
		case <-time.After(storeRetry):
		}
	}
}

// recorded has Luma asked for a job that it has, after wait, or at once where it has
// told of it meanwhile.
func (t *Tracker) recorded(id string, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.live[id]
	if !ok {
		return
	}
	if l.nudged {
		wait = 0
	}
	l.phase, l.remote = asking, ""
	t.agenda.At(id, t.Now().Add(wait))
}

// back puts a job that was not sent into the line again, at its old place, and
// holds all paid calls for wait.
func (t *Tracker) back(id string, wait time.Duration) {
	t.pause(wait)
	t.mu.Lock()
	delete(t.atLuma, id)
	if l, ok := t.live[id]; ok {
		l.phase, l.deadline, l.ends = inLine, time.Time{}, time.Time{}
	}
	t.agenda.At(id, t.Now()) // work has it join the line
	t.mu.Unlock()
	t.admit()
}

// result names what came of a call, for the metrics.
func result(err error) string {
	if err == nil {
		return "ok"
	}
	for _, k := range []struct {
		err  error
		name string
	}{
		{luma.ErrUncertain, "uncertain"},
		{luma.ErrUnauthorized, "unauthorized"},
		{luma.ErrInsufficientQuota, "insufficient_quota"},
		{luma.ErrRateLimited, "rate_limited"},
		{luma.ErrForbidden, "forbidden"}, // before the refusals, of which it is one
		{luma.ErrInvalidRequest, "invalid_request"},
		{luma.ErrNotFound, "not_found"},
		{luma.ErrUnavailable, "unavailable"},
	} {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	return "other"
}
