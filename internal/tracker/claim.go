package tracker

import (
	"context"
	"errors"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// settle takes in what a look came to for a job.
func (t *Tracker) settle(ctx context.Context, s seeker, f found) {
	switch f.finding {
	case findingIts:
		t.Log.Info("a paid call whose answer was lost is found in Luma's list", "job", s.id, "remote", f.its.ID)
		t.conclude(ctx, s.id, func(j store.Job) verdict {
			return decideSent(j, answer{gen: f.its}, t.Now(), t.terms())
		})
	case findingNone:
		t.giveUp(ctx, s.id, "Luma's list has nothing that fits")
	case findingSeveral:
		t.giveUp(ctx, s.id, "Luma's list has more that fits than was asked for")
	default:
		wait := jitter(backoff(min(t.Poll, seekPoll), s.looks))
		if left := s.until.Sub(t.Now()); left > 0 {
			wait = min(wait, left) // a look at the end, so that nobody waits for longer
		}
		t.postpone([]string{s.id}, wait)
	}
}

// miss takes in a look that did not succeed. A job whose deadline has passed is
// given up after some of them, as where queries fail.
func (t *Tracker) miss(ctx context.Context, ids []string, err error) {
	var detail *luma.Error
	errors.As(err, &detail)
	for _, id := range ids {
		s := t.strike(id, err)
		if s.tooLate(t.Poll) || detail != nil && detail.Status == 0 && errors.Is(err, luma.ErrInvalidRequest) {
			t.giveUp(ctx, id, "Luma's list cannot be read: "+err.Error())
			continue
		}
		wait := backoff(min(t.Poll, seekPoll), s.all)
		if detail != nil {
			wait = max(wait, min(detail.RetryAfter, maxRetryAfter))
		}
		t.Log.Debug("a look into Luma's list failed", "job", id, "strikes", s.all, "err", err)
		t.postpone([]string{id}, jitter(wait))
	}
}

// giveUp ends a job of which nobody can tell whether its paid call was accepted.
func (t *Tracker) giveUp(ctx context.Context, id, why string) {
	t.mu.Lock()
	cause := why
	if l, ok := t.live[id]; ok && l.search != nil {
		cause = l.search.cause + "; " + why
	}
	t.mu.Unlock()
	t.conclude(ctx, id, func(store.Job) verdict {
		return verdict{state: store.StateFailed, failure: store.FailureUncertain, cause: cause}
	})
}

// conclude ends the search for a job. Where that cannot be stored, it goes on.
func (t *Tracker) conclude(ctx context.Context, id string, decide func(store.Job) verdict) {
	var v verdict
	after, err := t.update(ctx, id, func(j *store.Job) error {
		if j.State != store.StateSubmitting {
			return store.ErrConflict
		}
		v = decide(*j)
		t.finish(j, v)
		return nil
	})
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrTransition):
		t.found(id, 0) // its state says how it goes on
	case err != nil:
		t.Log.Error("storing what was found of a paid call", "job", id, "err", err)
		t.postpone([]string{id}, storeRetry)
	case !after.State.Final():
		// Soon, however long ago it was sent.
		t.found(id, jitter(min(v.wait, t.Poll)))
	}
}

// postpone has jobs looked for again after wait, unless Luma has told of them
// meanwhile.
func (t *Tracker) postpone(ids []string, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if l, ok := t.live[id]; ok && l.phase == seeking {
			l.search.due(t.Now().Add(wait))
		}
	}
}

// found ends the search for a job: Luma is asked for it after wait, or at once
// where it has told of it meanwhile.
func (t *Tracker) found(id string, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[id]; ok && l.phase == seeking {
		if l.nudged {
			wait = 0
		}
		l.phase, l.search = asking, nil
		t.agenda.At(id, t.Now().Add(wait))
	}
}
