package tracker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
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

// replyLimit bounds the look-up of a first reply: look-ups and queries share
// their workers.
const replyLimit = 10 * time.Second

// send makes the paid call for a job that was admitted.
func (t *Tracker) send(id string) {
	ctx, cancel := context.WithTimeout(t.payments, callLimit)
	defer cancel()

	source, expected, err := t.before(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		// This job alone waits: what is amiss may be its own record.
		t.Log.Error("a job cannot be read", "job", id, "err", err)
		t.leave(id)
		t.agenda.At(id, t.Now().Add(recordRetry))
		return
	}
	sent := t.Now()
	j, err := t.update(ctx, id, func(j *store.Job) error {
		switch {
		case j.State != store.StateWaiting || !j.Answered():
			return store.ErrConflict
		case t.overdue(*j):
			t.finish(j, outOfLine(*j))
			return nil
		case j.Kind == store.KindExtend && source == "":
			t.finish(j, verdict{state: store.StateFailed, failure: store.FailureSourceGone,
				cause: "the video to extend is not in the store"})
			return nil
		}
		j.State, j.SentAt, j.Place, j.Expected = store.StateSubmitting, sent, 0, expected
		return nil
	})
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		t.leave(id) // cancelled meanwhile
		return
	case err != nil:
		// Nobody knows whether the intent is stored; nothing was paid.
		t.Log.Error("a job cannot be sent", "job", id, "err", err)
		t.record(store.Job{ID: id, SentAt: sent}, verdict{state: store.StateWaiting, wait: storeRetry})
		return
	case j.State.Final():
		return
	}

	gen, err := t.pay(ctx, j, source)
	v := decideSent(j, answer{gen: gen, err: err}, t.Now(), t.Poll)
	if v.state == store.StateWaiting && t.overdue(j) {
		v = verdict{state: store.StateFailed, failure: store.FailureUnreachable, cause: v.cause}
	}
	t.record(j, v)
}

// before reads what a paid call needs besides the job: the generation that is
// extended, empty where there is none, and how long jobs alike took.
func (t *Tracker) before(ctx context.Context, id string) (source string, expected time.Duration, err error) {
	j, err := t.Store.Get(ctx, id)
	if err != nil {
		return "", 0, err
	}
	if j.Kind == store.KindExtend {
		parent, err := t.Store.Get(ctx, j.Parent)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", 0, err
		}
		source = parent.Remote
	}
	durations, err := t.Store.Durations(ctx, j.Measure())
	if err != nil {
		t.Log.Warn("reading measured durations", "err", err)
	}
	slices.Sort(durations)
	return source, typical(durations), nil
}

// pay makes the paid call. A panic on its way leaves open whether it arrived,
// as any error of no known kind does.
func (t *Tracker) pay(ctx context.Context, j store.Job, source string) (gen luma.Generation, err error) {
	began, op := t.Now(), "create"
	defer func() {
		if r := recover(); r != nil {
			t.Metrics.Panic("paid call")
			t.Log.Error("a paid call panicked", "job", j, "panic", r, "stack", string(debug.Stack()))
			gen, err = luma.Generation{}, fmt.Errorf("panic: %v", r)
		}
		t.Metrics.LumaCall(op, result(err), t.Now().Sub(began))
	}()
	if j.Kind == store.KindExtend {
		op = "extend"
		return t.Generator.Extend(ctx, source, luma.ExtendRequest{Prompt: j.Prompt, EndImageURL: j.EndImage.URL})
	}
	return t.Generator.Create(ctx, luma.CreateRequest{
		Prompt: j.Prompt, Model: j.Settings.Model, Duration: j.Settings.Duration,
		Resolution: j.Settings.Resolution, ExpandPrompt: j.Settings.ExpandPrompt,
		ImageURL: j.Image.URL, EndImageURL: j.EndImage.URL,
	})
}

