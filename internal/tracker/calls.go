package tracker

import (
	"context"
	"errors"
	"slices"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// storeRetry is the wait before a step is tried again that the store refused
// (a full disk, say). The step's outcome is kept in memory meanwhile.
const storeRetry = 2 * time.Second

// send makes the paid call for a job that was admitted.
func (t *Tracker) send(id string) {
	ctx, cancel := context.WithTimeout(t.payments, callLimit)
	defer cancel()

	expected := t.expected(ctx, id)
	j, err := t.update(ctx, id, func(j *store.Job) error {
		if j.State != store.StateWaiting || !j.Answered() {
			return store.ErrConflict
		}
		j.State, j.SentAt, j.Place, j.Expected = store.StateSubmitting, t.Now(), 0, expected
		return nil
	})
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		t.leave(id) // cancelled meanwhile
		return
	case err != nil:
		// The intent is not stored, so nothing may be paid.
		t.Log.Error("a job cannot be sent", "job", id, "err", err)
		t.back(id, storeRetry)
		return
	}

	gen, err := t.pay(ctx, j)
	v := decideSent(j, answer{gen: gen, err: err}, t.Now(), t.Poll)
	if v.state == store.StateWaiting && t.Now().Sub(j.CreatedAt) >= lineLimit {
		v = verdict{state: store.StateFailed, failure: store.FailureUnreachable, cause: v.cause}
	}
	t.record(j, v)
}

// pay makes the paid call.
func (t *Tracker) pay(ctx context.Context, j store.Job) (luma.Generation, error) {
	began := t.Now()
	if j.Kind == store.KindDream {
		gen, err := t.Generator.Create(ctx, luma.CreateRequest{
			Prompt: j.Prompt, Model: j.Settings.Model, Duration: j.Settings.Duration,
			Resolution: j.Settings.Resolution, ExpandPrompt: j.Settings.ExpandPrompt,
			ImageURL: j.Image.URL, EndImageURL: j.EndImage.URL,
		})
		t.Metrics.LumaCall("create", result(err), t.Now().Sub(began))
		return gen, err
	}
	parent, err := t.Store.Get(ctx, j.Parent)
	if errors.Is(err, store.ErrNotFound) || err == nil && parent.Remote == "" {
		return luma.Generation{}, &luma.Error{Op: "extend", Kind: luma.ErrNotFound, Message: "the video to extend is not in the store"}
	}
	if err != nil {
		// Nothing was sent.
		return luma.Generation{}, &luma.Error{Op: "extend", Kind: luma.ErrUnavailable, Err: err}
	}
	gen, err := t.Generator.Extend(ctx, parent.Remote, luma.ExtendRequest{Prompt: j.Prompt, EndImageURL: j.EndImage.URL})
	t.Metrics.LumaCall("extend", result(err), t.Now().Sub(began))
	return gen, err
}

// record stores what the paid call came to. It tries for as long as the
// process lives: what is not stored is found as "can't tell" by the next run.
func (t *Tracker) record(j store.Job, v verdict) {
	for {
		after, err := t.update(context.WithoutCancel(t.payments), j.ID, func(j *store.Job) error {
			if j.State != store.StateSubmitting {
				return store.ErrConflict
			}
			if v.state == store.StateWaiting {
				j.Attempts++
			}
			return t.finish(j, v)
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

// expected is what jobs alike took, 0 where that is not known.
func (t *Tracker) expected(ctx context.Context, id string) time.Duration {
	j, err := t.Store.Get(ctx, id)
	if err != nil {
		return 0
	}
	durations, err := t.Store.Durations(ctx, j.Measure())
	if err != nil {
		t.Log.Warn("reading measured durations", "err", err)
		return 0
	}
	slices.Sort(durations)
	return typical(durations)
}

// work is what the agenda does for a key: it reads the job and takes its next
// step. It returns when the job is due again.
func (t *Tracker) work(ctx context.Context, id string) time.Time {
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
	case j.State == store.StateWaiting:
		t.join(j)
		t.admit()
		return t.expire(ctx, j)
	case j.State == store.StateQueued, j.State == store.StateDreaming:
		return t.poll(ctx, j)
	}
	return time.Time{}
}

// confirm finds out whether the first reply of a job stands.
func (t *Tracker) confirm(ctx context.Context, j store.Job) time.Time {
	if early := j.CreatedAt.Add(confirmAfter); t.Now().Before(early) {
		return early // the reply may still be on its way
	}
	message, err := t.Notifier.Reply(ctx, j)
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
	n := t.strike(j.ID)
	t.Log.Warn("looking up whether a job was answered", "job", j, "err", err)
	return t.Now().Add(jitter(backoff(time.Second, n)))
}

// expire ends a job that waited in line beyond its bound.
func (t *Tracker) expire(ctx context.Context, j store.Job) time.Time {
	if end := j.CreatedAt.Add(lineLimit); t.Now().Before(end) {
		return end
	}
	failure := store.FailureLineTooLong
	if j.Attempts > 0 {
		failure = store.FailureUnreachable
	}
	_, err := t.update(ctx, j.ID, func(j *store.Job) error {
		if j.State != store.StateWaiting {
			return store.ErrConflict
		}
		return t.finish(j, verdict{state: store.StateFailed, failure: failure, cause: "waited too long in line"})
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
		a.strikes = t.strike(j.ID)
		t.Log.Debug("a query failed", "job", j, "strikes", a.strikes, "err", err)
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
		return t.finish(now, v)
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

func (t *Tracker) strike(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.strikes[id]++
	return t.strikes[id]
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
