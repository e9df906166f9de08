package commands

import (
	"context"

	"dreambot/store"
)

// sound is /sound: a completed video with sound.
type sound struct{ *Set }

func (a *sound) definition() Definition {
	return a.define("sound", a.promptOption("option.prompt.sound"), a.videoOption("video", "option.video.from"),
		a.option(optionBoolean, "spoiler", ""))
}

func (a *sound) run(ctx context.Context, in Interaction) (Answer, error) {
	prompt, err := a.prompt(in.Options["prompt"].Text)
	if err != nil {
		return Answer{}, err
	}
	video, err := a.chosenVideo(ctx, in, "refusal.video.none")
	if err != nil {
		return Answer{}, err
	}
	if err := finished(video); err != nil {
		return Answer{}, err
	}
	j := a.madeOver(store.KindSound, video, in.Guild, prompt)
	j.Spoiler = j.Spoiler || in.Options["spoiler"].Bool
	return a.start(ctx, in, j)
}

func (a *sound) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	return a.suggested(ctx, in, "video")
}
