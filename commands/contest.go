package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/xid"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// contests are competitions of what is shared.
func (s *Set) contests() part { return part{commands: []command{&contest{s}}} }

// contest is /contest start and /contest stop, for moderators.
type contest struct{ *Set }

func (c *contest) definition() Definition {
	theme, ends := c.option(optionString, "theme", ""), c.option(optionString, "ends", "")
	theme.Required, theme.MinLength, theme.MaxLength = true, 1, community.MaxTheme
	ends.Required, ends.Autocomplete = true, true
	return c.defineInServers("contest", permissionManageMessages, c.sub("contest", "start", theme, ends), c.sub("contest", "stop"))
}

func (c *contest) run(ctx context.Context, in Interaction) (Answer, error) {
	switch {
	case in.Guild == "" || in.Guest:
		return Answer{}, refuse("refusal.server")
	case !has(in.Permissions, permissionManageMessages): // a server can show the command to everybody
		return Answer{}, refuse("refusal.contest.rights")
	case in.Sub == "start":
		return c.start(ctx, in)
	case in.Sub == "stop":
		return c.stop(ctx, in)
	}
	return Answer{}, refuse("refusal.unknown")
}

// start begins a contest, and tells everybody.
func (c *contest) start(ctx context.Context, in Interaction) (Answer, error) {
	theme := reply.Line(in.Options["theme"].Text, community.MaxTheme)
	if theme == "" {
		return Answer{}, refuse("refusal.contest.theme")
	}
	rules, err := c.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return Answer{}, err
	}
	if err := allowed(community.Settings{Unwanted: rules.Unwanted}, community.Wish{Text: theme}); err != nil {
		return Answer{}, err
	}
	now := c.Now().UTC()
	ends, err := endOf(in.Options["ends"].Text, now)
	if err != nil {
		return Answer{}, err
	}
	begun := community.Contest{ID: xid.New().String(), Guild: in.Guild, Channel: in.Channel, Theme: theme,
		StartedBy: in.Member, Locale: publicLocale(rules, in), Starts: now, Ends: ends, State: community.ContestRunning}
	if err := c.Community.StartContest(ctx, begun); errors.Is(err, community.ErrExists) {
		return Answer{}, c.running(ctx, in.Guild)
	} else if err != nil {
		return Answer{}, err
	}
	m := reply.ContestOpened(c.Catalog.For(begun.Locale), begun)
	return Answer{Public: &m, Sent: func(ctx context.Context, message string) error {
		return c.Community.Opened(ctx, begun.ID, message)
	}}, nil
}

// running refuses another contest beside the one that runs.
func (c *contest) running(ctx context.Context, guild string) error {
	r, err := c.Community.Store.Running(ctx, guild)
	if err != nil { // it has ended this moment
		return fmt.Errorf("read the contest that runs in server %s: %w", guild, err)
	}
	return refuse("refusal.contest.running", i18n.Args{"Theme": reply.Label(r.Theme), "Time": r.Ends})
}

// endOf reads when a contest ends, within the bounds of one that begins now.
func endOf(text string, now time.Time) (time.Time, error) {
	ends, ok := readEnds(text, now)
	switch {
	case !ok:
		return time.Time{}, refuse("refusal.contest.ends", i18n.Args{"Typed": text})
	case ends.Before(now.Add(community.MinDuration)):
		return time.Time{}, refuse("refusal.contest.ends.soon", i18n.Args{"Minutes": int(community.MinDuration / time.Minute)})
	case ends.After(now.Add(community.MaxDuration)):
		return time.Time{}, refuse("refusal.contest.ends.late", i18n.Args{"Days": int(community.MaxDuration / (24 * time.Hour))})
	}
	return ends, nil
}

// stop ends the contest that runs here. The announcement follows by itself.
func (c *contest) stop(ctx context.Context, in Interaction) (Answer, error) {
	stopped, err := c.Community.StopContest(ctx, in.Guild)
	if errors.Is(err, community.ErrNotFound) {
		return Answer{}, refuse("refusal.contest.none")
	}
	if err != nil {
		return Answer{}, err
	}
	m := reply.ContestStopped(c.Catalog.For(in.Locale), stopped)
	return Answer{Notice: &m}, nil
}

// suggestedEnds are offered for the end of a contest, by their keys.
var suggestedEnds = []struct{ typed, key string }{
	{"1h", "contest.ends.hour"}, {"1d", "contest.ends.day"}, {"3d", "contest.ends.days"}, {"1w", "contest.ends.week"}}

// complete says what was typed is read as, and offers what is often meant.
func (c *contest) complete(_ context.Context, in Interaction) ([]Choice, error) {
	p, typed := c.Catalog.For(in.Locale), strings.TrimSpace(in.Options["ends"].Text)
	if in.Focused != "ends" {
		return nil, nil
	}
	var list []Choice
	if ends, err := endOf(typed, c.Now().UTC()); err == nil {
		list = append(list, Choice{Value: typed, Name: p.Say("contest.ends.at", i18n.Args{"Time": ends.Format("2006-01-02 15:04")})})
	}
	for _, s := range suggestedEnds {
		if s.typed != typed {
			list = append(list, Choice{Name: p.Say(s.key), Value: s.typed})
		}
	}
	return list, nil
}
