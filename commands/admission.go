package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// usualLength is how long a video counts as where neither the member nor the
// dialect says.
const usualLength = 5 * time.Second

// rules are those of a server that the bot is in; elsewhere there are none.
func (s *Set) rules(ctx context.Context, guild string, guest bool) (community.Settings, error) {
	if guild == "" || guest {
		return community.Settings{}, nil
	}
	rules, err := s.Community.Settings(ctx, guild)
	if err != nil {
		return community.Settings{}, fmt.Errorf("read the rules of server %s: %w", guild, err)
	}
	return rules, nil
}

// admit holds a job to the rules of the server that it is for and to what the
// dialect takes, and completes it: what it counts as, costs and is allowed, whether
// it is hidden, and in which language everybody reads it. Every way of starting a
// video leads through it, before anything is stored. A *Refusal says why the rules
// do not allow the job, or the dialect does not take it.
//
// The job has its Guild, Guest, Channel, Prompt, pictures and Settings; parent and
// roles are as in community.Wish.
func (s *Set) admit(ctx context.Context, j store.Job, parent string, roles []string) (store.Job, error) {
	rules, err := s.rules(ctx, j.Guild, j.Guest)
	if err != nil {
		return store.Job{}, err
	}
	if err := allowed(rules, community.Wish{Channel: j.Channel, Parent: parent, Roles: roles, Text: j.Prompt}); err != nil {
		return store.Job{}, err
	}
	if j, err = s.ordered(j); err != nil {
		return store.Job{}, err
	}
	j.Spoiler = j.Spoiler || rules.Hides(j.Channel, parent)
	j.Allowance = rules.Allowance()
	if j.Counts == 0 { // unless it is as long as what it is made from
		j.Counts = s.counts(j.Settings)
	}
	if rules.Language != "" {
		j.Locale = rules.Language
	}
	return j, nil
}

// mayBegin refuses a person for whom the rules of the server allow no video here,
// whatever its prompt: before they have written one.
func (s *Set) mayBegin(ctx context.Context, in Interaction) error {
	rules, err := s.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return err
	}
	return allowed(rules, community.Wish{Channel: in.Channel, Parent: in.Parent, Roles: in.Roles})
}

// allowed returns the refusal of a wish that the rules do not allow.
func allowed(rules community.Settings, w community.Wish) error {
	err := rules.Allow(w)
	var denied *community.Denied
	if !errors.As(err, &denied) {
		return err
	}
	args := i18n.Args{}
	switch denied.Reason {
	case community.ReasonChannel:
		args["Where"] = reply.Channels(denied.Where)
	case community.ReasonRole:
		args["Where"] = reply.Roles(denied.Where)
	case community.ReasonWord:
		args["Word"] = reply.Covered(denied.Word)
	}
	return refuse("refusal.rule."+string(denied.Reason), args)
}

// counts is the length of video that a job with these settings counts as.
func (s *Set) counts(chosen store.Settings) time.Duration {
	switch lengths := s.Capabilities.Durations; {
	case chosen.Duration > 0:
		return chosen.Duration
	case len(lengths) > 0:
		return lengths[0]
	}
	return usualLength
}

// publicLocale is the language of what everybody reads where an interaction comes
// from: as the server has set it, or has told Discord, or else the person's.
func publicLocale(rules community.Settings, in Interaction) string {
	switch {
	case rules.Language != "":
		return rules.Language
	case in.GuildLocale != "":
		return in.GuildLocale
	}
	return in.Locale
}

// unsubmitted is what a person reads when the line, or the day's allowance, does
// not take their job.
func unsubmitted(err error) error {
	var busy *store.BusyError
	var spent *store.SpentError
	switch {
	case errors.Is(err, store.ErrFull):
		return refuse("refusal.line.full")
	case errors.As(err, &busy):
		return refuse("refusal.busy", i18n.Args{"Max": busy.Limit, "Time": busy.Until})
	case errors.As(err, &spent):
		return refuse("refusal.spent."+string(spent.Bound),
			i18n.Args{"Max": spent.MemberDreams, "Length": spent.GuildLength, "Time": spent.Until})
	}
	return &Refusal{Key: "refusal.unstored", Err: err}
}
