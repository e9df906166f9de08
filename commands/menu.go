package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/xid"

	"dreambot/bot/reply"
	"dreambot/store"
)

// pictureMenu is "Dream from this picture" in the menu of a message, whoever
// has written it: its first picture becomes the first frame.
type pictureMenu struct{ *Set }

func (m *pictureMenu) definition() Definition { return m.menu("menu.picture.name") }

// run keeps the picture while its member thinks about the prompt: the modal has
// no room for an address, and the message may not be readable later.
func (m *pictureMenu) run(ctx context.Context, in Interaction) (Answer, error) {
	image, err := firstPicture(in)
	if err != nil {
		return Answer{}, err
	}
	if err := m.mayBegin(ctx, in); err != nil {
		return Answer{}, err
	}
	d := store.Draft{ID: xid.New().String(), Member: in.Member, Image: image, CreatedAt: m.Now()}
	if err := m.Store.Keep(ctx, d); err != nil {
		return Answer{}, fmt.Errorf("keep a picture for its prompt: %w", err)
	}
	modal := reply.PromptModal(m.Catalog.For(in.Locale), reply.Action{Verb: reply.ActionBegin, Job: d.ID},
		reply.Form{Limit: m.Capabilities.PromptMax})
	return Answer{Modal: &modal}, nil
}

// firstPicture is the first picture on the message that can be used, or a
// refusal that says why the first one cannot.
func firstPicture(in Interaction) (store.Picture, error) {
	for _, f := range in.Target.Files {
		if f.isPicture() {
			return readPicture(f, in.Received)
		}
	}
	return store.Picture{}, refuse("refusal.message.no_picture")
}

// press is forged: no button begins a draft.
func (m *pictureMenu) press(context.Context, Interaction, reply.Action, store.Job) (Answer, error) {
	return Answer{}, refuse("refusal.unknown")
}

// submit begins the dream that the modal asks for.
func (m *pictureMenu) submit(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	prompt, err := m.modalPrompt(in)
	if err != nil {
		return Answer{}, err
	}
	d, err := m.Store.Draft(ctx, a.Job)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (d.Member != in.Member || !d.Image.Works(m.Now())):
		return Answer{}, refuse("refusal.draft.gone", map[string]any{"Prompt": reply.Words(prompt)})
	case err != nil:
		return Answer{}, fmt.Errorf("read draft %q: %w", a.Job, err)
	}
	j := store.Job{Kind: store.KindDream, Prompt: prompt, Image: d.Image}
	if j, err = m.defaulted(ctx, in, j); err != nil {
		return Answer{}, err
	}
	return m.start(ctx, in, j)
}

// extendMenu is "Extend this video" in the menu of one of the bot's results.
type extendMenu struct{ *extend }

func (m *extendMenu) definition() Definition { return m.menu("menu.extend.name") }

func (m *extendMenu) run(ctx context.Context, in Interaction) (Answer, error) {
	j, err := m.Store.ByMessage(ctx, in.Target.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (!in.sees(j) || j.Removed):
		return Answer{}, refuse("refusal.message.no_video")
	case err != nil:
		return Answer{}, fmt.Errorf("read the job of message %q: %w", in.Target.ID, err)
	}
	if err := m.mayBegin(ctx, in); err != nil {
		return Answer{}, err
	}
	return m.ask(in, j)
}
