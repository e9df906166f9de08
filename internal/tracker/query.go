package tracker

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"dreambot/store"
)

// replyLimit bounds the look-up of a first reply: look-ups and queries share
// their workers.
const replyLimit = 10 * time.Second

// work is what the agenda does for a key: it reads the job and takes its next
// step. It returns when the job is due again.
func (t *Tracker) work(ctx context.Context, id string) (again time.Time) {
	defer func() {
		if r := recover(); r != nil {
			t.Metrics.Panic("tracker")
			t.Log.Error("a step of a job panicked", "job", id, "panic", r, "stack", string(debug.Stack()))
			again = t.Now().Add(recordRetry)
		}
	}()
	switch id {
	case admitKey:
		return t.wake(ctx)
	case seekKey:
		return t.seek(ctx)
	}
	j, err := t.Store.Get(ctx, id)
	switch {
	case ctx.Err() != nil:
		return time.Time{}
	case errors.Is(err, store.ErrNotFound):
		t.forget(id)
		return time.Time{}
	case err != nil && !t.known(id):
		// It was refused to its member. The next start drops it at the latest.
		if t.agenda.Len() > t.MaxLine {
			return time.Time{}
		}
		return t.Now().Add(recordRetry)
	case err != nil:
		t.Log.Error("reading a job", "job", id, "err", err)
		return t.Now().Add(storeRetry)
	case j.State.Final():
		t.forget(id) // the step that ended it may have been called failed
		return time.Time{}
	case !t.known(id):
		return t.disown(ctx, j)
	case j.State == store.StateWaiting && !j.Answered():
		return t.confirm(ctx, j)
	case j.State == store.StateWaiting && t.overdue(j):
		return t.expire(ctx, j)
	case j.State == store.StateWaiting:
		t.join(j)
		t.admit()
	case j.State == store.StateQueued, j.State == store.StateDreaming:
		return t.poll(ctx, j)
	}
	return time.Time{}
}

// disown drops a job that the store kept and called failed, so that its member
// was told that there is none.
func (t *Tracker) disown(ctx context.Context, j store.Job) time.Time {
	if err := t.Unanswered(ctx, j.ID); err != nil && ctx.Err() == nil {
		t.Log.Error("dropping a job that was called failed", "job", j, "err", err)
		return t.Now().Add(recordRetry)
	}
	return time.Time{}
}

// confirm finds out whether the first reply of a job stands.
func (t *Tracker) confirm(ctx context.Context, j store.Job) time.Time {
	if early := t.confirmFrom(j); t.Now().Before(early) {
		return early // the reply may still be on its way
	}
	asking, cancel := context.WithTimeout(ctx, replyLimit)
	message, shown, err := t.Notifier.Reply(asking, j)
	cancel()
	switch {
	case err == nil && message != "":
		// Where it is not known what the reply shows, revision 0 has it drawn again.
		err = t.Answered(ctx, j.ID, message, shown)
	case err == nil:
		err = t.Unanswered(ctx, j.ID)
	case t.overdue(j):
		// Not even the channel can tell; an unpaid job is dropped.
		t.Log.Warn("a job is dropped whose reply could not be looked up in time", "job", j, "err", err)
		err = t.Unanswered(ctx, j.ID)
	}
	if err == nil || ctx.Err() != nil {
		return time.Time{} // or when it has waited for too long: join has said so
	}
	n := t.strike(j.ID, err).all
	t.Log.Warn("looking up whether a job was answered", "job", j, "err", err)
	return t.Now().Add(jitter(backoff(time.Second, n)))
}

// expire ends a job that waited in line beyond its bound.
func (t *Tracker) expire(ctx context.Context, j store.Job) time.Time {
	hold := t.hold()
	_, err := t.update(ctx, j.ID, func(j *store.Job) error {
		if j.State != store.StateWaiting {
			return store.ErrConflict
		}
		t.finish(j, decideOutOfLine(*j, hold))
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		t.Log.Error("ending a job that waited too long", "job", j, "err", err)
		return t.Now().Add(storeRetry)
	}
	return time.Time{}
}

// poll asks Luma how far a job is.
func (t *Tracker) poll(ctx context.Context, j store.Job) time.Time {
	t.asks(j.ID)
	began := t.Now()
	gen, err := t.Generator.Get(ctx, j.Remote)
	if ctx.Err() != nil {
		return time.Time{} // told to stop: the answer says nothing
	}
	t.Metrics.LumaCall("get", result(err), t.Now().Sub(began))
	t.heard(err, func(b *breaker, now time.Time) notice { return b.queried(now, wordOf(err)) })
	a := answer{gen: gen, err: err}
	if err != nil {
		a.strikes = t.strike(j.ID, err)
		t.Log.Debug("a query failed", "job", j, "strikes", a.strikes.all, "err", err)
	} else {
		t.forgive(j.ID)
	}
	v := decidePolled(j, a, t.Now(), t.terms(), t.deadline(j))
	after, err := t.update(ctx, j.ID, func(now *store.Job) error {
		if now.State != j.State {
			return store.ErrConflict
		}
		if !v.state.Final() {
			v.cause = now.Cause
		}
		t.finish(now, v)
		return nil
	})
	switch {
	case errors.Is(err, store.ErrConflict), ctx.Err() != nil:
		return time.Time{}
	case err != nil:
		t.Log.Error("storing the answer to a query", "job", j, "err", err)
		return t.Now().Add(storeRetry)
	case after.State.Final():
		return time.Time{}
	}
	return t.Now().Add(jitter(v.wait))
}
