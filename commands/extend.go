package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dreambot/bot/reply"
	"dreambot/store"
)

// extend is /extend and the Extend button: a video that goes on from a
// completed one of this server, or in direct messages of this person.
type extend struct{ *Set }

func (e *extend) definition() Definition {
	video := e.option(optionString, "video", "")
	video.Autocomplete = true
	options := []DefinedOption{e.promptOption("option.prompt.extend"), video}
	if e.Capabilities.ExtendEndImage {
		options = append(options, e.pictureOption("end_image"))
	}
	return e.define("extend", append(options, e.option(optionBoolean, "spoiler", ""))...)
}

func (e *extend) run(ctx context.Context, in Interaction) (Answer, error) {
	prompt, err := e.prompt(in.Options["prompt"].Text)
	if err != nil {
		return Answer{}, err
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
	if err := extendable(source); err != nil {
		return Answer{}, err
	}
	j := continuing(source, in.Guild, prompt)
	j.EndImage = last
	j.Spoiler = j.Spoiler || in.Options["spoiler"].Bool
	return e.start(ctx, in, j)
}

// continuing is a job in a guild, or outside of guilds, that goes on from another
// one's video, and is hidden where that is. Its card leads back to that where both
// stand in the same: the address of a message names the guild.
func continuing(from store.Job, guild, prompt string) store.Job {
	j := store.Job{Kind: store.KindExtend, Prompt: prompt, Parent: from.ID, Source: from.Remote,
		Root: from.Root, Part: max(from.Part, 1) + 1, Spoiler: from.Spoiler}
	if from.SpotGuild() == guild {
		j.Back = from.Spot()
	}
	return j
}

// chosenVideo is the one that the option "video" names, or else the member's
// newest here; where there is none, it is refused with the sentence none.
func (s *Set) chosenVideo(ctx context.Context, in Interaction, none string) (store.Job, error) {
	if id := strings.TrimSpace(in.Options["video"].Text); id != "" {
		j, err := s.visible(ctx, in, id)
		if errors.Is(err, store.ErrNotFound) {
			return store.Job{}, refuse("refusal.video.unknown")
		}
		return j, err
	}
	own, err := s.completed(ctx, store.Query{Member: in.Member, Guild: in.Guild, Channel: in.Channel}, 1)
	if err != nil {
		return store.Job{}, err
	}
	if len(own) == 0 {
		return store.Job{}, refuse(none)
	}
	return own[0], nil
}

// extendable says why a job cannot be extended.
func extendable(j store.Job) error {
	switch {
	case j.State == store.StateCompleted:
		return nil
	case j.State.Final():
		return refuse("refusal.video.failed")
	}
	return refuse("refusal.video.unfinished")
}

// maxPages bounds how far back a list is followed.
const maxPages = 5

// completed returns the newest completed jobs of a query, at most limit.
func (s *Set) completed(ctx context.Context, q store.Query, limit int) ([]store.Job, error) {
	q.State, q.Limit = store.StateCompleted, limit
	var list []store.Job
	for range maxPages {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list completed jobs: %w", err)
		}
		list = append(list, slices.DeleteFunc(page.Jobs, func(j store.Job) bool { return j.Removed })...)
		if q.Cursor = page.Next; q.Cursor == "" || len(list) >= limit {
			break
		}
	}
	return list[:min(len(list), limit)], nil
}

func (e *extend) complete(ctx context.Context, in Interaction) ([]Choice, error) {
	return e.suggested(ctx, in)
}

// suggested are the member's newest videos and then the channel's, by their
// prompts, as far as they contain what was typed.
func (s *Set) suggested(ctx context.Context, in Interaction) ([]Choice, error) {
	typed := strings.ToLower(strings.TrimSpace(in.Options["video"].Text))
	choices, seen := []Choice{}, map[string]bool{}
	for _, q := range []store.Query{
		{Member: in.Member, Guild: in.Guild},
		{Channel: in.Channel, Guild: in.Guild},
	} {
		jobs, err := s.completed(ctx, q, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if len(choices) == maxChoices {
				return choices, nil
			}
			if seen[j.ID] || !strings.Contains(strings.ToLower(j.Prompt), typed) && !strings.HasPrefix(j.ID, typed) ||
				!in.sees(j) {
				continue
			}
			seen[j.ID] = true
			choices = append(choices, Choice{Name: reply.Label(j.Prompt), Value: j.ID})
		}
	}
	return choices, nil
}

// press opens the modal for what happens next.
func (e *extend) press(_ context.Context, in Interaction, _ reply.Action, j store.Job) (Answer, error) {
	return e.ask(in, j)
}

// ask opens the modal for what happens next in a video.
func (e *extend) ask(in Interaction, j store.Job) (Answer, error) {
	if err := extendable(j); err != nil {
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
	if err := extendable(parent); err != nil {
		return Answer{}, err
	}
	return e.start(ctx, in, continuing(parent, in.Guild, prompt))
}
