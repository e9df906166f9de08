package commands

import (
	"context"
	"slices"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/internal/order"
	"dreambot/store"
)

// ordered holds a job to what the dialect takes, and says what it costs.
func (s *Set) ordered(j store.Job) (store.Job, error) {
	if !s.able(j) {
		return store.Job{}, refuse("refusal.unable")
	}
	if j.Kind != store.KindUpscale { // whose words are not sent
		if _, err := s.prompt(j.Prompt); err != nil {
			return store.Job{}, err
		}
	}
	if j.Kind.Derived() { // its settings are what was there, and no choice of the member's
		j.Settings = s.fitted(j)
	}
	if one, other, clash := s.Capabilities.Conflict(order.Request(j)); clash {
		return store.Job{}, refuse("refusal.conflict", i18n.Args{"One": reply.Trait(one), "Other": reply.Trait(other)})
	}
	if price, known := s.Capabilities.Price(order.Request(j)); known {
		j.Price = price
		j.Priced = s.PricesFrom != nil && price >= *s.PricesFrom
	}
	return j, nil
}

// able reports whether the dialect makes such videos at all. A button can be of a
// job from a time when another one was spoken.
func (s *Set) able(j store.Job) bool {
	can := s.Capabilities
	switch j.Kind {
	case store.KindExtend:
		return (can.Backward || !j.Backward) && (can.ExtendEndImage || j.EndImage.IsZero())
	case store.KindBlend:
		return can.Blend
	case store.KindUpscale:
		return slices.Contains(can.Upscale, j.Settings.Resolution)
	case store.KindSound:
		return can.Sound
	}
	return true
}

// known is what the dialect takes of settings from another time.
func (s *Set) known(old store.Settings) store.Settings {
	can, known := s.Capabilities, store.Settings{Loop: s.Capabilities.Loop && old.Loop}
	if slices.Contains(can.Models, old.Model) {
		known.Model = old.Model
	}
	if slices.Contains(can.Durations, old.Duration) {
		known.Duration = old.Duration
	}
	if slices.Contains(can.Resolutions, old.Resolution) {
		known.Resolution = old.Resolution
	}
	if slices.Contains(can.AspectRatios, old.AspectRatio) {
		known.AspectRatio = old.AspectRatio
	}
	if can.ExpandPrompt {
		known.ExpandPrompt = old.ExpandPrompt
	}
	return known
}

// inherited is what a video that goes on from another takes over of its settings:
// nothing where the dialect sees to that.
func (s *Set) inherited(from store.Settings) store.Settings {
	if !s.Capabilities.ExtendSettings {
		return store.Settings{}
	}
	known := s.known(from)
	return store.Settings{Model: known.Model, Resolution: known.Resolution, AspectRatio: known.AspectRatio}
}

// fitted are the settings of a job without those that the dialect does not take
// together with the rest of it. It is for settings that nobody has chosen now:
// those of a video that another is made from or after.
func (s *Set) fitted(j store.Job) store.Settings {
	leave := []func(*store.Settings){
		func(c *store.Settings) { c.AspectRatio = "" },
		func(c *store.Settings) { c.Loop = false },
		func(c *store.Settings) { c.Duration = 0 },
	}
	for range leave { // leaving one out can bring another conflict to light
		for _, out := range leave {
			one, other, clash := s.Capabilities.Conflict(order.Request(j))
			if !clash {
				return j.Settings
			}
			without := j
			out(&without.Settings)
			if a, b, still := s.Capabilities.Conflict(order.Request(without)); !still || a != one || b != other {
				j = without
			}
		}
	}
	return j.Settings
}

// defaulted fills in what the member has not chosen by the defaults of the server,
// as far as the dialect knows them and takes them together with what was chosen.
// It is for new dreams alone: what is made after another job has that one's
// settings.
func (s *Set) defaulted(ctx context.Context, in Interaction, j store.Job) (store.Job, error) {
	rules, err := s.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return store.Job{}, err
	}
	d, can := s.known(rules.Defaults), s.Capabilities
	for _, set := range []func(*store.Settings){
		func(c *store.Settings) { fill(&c.Model, d.Model) },
		func(c *store.Settings) { fill(&c.Duration, d.Duration) },
		func(c *store.Settings) { fill(&c.Resolution, d.Resolution) },
	} {
		with := j
		set(&with.Settings)
		if _, _, clash := can.Conflict(order.Request(with)); !clash {
			j = with
		}
	}
	return j, nil
}

// fill sets what is not set.
func fill[T comparable](field *T, value T) {
	var unset T
	if *field == unset {
		*field = value
	}
}
