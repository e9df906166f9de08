package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"dreambot/luma"
	"dreambot/store"
)

// Submit stores a new job, which is then in line, and returns it as it is to
// be shown. Nothing is paid before Answered is called for it. store.ErrFull
// where the line is full; a *store.BusyError where the member has as many
// unfinished jobs as one may have; a *store.SpentError where the job's Allowance
// does not reach for it today. Its place is the one that it has if nothing else
// comes: who comes later may stand before it.
func (t *Tracker) Submit(ctx context.Context, j store.Job) (store.Job, error) {
	if err := t.take(j); err != nil {
		return store.Job{}, err
	}
	t.mu.Lock()
	j.Place, j.Hold = t.place(t.line.before(j)), t.breaker.hold()
	t.mu.Unlock()
	j.Ready = t.ready(ctx, j.Measure(), shown{j.Place, j.Hold})
	if err := t.Store.Create(ctx, j); err != nil {
		t.forget(j.ID)
		var spent *store.SpentError
		switch {
		case errors.As(err, &spent):
			t.Metrics.Refused("spent")
		case !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrClaimed):
			// The store may have kept it all the same. Nobody answers for it, so
			// it is then dropped.
			t.agenda.At(j.ID, t.reach(j.CreatedAt, confirmAfter))
		}
		return store.Job{}, fmt.Errorf("store the new job: %w", err)
	}
	j, err := store.Admit(j)
	if err != nil {
		t.forget(j.ID)
		return store.Job{}, err
	}
	t.Metrics.Transition(string(j.Kind), "", string(j.State))
	t.join(j)
	return j, nil
}

// Answered says that Discord accepted the job's first reply as message, so
// that the job may be paid for. shown is the revision that the reply shows.
func (t *Tracker) Answered(ctx context.Context, id, message string, shown int64) error {
	j, err := t.update(ctx, id, func(j *store.Job) error {
		if j.Answered() || j.State != store.StateWaiting && j.State != store.StateCancelled {
			return store.ErrConflict // told twice
		}
		j.AnsweredAt, j.Message, j.Shown = t.Now(), message, shown
		return nil
	})
	if err != nil {
		if errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	}
	if j.State.Final() {
		return nil // taken back before this was told; the reply will say so
	}
	t.forgive(id)
	t.join(j) // it is there, and is marked as answered
	t.moved()
	t.admit()
	return nil
}

// Unanswered says that Discord refused the job's first reply: the member saw
// "did not respond", so the job is dropped, unpaid.
func (t *Tracker) Unanswered(ctx context.Context, id string) error {
	_, err := t.update(ctx, id, func(j *store.Job) error {
		if j.Answered() || j.State != store.StateWaiting {
			return store.ErrConflict
		}
		t.finish(j, verdict{state: store.StateCancelled, cause: "the first reply was not accepted"})
		return nil
	})
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// Doubtful says that nobody knows whether Discord accepted the job's first
// reply: it is looked up, soon.
func (t *Tracker) Doubtful(id string) { t.agenda.At(id, t.Now()) }

// Cancel takes a job back that waits in line; message is the reply whose button
// was pressed. store.ErrConflict where it is no longer there to be taken back:
// it was sent, or has ended. After another error it may be taken back all the
// same; it is never paid for then.
func (t *Tracker) Cancel(ctx context.Context, id, message string) error {
	_, err := t.update(ctx, id, func(j *store.Job) error {
		if !j.Answered() && (j.State == store.StateWaiting || j.State == store.StateCancelled) {
			// The process that sent the reply ended before it could note that, or
			// the reply was not found; the press shows that it stands.
			j.AnsweredAt, j.Message, j.Shown = t.Now(), message, 0
			if j.State == store.StateCancelled {
				return nil
			}
		}
		if j.State != store.StateWaiting {
			return store.ErrConflict
		}
		t.finish(j, verdict{state: store.StateCancelled, cause: "taken back"})
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		t.agenda.At(id, t.Now())
	}
	return err
}

// Remove has the reply of a finished job deleted. store.ErrConflict where the
// job is not finished. A second time changes nothing.
func (t *Tracker) Remove(ctx context.Context, id string) error {
	_, err := t.update(ctx, id, func(j *store.Job) error {
		if !j.State.Final() {
			return store.ErrConflict
		}
		j.Removed = true
		return nil
	})
	return err
}

// React notes that a member wishes a finished video extended, or no longer
// does, and returns the job. Without a member, nobody wishes it any more.
// store.ErrConflict where there is no video.
func (t *Tracker) React(ctx context.Context, id, member string, wishes bool) (store.Job, error) {
	return t.update(ctx, id, func(j *store.Job) error {
		if j.State != store.StateCompleted {
			return store.ErrConflict
		}
		at := slices.Index(j.Reactors, member)
		switch {
		case wishes && at < 0 && len(j.Reactors) < store.MaxReactors:
			j.Reactors = append(slices.Clone(j.Reactors), member)
		case !wishes && member == "":
			j.Reactors = nil
		case !wishes && at >= 0:
			j.Reactors = slices.Delete(slices.Clone(j.Reactors), at, at+1)
		}
		return nil
	})
}

// Link asks Luma, for free, where a finished video can be seen now; empty:
// nowhere.
func (t *Tracker) Link(ctx context.Context, j store.Job) (string, error) {
	if j.Remote == "" {
		return "", nil
	}
	began := t.Now()
	gen, err := t.Generator.Get(ctx, j.Remote)
	t.Metrics.LumaCall("get", result(err), t.Now().Sub(began))
	switch {
	case errors.Is(err, luma.ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("ask for the video of job %s: %w", j.ID, err)
	case gen.Video == nil:
		return "", nil
	}
	return gen.Video.URL, nil
}
