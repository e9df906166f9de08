package commands

import (
	"context"
	"slices"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// upscale is /upscale: a completed video in a higher resolution.
type upscale struct{ *Set }

func (u *upscale) definition() Definition {
	resolution := u.option(optionString, "resolution", "option.resolution.upscale")
	resolution.Required, resolution.Choices = true, same(u.Capabilities.Upscale)
	return u.define("upscale", resolution, u.videoOption("video", "option.video.from"), u.option(optionBoolean, "spoiler", ""))
}

func (u *upscale) run(ctx context.Context, in Interaction) (Answer, error) {
	resolution, err := chosen(in, "resolution", same(u.Capabilities.Upscale))
	if err != nil {
		return Answer{}, err
	}
	if resolution == "" { // Discord's client asks for it
		return Answer{}, refuse("refusal.unknown")
	}
	video, err := u.chosenVideo(ctx, in, "refusal.video.none")
	if err != nil {
		return Answer{}, err
	}
	if err := finished(video); err != nil {
		return Answer{}, err
	}
	if has := u.resolution(video); u.reaches(has, resolution) {
		return Answer{}, refuse("refusal.upscale.has", i18n.Args{"Has": has, "Resolution": resolution})
	}
	j := u.upscaling(video, in.Guild, resolution)
	j.Spoiler = j.Spoiler || in.Options["spoiler"].Bool
	return u.start(ctx, in, j)
}

// resolution is what a job's video has; empty where that is not known.
func (u *upscale) resolution(j store.Job) string {
	if j.Settings.Resolution == "" && (!j.Kind.Derived() || u.Capabilities.ExtendSettings) {
		return u.Capabilities.Default.Resolution
	}
	return j.Settings.Resolution
}

// reaches reports whether a resolution is surely as high as another one.
func (u *upscale) reaches(has, wished string) bool {
	for _, list := range [][]string{u.Capabilities.Upscale, u.Capabilities.Resolutions} { // the least first
		if h, w := slices.Index(list, has), slices.Index(list, wished); h >= 0 && w >= 0 {
			return h >= w
		}
	}
	return false
}

// upscaling is a job that makes another one's video anew in a resolution. Its
// prompt is that one's, for people to read.
func (s *Set) upscaling(of store.Job, guild, resolution string) store.Job {
	j := s.madeOver(store.KindUpscale, of, guild, of.Prompt)
	j.Settings.Resolution = resolution
	return j
}

func (u *upscale) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	return u.suggested(ctx, in, "video")
}
