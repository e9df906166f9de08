package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// forget is /forget, and the button that means it: the person's data goes, in all
// servers and outside of them.
type forget struct {
	*Set
	pressOnly
}

func (f *forget) definition() Definition { return f.define("forget") }

func (f *forget) run(_ context.Context, in Interaction) (Answer, error) {
	m := reply.ForgetQuestion(f.Catalog.For(in.Locale))
	return Answer{Notice: &m}, nil
}

// forgetTime bounds the wait for it before an answer is due. It goes on by itself.
const forgetTime = 2 * time.Second

func (f *forget) press(ctx context.Context, in Interaction, _ reply.Action, _ store.Job) (Answer, error) {
	working, cancel := context.WithTimeout(ctx, forgetTime)
	defer cancel()
	err := f.Community.Forget(working, in.Member)
	done := "forget.done"
	switch {
	case err == nil:
	case errors.Is(err, store.ErrConflict):
		return Answer{}, refuse("refusal.forget.unfinished")
	case errors.Is(err, community.ErrUnderway):
		f.Log.Warn("a member is not forgotten yet", "err", err)
		done = "forget.later"
	default:
		return Answer{}, fmt.Errorf("forget a member: %w", err)
	}
	m := reply.Done(f.Catalog.For(in.Locale), done)
	return Answer{Notice: &m, Replace: true}, nil
}

// spare is the other answer: nothing happens.
type spare struct {
	*Set
	pressOnly
}

func (s *spare) press(_ context.Context, in Interaction, _ reply.Action, _ store.Job) (Answer, error) {
	m := reply.Done(s.Catalog.For(in.Locale), "forget.spared")
	return Answer{Notice: &m, Replace: true}, nil
}
