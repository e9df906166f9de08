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

// send makes the paid call for a job that was admitted in epoch of the breaker.
func (t *Tracker) send(id string, epoch int) {
	ctx, cancel := context.WithTimeout(t.payments, callLimit)
	defer cancel()
	j, source, ok := t.intend(ctx, id)
	if !ok {
		t.over(epoch, noWord, 0, nil)
		return
	}
	gen, err := t.pay(ctx, j, source)
	v := decideSent(j, answer{gen: gen, err: err}, t.Now(), t.Poll)
	again := v.state == store.StateWaiting
	var wait time.Duration
	if again {
		wait = v.wait
	}
	t.over(epoch, wordOf(err), wait, err)
	if again && t.overdue(j) {
		j.Cause = v.cause
		j.Attempts++
		v = decideOutOfLine(j, t.hold())
	}
	t.record(j, v)
}

// intend stores that the job is about to be paid for. Only after that, which ok
// says, it may be; source is the generation that it extends.
func (t *Tracker) intend(ctx context.Context, id string) (j store.Job, source string, ok bool) {
	source, expected, err := t.before(ctx, id)
	gone := errors.Is(err, store.ErrPictureGone)
	if err != nil && !gone && !errors.Is(err, store.ErrNotFound) {
		// This job alone waits: what is amiss may be its own record.
		t.Log.Error("what a job needs cannot be read", "job", id, "err", err)
		t.leave(id)
		t.agenda.At(id, t.Now().Add(recordRetry))
		return store.Job{}, "", false
	}
	sent, hold := t.Now(), t.hold()
	j, err = t.update(ctx, id, func(j *store.Job) error {
		switch {
		case j.State != store.StateWaiting || !j.Answered():
			return store.ErrConflict
		case t.overdue(*j):
			t.finish(j, decideOutOfLine(*j, hold))
			return nil
		case j.Kind == store.KindExtend && source == "":
			t.finish(j, verdict{state: store.StateFailed, failure: store.FailureSourceGone,
				cause: "the video to extend is not in the store"})
			return nil
		case gone:
			t.finish(j, verdict{state: store.StateFailed, failure: store.FailurePictureGone,
				cause: "a picture is no longer at Discord"})
			return nil
		}
		j.State, j.SentAt, j.Expected = store.StateSubmitting, sent, expected
		j.Place, j.Ready, j.Hold = 0, time.Time{}, store.HoldNone
		return nil
	})
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		t.leave(id) // taken back meanwhile
		t.agenda.At(id, t.Now())
		return store.Job{}, "", false
	case err != nil:
		// Nobody knows whether the intent is stored; nothing was paid.
		t.Log.Error("a job cannot be sent", "job", id, "err", err)
		t.record(store.Job{ID: id, SentAt: sent}, verdict{state: store.StateWaiting, wait: storeRetry})
		return store.Job{}, "", false
	case j.State.Final():
		return store.Job{}, "", false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[id]; ok {
		l.sent(j, sent.Add(t.Deadline))
	}
	return j, source, true
}

// pictureMargin is how long a picture's address must still work when Luma is
// given it, which fetches it soon.
const pictureMargin = 10 * time.Minute

// before reads what a paid call needs besides the job: the generation that is
// extended, empty where there is none, and how long jobs alike took. It sees to
// it that the addresses of pictures work; where one is gone the error is
// store.ErrPictureGone.
func (t *Tracker) before(ctx context.Context, id string) (source string, expected time.Duration, err error) {
	j, err := t.Store.Get(ctx, id)
	if err != nil {
		return "", 0, err
	}
	if source = j.Source; source == "" && j.Kind == store.KindExtend {
		parent, err := t.Store.Get(ctx, j.Parent)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", 0, err
		}
		source = parent.Remote
	}
	expected = t.typical(ctx, j.Measure())
	for _, p := range []store.Picture{j.Image, j.EndImage} {
		if p.IsZero() || p.Works(t.Now().Add(pictureMargin)) {
			continue
		}
		if _, err := t.Notifier.Fresh(ctx, j); err != nil {
			return source, expected, fmt.Errorf("fresh addresses of pictures: %w", err)
		}
		break // it has seen to both
	}
	return source, expected, nil
}

// typical is how long jobs of a measure take as a rule; 0: nobody knows.
func (t *Tracker) typical(ctx context.Context, m store.Measure) time.Duration {
	durations, err := t.Store.Durations(ctx, m)
	if err != nil {
		t.Log.Warn("reading measured durations", "err", err)
	}
	slices.Sort(durations)
	return typical(durations)
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
		hold := t.hold()
		after, err := t.update(context.WithoutCancel(t.payments), j.ID, func(now *store.Job) error {
			switch {
			case now.State == store.StateSubmitting && now.SentAt.Equal(j.SentAt):
				if v.state == store.StateWaiting {
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
			t.agenda.At(j.ID, t.Now().Add(jitter(v.wait)))
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

// back puts a job that was not sent into the line again, at its old place, and
// holds all paid calls for wait.
func (t *Tracker) back(id string, wait time.Duration) {
	t.pause(wait)
	t.mu.Lock()
	delete(t.atLuma, id)
	if l, ok := t.live[id]; ok {
		l.deadline, l.ends = time.Time{}, time.Time{}
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
