package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// take is a job once more, as a new one with a price of its own: Again as it
// was, Remix and Edit and retry with another prompt.
type take struct {
	*Set
	verb reply.Verb
}

// freshLimit bounds the look-up of pictures before an answer is due.
const freshLimit = 1500 * time.Millisecond

// press begins the same again, or opens the modal with what there is to change:
// the prompt, and pictures that are gone.
func (t *take) press(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	j, err := t.fresh(ctx, j)
	if err != nil && !errors.Is(err, store.ErrPictureGone) {
		// The modal costs nothing. By the time it comes back more is known.
		t.Log.Warn("the pictures of a job cannot be looked up", "job", j, "err", err)
		if t.atOnce() {
			return Answer{}, err
		}
	}
	form := reply.Form{Prompt: j.Prompt, Limit: t.Capabilities.PromptMax}
	// What moderation did not accept is shown to nobody but who has written it.
	hidden := j.Failure == store.FailurePromptRejected && j.Member != in.Member
	if hidden {
		form.Prompt = ""
	}
	if errors.Is(err, store.ErrPictureGone) {
		form.Image, form.EndImage = t.lacks(j.Image), t.lacks(j.EndImage)
	}
	if t.atOnce() && !form.Image && !form.EndImage && !hidden {
		return t.begin(ctx, in, j, j.Prompt)
	}
	m := reply.PromptModal(t.Catalog.For(in.Locale), reply.Action{Verb: t.verb, Job: j.ID}, form)
	return Answer{Modal: &m}, nil
}

// atOnce reports whether there is nothing to ask for.
func (t *take) atOnce() bool { return t.verb == reply.ActionAgain || t.verb == reply.ActionUse }

// submit begins what the modal asks for.
func (t *take) submit(ctx context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	prompt, err := t.modalPrompt(in)
	if err != nil {
		return Answer{}, err
	}
	for id, p := range map[string]*store.Picture{reply.InputImage: &j.Image, reply.InputEndImage: &j.EndImage} {
		if picked := in.Picked[id]; len(picked) > 0 && !p.IsZero() {
			f := in.Files[picked[0]]
			f.Name = cmp.Or(f.Name, id)
			if *p, err = readPicture(f, in.Received); err != nil {
				return Answer{}, err
			}
		}
	}
	j, err = t.fresh(ctx, j)
	if errors.Is(err, store.ErrPictureGone) {
		return Answer{}, refuse("refusal.picture.gone")
	}
	if err != nil {
		return Answer{}, err
	}
	return t.begin(ctx, in, j, prompt)
}

// fresh returns the job with addresses of its pictures that work. With
// store.ErrPictureGone, those that do not are gone.
func (t *take) fresh(ctx context.Context, j store.Job) (store.Job, error) {
	if !t.lacks(j.Image) && !t.lacks(j.EndImage) {
		return j, nil
	}
	asking, cancel := context.WithTimeout(ctx, freshLimit)
	defer cancel()
	found, err := t.Replies.Fresh(asking, j)
	if err != nil && !errors.Is(err, store.ErrPictureGone) {
		return j, fmt.Errorf("look up the pictures of job %s: %w", j.ID, err)
	}
	return found, err
}

// lacks reports whether there is a picture whose address does not work.
func (t *take) lacks(p store.Picture) bool { return !p.IsZero() && !p.Works(t.Now()) }

func (t *take) begin(ctx context.Context, in Interaction, j store.Job, prompt string) (Answer, error) {
	next := store.Job{Kind: j.Kind, Settings: j.Settings}
	if j.Kind == store.KindExtend {
		var err error
		if next, err = t.sibling(ctx, in, j); err != nil {
			return Answer{}, err
		}
	}
	next.Prompt, next.Image, next.EndImage = prompt, j.Image, j.EndImage
	next.Image.Upload, next.EndImage.Upload = store.Upload{}, store.Upload{} // it stands on the other reply
	next.Spoiler = next.Spoiler || j.Spoiler
	next.Remixes = store.CreditsFrom(j, in.Member)
	return t.start(ctx, in, next)
}

// sibling is another extension of the same video, which may be no longer in the
// store.
func (t *take) sibling(ctx context.Context, in Interaction, j store.Job) (store.Job, error) {
	parent, err := t.Store.Get(ctx, j.Parent)
	switch {
	case errors.Is(err, store.ErrNotFound) && j.Source != "":
		next := store.Job{Kind: j.Kind, Parent: j.Parent, Source: j.Source, Root: j.Root, Part: j.Part}
		if j.Guild == in.Guild {
			next.Back = j.Back
		}
		return next, nil
	case errors.Is(err, store.ErrNotFound), err == nil && (parent.Removed || !in.sees(parent)):
		return store.Job{}, refuse("refusal.job.gone")
	case err != nil:
		return store.Job{}, fmt.Errorf("read job %q: %w", j.Parent, err)
	}
	if err := extendable(parent); err != nil {
		return store.Job{}, err
	}
	return continuing(parent, in.Guild, ""), nil
}
