package commands

import (
	"context"
	"errors"
	"fmt"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// pressOnly is an action without a modal: one that comes back was forged.
type pressOnly struct{}

func (pressOnly) submit(context.Context, Interaction, reply.Action, store.Job) (Answer, error) {
	return Answer{}, refuse("refusal.unknown")
}

// cancel is the button on a job in line: it is taken back, unpaid.
type cancel struct {
	*Set
	pressOnly
}

func (c *cancel) press(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	if err := only(in, j); err != nil {
		return Answer{}, err
	}
	err := c.Submitter.Cancel(ctx, j.ID, in.Message)
	if errors.Is(err, store.ErrConflict) {
		return Answer{}, refuse("refusal.cancel.late")
	}
	if err != nil {
		return Answer{}, fmt.Errorf("cancel job %s: %w", j.ID, err)
	}
	return Answer{Deferred: true}, nil
}

// ask is the Delete button on a finished job: it asks whether that is meant.
type ask struct {
	*Set
	pressOnly
}

func (a *ask) press(_ context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	if err := only(in, j); err != nil {
		return Answer{}, err
	}
	if !j.State.Final() {
		return Answer{}, refuse("refusal.video.unfinished")
	}
	m := reply.DeleteQuestion(a.Catalog.For(in.Locale), j)
	return Answer{Notice: &m}, nil
}

// remove is the answer to that question: the reply is deleted for everybody.
type remove struct {
	*Set
	pressOnly
}

func (r *remove) press(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	if err := only(in, j); err != nil {
		return Answer{}, err
	}
	// First: were it last and never done, the gallery would show what is no longer
	// there.
	if err := r.withdraw(ctx, j); err != nil {
		return Answer{}, err
	}
	err := r.Submitter.Remove(ctx, j.ID)
	if errors.Is(err, store.ErrConflict) {
		return Answer{}, refuse("refusal.video.unfinished")
	}
	if err != nil {
		return Answer{}, fmt.Errorf("remove job %s: %w", j.ID, err)
	}
	if in.Open {
		return Answer{Erased: true}, nil
	}
	m := reply.Notice(r.Catalog.For(in.Locale), "notice.deleted", nil)
	return Answer{Notice: &m, Replace: true}, nil
}

// withdraw takes a job that is about to be removed out of the gallery.
func (s *Set) withdraw(ctx context.Context, j store.Job) error {
	if j.Guild == "" || j.State != store.StateCompleted {
		return nil
	}
	err := s.Community.Withdraw(ctx, j.Guild, j.ID)
	if err != nil && !errors.Is(err, community.ErrNotFound) {
		return fmt.Errorf("withdraw what is removed: %w", err)
	}
	return nil
}

// keep is the other answer to a question that stands in the channel: it goes.
type keep struct {
	*Set
	pressOnly
}

func (k *keep) press(_ context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	if err := only(in, j); err != nil {
		return Answer{}, err
	}
	return Answer{Erased: true}, nil
}
