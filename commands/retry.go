package commands

import (
	"context"
	"errors"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// pictureLife is how long the pictures of a command can be used again: Discord
// keeps them, and signs their addresses, for about a day.
const pictureLife = 23 * time.Hour

// retry is the button on a failed job: the same again, with the prompt to
// change. It makes a new job, with a price of its own.
type retry struct{ *Set }

// press opens the modal with the failed job's prompt.
func (r *retry) press(_ context.Context, in Interaction, j store.Job) (Answer, error) {
	if err := r.again(j); err != nil {
		return Answer{}, err
	}
	m := reply.PromptModal(r.Catalog.For(in.Locale), reply.Action{Verb: reply.ActionRetry, Job: j.ID}, j, r.Capabilities.PromptMax)
	return Answer{Modal: &m}, nil
}

// submit begins the job anew.
func (r *retry) submit(ctx context.Context, in Interaction, failed store.Job) (Answer, error) {
	prompt, err := r.modalPrompt(in)
	if err != nil {
		return Answer{}, err
	}
	if err := r.again(failed); err != nil {
		return Answer{}, err
	}
	source := ""
	if failed.Kind == store.KindExtend {
		parent, err := r.visible(ctx, in, failed.Parent)
		if errors.Is(err, store.ErrNotFound) {
			return Answer{}, refuse("refusal.job.gone")
		}
		if err != nil {
			return Answer{}, err
		}
		if err := extendable(parent); err != nil {
			return Answer{}, err
		}
		source = parent.Remote
	}
	return r.begin(ctx, in, store.Job{
		Kind: failed.Kind, Parent: failed.Parent, Source: source, Prompt: prompt, Settings: failed.Settings,
		Image: failed.Image, EndImage: failed.EndImage,
	})
}

// again says why a job cannot be tried again.
func (r *retry) again(j store.Job) error {
	for _, p := range []store.Picture{j.Image, j.EndImage} {
		if !p.IsZero() && r.Now().Sub(p.GivenAt) > pictureLife {
			return refuse("refusal.picture.gone")
		}
	}
	return nil
}
