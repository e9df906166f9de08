package commands

import (
	"context"
	"time"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// dream is /dream: a new video.
type dream struct{ *Set }

func (d *dream) definition() Definition {
	prompt := d.promptOption("option.prompt.dream")
	prompt.Autocomplete = true
	options := []DefinedOption{
		prompt,
		d.pictureOption("image"),
		d.pictureOption("end_image"),
	}
	for _, o := range []struct {
		name    string
		choices []Choice
	}{
		{"model", same(d.Capabilities.Models)},
		{"duration", d.durations()},
		{"resolution", same(d.Capabilities.Resolutions)},
	} {
		if option, ok := d.choiceOption(o.name, o.choices); ok {
			options = append(options, option)
		}
	}
	if d.Capabilities.ExpandPrompt {
		options = append(options, d.option(optionBoolean, "expand_prompt", ""))
	}
	return d.define("dream", append(options, d.option(optionBoolean, "spoiler", ""))...)
}

// durations offers the dialect's lengths, valued as Go writes them ("5s").
func (d *dream) durations() []Choice {
	var list []Choice
	for _, length := range d.Capabilities.Durations {
		args := i18n.Args{"Seconds": int(length / time.Second)}
		list = append(list, Choice{Name: d.say("option.duration.choice", args),
			NameLocalizations: d.Catalog.Localizations("option.duration.choice", args), Value: length.String()})
	}
	return list
}

func (d *dream) run(ctx context.Context, in Interaction) (Answer, error) {
	text, credits, err := d.resolved(ctx, in, in.Options["prompt"].Text)
	if err != nil {
		return Answer{}, err
	}
	j := store.Job{Kind: store.KindDream, Remixes: credits}
	if j.Prompt, err = d.prompt(text); err != nil {
		return Answer{}, err
	}
	if j.Image, err = picture(in, "image"); err != nil {
		return Answer{}, err
	}
	if j.EndImage, err = picture(in, "end_image"); err != nil {
		return Answer{}, err
	}
	if j.Image.IsZero() && !j.EndImage.IsZero() {
		return Answer{}, refuse("refusal.end_image.alone")
	}
	if j.Settings.Model, err = chosen(in, "model", same(d.Capabilities.Models)); err != nil {
		return Answer{}, err
	}
	if j.Settings.Resolution, err = chosen(in, "resolution", same(d.Capabilities.Resolutions)); err != nil {
		return Answer{}, err
	}
	duration, err := chosen(in, "duration", d.durations())
	if err != nil {
		return Answer{}, err
	}
	if duration != "" {
		if j.Settings.Duration, err = time.ParseDuration(duration); err != nil {
			return Answer{}, err
		}
	}
	if o, ok := in.Options["expand_prompt"]; ok && d.Capabilities.ExpandPrompt {
		j.Settings.ExpandPrompt = &o.Bool
	}
	if j.Settings, err = d.defaulted(ctx, in, j.Settings); err != nil {
		return Answer{}, err
	}
	j.Spoiler = in.Options["spoiler"].Bool
	return d.start(ctx, in, j)
}

// complete suggests prompts.
func (d *dream) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	if in.Focused != "prompt" {
		return nil, nil
	}
	return d.suggestedPrompts(ctx, in), nil
}
