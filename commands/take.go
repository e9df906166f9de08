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
	switch wordless := j.Kind == store.KindUpscale; {
	case !t.able(j):
		return Answer{}, refuse("refusal.unable")
	case wordless && t.verb == reply.ActionRemix: // no card offers it
		return Answer{}, refuse("refusal.unknown")
	case wordless:
		return t.begin(ctx, in, j, j.Prompt)
	}
	j, err := t.fresh(ctx, j)
	if err != nil && !errors.Is(err, store.ErrPictureGone) {
		// The modal costs nothing. By the time it comes back more is known.
		t.Log.Warn("the pictures of a job cannot be looked up", "job", j, "err", err)
		if t.atOnce() {
			return Answer{}, err
		}
	}
	form := reply.Form{Prompt: j.Prompt, Limit: t.Capabilities.PromptMax, Sound: j.Kind == store.KindSound}
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

// begin submits another take. One in a higher resolution has its video's prompt,
// whatever a dialog was filled in with.
func (t *take) begin(ctx context.Context, in Interaction, j store.Job, prompt string) (Answer, error) {
	next := store.Job{Kind: j.Kind, Settings: t.known(j.Settings)}
	if j.Kind.Derived() {
		var err error
		if next, err = t.sibling(ctx, in, j); err != nil {
			return Answer{}, err
		}
	}
	if j.Kind != store.KindUpscale {
		next.Prompt = prompt
	}
	next.Image, next.EndImage = j.Image, j.EndImage
	next.Image.Upload, next.EndImage.Upload = store.Upload{}, store.Upload{} // it stands on the other reply
	next.Spoiler = next.Spoiler || j.Spoiler
	next.Settings = t.fitted(next) // the dialect may be another one by now
	next.Remixes = store.CreditsFrom(j, in.Member)
	return t.start(ctx, in, next)
}

// sibling is a job that makes the same of the same videos.
func (t *take) sibling(ctx context.Context, in Interaction, j store.Job) (store.Job, error) {
	from, err := t.source(ctx, in, j, j.Parent, j.Source, j.Back)
	if err != nil {
		return store.Job{}, err
	}
	switch j.Kind {
	case store.KindBlend:
		second, err := t.source(ctx, in, j, j.Second, j.SecondSource, j.SecondBack)
		if err != nil {
			return store.Job{}, err
		}
		return t.blending(from, second, in.Guild, ""), nil
	case store.KindUpscale:
		return t.upscaling(from, in.Guild, j.Settings.Resolution), nil
	case store.KindSound:
		return t.madeOver(store.KindSound, from, in.Guild, ""), nil
	}
	next := t.continuing(from, in.Guild, "")
	next.Backward = j.Backward
	return next, nil
}

// source is a video that a job was made from. It may be no longer in the store:
// then it is what the job itself knows of it, its generation and where it stood.
func (t *take) source(ctx context.Context, in Interaction, j store.Job, id, remote string, at store.Spot) (store.Job, error) {
	from, err := t.Store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound) && remote != "":
		return store.Job{ID: id, Remote: remote, State: store.StateCompleted, Prompt: j.Prompt, Settings: j.Settings,
			Root: j.Root, Part: j.Part - 1, Guild: j.Guild, Channel: at.Channel, Message: at.Message,
			Upload: store.Upload{Length: j.Counts}}, nil
	case errors.Is(err, store.ErrNotFound), err == nil && (from.Removed || !in.sees(from)):
		return store.Job{}, refuse("refusal.job.gone")
	case err != nil:
		return store.Job{}, fmt.Errorf("read job %q: %w", id, err)
	}
	return from, finished(from)
}
