package commands

import (
	"context"

	"dreambot/store"
)

// blend is /blend: the way from one completed video to another.
type blend struct{ *Set }

func (b *blend) definition() Definition {
	first, second := b.videoOption("first", ""), b.videoOption("second", "")
	first.Required, second.Required = true, true
	return b.define("blend", first, second, b.promptOption("option.prompt.blend"), b.option(optionBoolean, "spoiler", ""))
}

func (b *blend) run(ctx context.Context, in Interaction) (Answer, error) {
	prompt, err := b.prompt(in.Options["prompt"].Text)
	if err != nil {
		return Answer{}, err
	}
	var videos [2]store.Job
	for i, option := range []string{"first", "second"} {
		if videos[i], err = b.namedVideo(ctx, in, option); err != nil {
			return Answer{}, err
		}
		if err := finished(videos[i]); err != nil {
			return Answer{}, err
		}
	}
	if videos[0].ID == videos[1].ID {
		return Answer{}, refuse("refusal.blend.same")
	}
	j := b.blending(videos[0], videos[1], in.Guild, prompt)
	j.Spoiler = j.Spoiler || in.Options["spoiler"].Bool
	return b.start(ctx, in, j)
}

// blending is a job that makes the way from one video to another, with the first
// one's settings.
func (s *Set) blending(first, second store.Job, guild, prompt string) store.Job {
	j := made(store.KindBlend, first, guild, prompt)
	j.Settings = s.inherited(first.Settings)
	j.Second, j.SecondSource, j.SecondBack = second.ID, second.Remote, spotIn(second, guild)
	j.Spoiler = j.Spoiler || second.Spoiler
	return j
}

func (b *blend) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	if in.Focused != "second" {
		return b.suggested(ctx, in, "first")
	}
	return b.suggested(ctx, in, "second")
}
