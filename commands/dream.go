package commands

import (
	"context"
	"time"

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
		{"aspect_ratio", same(d.Capabilities.AspectRatios)},
	} {
		if option, ok := d.choiceOption(o.name, o.choices); ok {
			options = append(options, option)
		}
	}
	if d.Capabilities.Loop {
		options = append(options, d.option(optionBoolean, "loop", ""))
	}
	if d.Capabilities.ExpandPrompt {
		options = append(options, d.option(optionBoolean, "expand_prompt", ""))
	}
	return d.define("dream", append(options, d.option(optionBoolean, "spoiler", ""))...)
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
	if j.Settings, err = d.settings(in); err != nil {
		return Answer{}, err
	}
	if j, err = d.defaulted(ctx, in, j); err != nil {
		return Answer{}, err
	}
	j.Spoiler = in.Options["spoiler"].Bool
	return d.start(ctx, in, j)
}

// settings are what the member has chosen of what the dialect offers.
func (d *dream) settings(in Interaction) (c store.Settings, err error) {
	can, duration := d.Capabilities, ""
	for _, o := range []struct {
		name    string
		choices []Choice
		value   *string
	}{
		{"model", same(can.Models), &c.Model},
		{"duration", d.durations(), &duration},
		{"resolution", same(can.Resolutions), &c.Resolution},
		{"aspect_ratio", same(can.AspectRatios), &c.AspectRatio},
	} {
		if *o.value, err = chosen(in, o.name, o.choices); err != nil {
			return store.Settings{}, err
		}
	}
	if duration != "" {
		if c.Duration, err = time.ParseDuration(duration); err != nil {
			return store.Settings{}, err
		}
	}
	c.Loop = can.Loop && in.Options["loop"].Bool
	if o, ok := in.Options["expand_prompt"]; ok && can.ExpandPrompt {
		c.ExpandPrompt = &o.Bool
	}
	return c, nil
}

// complete suggests prompts.
func (d *dream) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	if in.Focused != "prompt" {
		return nil, nil
	}
	return d.suggestedPrompts(ctx, in), nil
}
