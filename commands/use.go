package commands

import (
	"context"
	"errors"

	"dreambot/bot/reply"
	"dreambot/store"
)

// use is a shared prompt dreamed by somebody: Use as it is, Remix with other words.
// It is a take of the job that was shared, which need not be kept any more.
type use struct {
	*Set
	verb reply.Verb
}

func (u *use) press(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	j, err := u.source(ctx, in, a.Job)
	if err != nil {
		return Answer{}, err
	}
	return (&take{u.Set, u.verb}).press(ctx, in, a, j)
}

func (u *use) submit(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	j, err := u.source(ctx, in, a.Job)
	if err != nil {
		return Answer{}, err
	}
	return (&take{u.Set, u.verb}).submit(ctx, in, a, j)
}

// source is the job that a shared prompt stands for: a dream of its own, whatever
// it was. Its pictures are those of the job that was shared, while that is kept;
// those of an extension belong to the video that it went on from.
func (u *use) source(ctx context.Context, in Interaction, id string) (store.Job, error) {
	shared, err := u.shared(ctx, in, id)
	if err != nil {
		return store.Job{}, err
	}
	if _, err := u.prompt(shared.Text); err != nil && u.verb == reply.ActionUse {
		return store.Job{}, err // the dialect has changed since
	}
	var j store.Job
	if shared.Pictures && !shared.Extends {
		j, err = u.visible(ctx, in, shared.ID)
		switch {
		case errors.Is(err, store.ErrNotFound) && u.verb == reply.ActionUse:
			return store.Job{}, refuse("refusal.shared.pictures")
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return store.Job{}, err
		}
	}
	j.ID, j.Kind, j.State, j.Failure = shared.ID, store.KindDream, store.StateCompleted, ""
	j.Member, j.Prompt, j.Settings = shared.Author, shared.Text, u.known(shared.Settings)
	j.Spoiler, j.Remixes = shared.Spoiler, shared.Remixes
	return j, nil
}
