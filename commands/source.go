package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// made is a job of a kind in a guild, or outside of guilds, that is made from
// another one's video, and is hidden where that is.
func made(kind store.Kind, from store.Job, guild, prompt string) store.Job {
	return store.Job{Kind: kind, Prompt: prompt, Parent: from.ID, Source: from.Remote,
		Back: spotIn(from, guild), Spoiler: from.Spoiler}
}

// madeOver is made for a kind that makes the video itself over: it is as long as it
// was, and has its settings, as far as the dialect knows them.
func (s *Set) madeOver(kind store.Kind, of store.Job, guild, prompt string) store.Job {
	j := made(kind, of, guild, prompt)
	j.Settings = s.known(of.Settings)
	j.Settings.ExpandPrompt = nil // it was dreamed already
	j.Counts = of.Length().Round(time.Second)
	return j
}

// spotIn is where a job's message stands, if that is in a guild, or outside of
// guilds: a card leads there only where both stand in the same, since the address
// of a message names the guild.
func spotIn(j store.Job, guild string) store.Spot {
	if j.SpotGuild() != guild {
		return store.Spot{}
	}
	return j.Spot()
}

// videoOption asks for a video, by its id, which completes.
func (s *Set) videoOption(name, describedBy string) DefinedOption {
	o := s.option(optionString, name, describedBy)
	o.Autocomplete = true
	return o
}

// chosenVideo is the one that the option "video" names, or else the member's
// newest here; where there is none, it is refused with the sentence none.
func (s *Set) chosenVideo(ctx context.Context, in Interaction, none string) (store.Job, error) {
	if strings.TrimSpace(in.Options["video"].Text) != "" {
		return s.namedVideo(ctx, in, "video")
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

// namedVideo is the one that an option names.
func (s *Set) namedVideo(ctx context.Context, in Interaction, option string) (store.Job, error) {
	j, err := s.visible(ctx, in, strings.TrimSpace(in.Options[option].Text))
	if errors.Is(err, store.ErrNotFound) {
		return store.Job{}, refuse("refusal.video.unknown")
	}
	return j, err
}

// finished says why nothing can be made from a job.
func finished(j store.Job) error {
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

// suggested are the member's newest videos and then the channel's, by their
// prompts, as far as they contain what was typed for an option.
func (s *Set) suggested(ctx context.Context, in Interaction, option string) ([]Choice, error) {
	typed := strings.ToLower(strings.TrimSpace(in.Options[option].Text))
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
			choices = append(choices, Choice{Name: videoName(j), Value: j.ID})
		}
	}
	return choices, nil
}

// videoName is what a video is suggested by: its prompt, and what tells it from the
// video that it was made over from.
func videoName(j store.Job) string {
	switch j.Kind {
	case store.KindUpscale:
		return reply.Label(j.Settings.Resolution + " · " + j.Prompt)
	case store.KindSound:
		return reply.Label("🔊 " + j.Prompt)
	}
	return reply.Label(j.Prompt)
}
