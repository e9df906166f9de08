package commands

import (
	"context"

	"dreambot/bot/reply"
	"dreambot/store"
)

// extend is /extend and the Extend button: a video that goes on from a
// completed one of this server, or in direct messages of this person. By the
// command it can lead to that one, too.
type extend struct{ *Set }

// Values of the option "direction".
const (
	forward  = "forward"
	backward = "backward"
)

func (e *extend) definition() Definition {
	options := []DefinedOption{e.promptOption("option.prompt.extend"), e.videoOption("video", "")}
	if e.Capabilities.Backward {
		o := e.option(optionString, "direction", "")
		o.Choices = e.directions()
		options = append(options, o)
	}
	if e.Capabilities.ExtendEndImage {
		options = append(options, e.pictureOption("end_image"))
	}
	return e.define("extend", append(options, e.option(optionBoolean, "spoiler", ""))...)
}

func (e *extend) directions() []Choice {
	var list []Choice
	for _, value := range []string{forward, backward} {
		key := "option.direction." + value
		list = append(list, Choice{Name: e.say(key), NameLocalizations: e.Catalog.Localizations(key), Value: value})
	}
	return list
}

func (e *extend) run(ctx context.Context, in Interaction) (Answer, error) {
	prompt, err := e.prompt(in.Options["prompt"].Text)
	if err != nil {
		return Answer{}, err
	}
	var direction string
	if e.Capabilities.Backward {
		if direction, err = chosen(in, "direction", e.directions()); err != nil {
			return Answer{}, err
		}
	}
	var last store.Picture
	if e.Capabilities.ExtendEndImage {
		if last, err = picture(in, "end_image"); err != nil {
			return Answer{}, err
		}
	}
	source, err := e.chosenVideo(ctx, in, "refusal.video.none")
	if err != nil {
		return Answer{}, err
	}
	if err := finished(source); err != nil {
		return Answer{}, err
	}
	j := e.continuing(source, in.Guild, prompt)
	j.EndImage, j.Backward = last, direction == backward
	j.Spoiler = j.Spoiler || in.Options["spoiler"].Bool
	return e.start(ctx, in, j)
}

// continuing is a job that goes on from another one's video, as the next part of
// its story.
func (s *Set) continuing(from store.Job, guild, prompt string) store.Job {
	j := made(store.KindExtend, from, guild, prompt)
	j.Root, j.Part, j.Settings = from.Root, max(from.Part, 1)+1, s.inherited(from.Settings)
	return j
}

func (e *extend) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	return e.suggested(ctx, in, "video")
}

// press opens the modal for what happens next.
func (e *extend) press(_ context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	return e.ask(in, j)
}

// ask opens the modal for what happens next in a video.
func (e *extend) ask(in Interaction, j store.Job) (Answer, error) {
	if err := finished(j); err != nil {
		return Answer{}, err
	}
	m := reply.PromptModal(e.Catalog.For(in.Locale), reply.Action{Verb: reply.ActionExtend, Job: j.ID},
		reply.Form{Limit: e.Capabilities.PromptMax})
	return Answer{Modal: &m}, nil
}

// submit begins the extension that the modal asks for.
func (e *extend) submit(ctx context.Context, in Interaction, _ reply.Action, parent store.Job) (Answer, error) {
	prompt, err := e.modalPrompt(in)
	if err != nil {
		return Answer{}, err
	}
	if err := finished(parent); err != nil {
		return Answer{}, err
	}
	return e.start(ctx, in, e.continuing(parent, in.Guild, prompt))
}