// record stores what the paid call came to. It tries for as long as the
// process lives: what is not stored is found as "can't tell" by the next run.
// The store may have taken an earlier try that it called failed, so a job that
// stands already as it should is as good.
func (t *Tracker) record(j store.Job, v verdict) {
	for {
		after, err := t.update(context.WithoutCancel(t.payments), j.ID, func(now *store.Job) error {
			switch {
			case now.State == store.StateSubmitting && now.SentAt.Equal(j.SentAt):
				if v.state == store.StateWaiting {
					now.Attempts++
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
			t.agenda.At(j.ID, t.Now().Add(jitter(v.wait)))
			return
		case err == nil:
			return
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrTransition):
			t.Log.Error("the answer to a paid call does not fit its job", "job", j.ID, "remote", v.remote, "err", err)
			t.leave(j.ID)
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

// back puts a job that was not sent into the line again, at its old place, and
// holds all paid calls for wait: what kept this one from starting would keep
// the next.
func (t *Tracker) back(id string, wait time.Duration) {
	t.mu.Lock()
	delete(t.atLuma, id)
	if until := t.Now().Add(wait); until.After(t.paused) {
		t.paused = until
	}
	t.mu.Unlock()
	t.agenda.At(id, t.Now()) // work has it join the line
	t.admit()
}

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
	if id == admitKey {
		t.admit()
		return time.Time{}
	}
	j, err := t.Store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), ctx.Err() != nil:
		return time.Time{}
	case err != nil:
		t.Log.Error("reading a job", "job", id, "err", err)
		return t.Now().Add(storeRetry)
	case j.State == store.StateWaiting && !j.Answered():
		return t.confirm(ctx, j)
	case j.State == store.StateWaiting && t.overdue(j):
		return t.expire(ctx, j)
	case j.State == store.StateWaiting:
		t.join(j)
		t.admit()
		return j.CreatedAt.Add(lineLimit)
	case j.State == store.StateQueued, j.State == store.StateDreaming:
		return t.poll(ctx, j)
	case j.State.Final():
		t.leave(id) // the step that ended it may have been called failed
	}
	return time.Time{}
}

// confirm finds out whether the first reply of a job stands.
func (t *Tracker) confirm(ctx context.Context, j store.Job) time.Time {
	if early := j.CreatedAt.Add(confirmAfter); t.Now().Before(early) {
		return early // the reply may still be on its way
	}
	asking, cancel := context.WithTimeout(ctx, replyLimit)
	message, err := t.Notifier.Reply(asking, j)
	cancel()
	switch {
	case err == nil && message != "":
		// What the reply shows is not known; revision 0 has it drawn again.
		err = t.Answered(ctx, j.ID, message, 0)
		if err == nil {
			return j.CreatedAt.Add(lineLimit)
		}
	case err == nil:
		err = t.Unanswered(ctx, j.ID)
		if err == nil {
			return time.Time{}
		}
	case !t.Now().Before(j.Origin.Expires):
		// Nobody will ever know by this way; an unpaid job is dropped.
		t.Log.Warn("a job is dropped whose reply could not be looked up in time", "job", j, "err", err)
		if err = t.Unanswered(ctx, j.ID); err == nil {
			return time.Time{}
		}
	}
	if ctx.Err() != nil {
		return time.Time{}
	}
	n := t.strike(j.ID, err).all
	t.Log.Warn("looking up whether a job was answered", "job", j, "err", err)
	return t.Now().Add(jitter(backoff(time.Second, n)))
}

// overdue reports whether a job has waited in line beyond its bound.
func (t *Tracker) overdue(j store.Job) bool { return t.Now().Sub(j.CreatedAt) >= lineLimit }

// outOfLine is the end of a job that waited too long.
func outOfLine(j store.Job) verdict {
	v := verdict{state: store.StateFailed, failure: store.FailureLineTooLong, cause: "waited too long in line"}
	if j.Attempts > 0 {
		v.failure = store.FailureUnreachable
	}
	return v
}

// expire ends a job that waited in line beyond its bound.
func (t *Tracker) expire(ctx context.Context, j store.Job) time.Time {
	_, err := t.update(ctx, j.ID, func(j *store.Job) error {
		if j.State != store.StateWaiting {
			return store.ErrConflict
		}
		t.finish(j, outOfLine(*j))
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
	began := t.Now()
	gen, err := t.Generator.Get(ctx, j.Remote)
	if ctx.Err() != nil {
		return time.Time{} // told to stop: the answer says nothing
	}
	t.Metrics.LumaCall("get", result(err), t.Now().Sub(began))
	a := answer{gen: gen, err: err}
	if err != nil {
		a.strikes = t.strike(j.ID, err)
		t.Log.Debug("a query failed", "job", j, "strikes", a.strikes.all, "err", err)
	} else {
		t.forgive(j.ID)
	}
	v := decidePolled(j, a, t.Now(), t.Poll, t.Deadline)
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

func (t *Tracker) strike(id string, err error) strikes {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.strikes[id]
	s.all++
	s.lost++
	if !errors.Is(err, luma.ErrNotFound) {
		s.lost = 0
	}
	t.strikes[id] = s
	return s
}

func (t *Tracker) forgive(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.strikes, id)
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
