package commands

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// setting is one rule of a server: the tab that it is on, and how what was chosen
// or filled in is read and checked. It can come from anybody's hand: Discord's
// client offers only what fits.
type setting struct {
	tab  string
	read func(ctx context.Context, in Interaction) (func(*community.Settings), error)
}

// menus are the rules that are set by select menus.
func (s *settings) menus() map[string]setting {
	return map[string]setting{
		reply.SetChannels:     {reply.TabAccess, listed(community.MaxChannels, func(r *community.Settings) *[]string { return &r.Channels })},
		reply.SetRoles:        {reply.TabAccess, roles},
		reply.SetHidden:       {reply.TabWords, listed(community.MaxChannels, func(r *community.Settings) *[]string { return &r.Hidden })},
		reply.SetMemberDreams: {reply.TabLimits, picked(memberDreams)},
		reply.SetGuildLength:  {reply.TabLimits, picked(s.guildLength)},
		reply.SetModel:        {reply.TabDefaults, oneOf(s.Capabilities.Models, func(r *community.Settings, v string) { r.Defaults.Model = v })},
		reply.SetResolution: {reply.TabDefaults, oneOf(s.Capabilities.Resolutions, func(r *community.Settings, v string) {
			r.Defaults.Resolution = v
		})},
		reply.SetDuration: {reply.TabDefaults, oneOf(lengths(s.Capabilities.Durations), func(r *community.Settings, v string) {
			r.Defaults.Duration, _ = time.ParseDuration(v) // one of the dialect's, or none
		})},
		reply.SetLanguage: {reply.TabDefaults, oneOf(i18n.Locales(), func(r *community.Settings, v string) { r.Language = v })},
		reply.SetSpoiler: {reply.TabWords, oneOf([]string{string(community.SpoilerChannels), string(community.SpoilerAlways)},
			func(r *community.Settings, v string) { r.Spoiler = community.Spoiler(v) })},
		reply.SetShowcase: {reply.TabSharing, s.showcase},
		reply.SetReaction: {reply.TabSharing, picked(reaction)},
	}
}

// dialogs are the rules that are set by dialogs.
func (s *settings) dialogs() map[string]setting {
	return map[string]setting{
		reply.SetExact: {reply.TabLimits, func(_ context.Context, in Interaction) (func(*community.Settings), error) {
			dreams, err := memberDreams(cmp.Or(strings.TrimSpace(in.Inputs[reply.InputMemberDreams]), "0"))
			if err != nil {
				return nil, err
			}
			length, err := s.guildLength(cmp.Or(strings.TrimSpace(in.Inputs[reply.InputGuildLength]), "0"))
			if err != nil {
				return nil, err
			}
			return func(r *community.Settings) { dreams(r); length(r) }, nil
		}},
		reply.SetUnwanted: {reply.TabWords, func(_ context.Context, in Interaction) (func(*community.Settings), error) {
			list, err := unwanted(in.Inputs[reply.InputUnwanted])
			return func(r *community.Settings) { r.Unwanted = list }, err
		}},
	}
}

// listed reads any number of ids, at most as many as fit.
func listed(most int, of func(*community.Settings) *[]string) func(context.Context, Interaction) (func(*community.Settings), error) {
	return func(_ context.Context, in Interaction) (func(*community.Settings), error) {
		if len(in.Values) > most || slices.ContainsFunc(in.Values, func(id string) bool { return !snowflake(id) }) {
			return nil, refuse("refusal.unknown")
		}
		return func(r *community.Settings) { *of(r) = slices.Clone(in.Values) }, nil
	}
}

// roles reads the roles of which one needs one. The one that everybody has bears
// the server's id, and no list of a member's roles names it: with it, everybody may.
func roles(ctx context.Context, in Interaction) (func(*community.Settings), error) {
	if slices.Contains(in.Values, in.Guild) {
		return func(r *community.Settings) { r.Roles = nil }, nil
	}
	return listed(community.MaxRoles, func(r *community.Settings) *[]string { return &r.Roles })(ctx, in)
}

// picked reads the one value that was chosen.
func picked(read func(value string) (func(*community.Settings), error)) func(context.Context, Interaction) (func(*community.Settings), error) {
	return func(_ context.Context, in Interaction) (func(*community.Settings), error) {
		if len(in.Values) != 1 {
			return nil, refuse("refusal.unknown")
		}
		return read(in.Values[0])
	}
}

// oneOf reads one of the values that there are, or none of them.
func oneOf(values []string, set func(r *community.Settings, value string)) func(context.Context, Interaction) (func(*community.Settings), error) {
	return picked(func(value string) (func(*community.Settings), error) {
		switch {
		case value == reply.ValueNone:
			value = ""
		case !slices.Contains(values, value):
			return nil, refuse("refusal.unknown")
		}
		return func(r *community.Settings) { set(r, value) }, nil
	})
}

func lengths(list []time.Duration) []string {
	var all []string
	for _, d := range list {
		all = append(all, d.String())
	}
	return all
}

// memberDreams reads how many dreams a member may start in a day; 0 is no limit.
func memberDreams(value string) (func(*community.Settings), error) {
	n, err := number(value, 1, community.MaxMemberDreams)
	return func(r *community.Settings) { r.MemberDreams = n }, err
}

// guildLength reads how many seconds of video the server may use in a day; 0 is no
// limit, and less than the longest video would be none at all.
func (s *settings) guildLength(value string) (func(*community.Settings), error) {
	least := usualLength
	if list := s.Capabilities.Durations; len(list) > 0 {
		least = max(least, slices.Max(list))
	}
	n, err := number(value, int(least/time.Second), int(community.MaxGuildLength/time.Second))
	return func(r *community.Settings) { r.GuildLength = time.Duration(n) * time.Second }, err
}

// number reads 0, or a number within bounds.
func number(value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n != 0 && (n < least || n > most) {
		return 0, refuse("refusal.settings.number", i18n.Args{"Min": least, "Max": most})
	}
	return n, nil
}

// reaction reads how many members must react.
func reaction(value string) (func(*community.Settings), error) {
	var chosen community.Reaction
	switch value {
	case reply.ValueNone:
	case reply.ValueOff:
		chosen.Off = true
	default:
		n, err := number(value, 1, community.MaxMembers)
		if err != nil || n == 0 {
			return nil, refuse("refusal.unknown")
		}
		chosen.Members = n
	}
	return func(r *community.Settings) { r.Reaction = chosen }, nil
}

// showcaseLimit bounds the look at a channel before an answer is due.
const showcaseLimit = 1500 * time.Millisecond

// showcase reads the channel that is posted in, or none. It must be one of this
// server that the bot sees, and the person too: a forged id would have the bot
// post elsewhere.
func (s *settings) showcase(ctx context.Context, in Interaction) (func(*community.Settings), error) {
	if len(in.Values) == 0 {
		return func(r *community.Settings) { r.Showcase = "" }, nil
	}
	if len(in.Values) > 1 || !snowflake(in.Values[0]) {
		return nil, refuse("refusal.unknown")
	}
	channel := in.Values[0]
	asking, cancel := context.WithTimeout(ctx, showcaseLimit)
	defer cancel()
	permissions, err := s.Rights.Permissions(asking, in.Guild, channel, Member{ID: in.Member, Roles: in.Roles})
	if err != nil {
		s.Log.Warn("a channel cannot be made the showcase", "guild", in.Guild, "channel", channel, "err", err)
	}
	if err != nil || !has(permissions, permissionViewChannel) {
		return nil, refuse("refusal.settings.showcase")
	}
	return func(r *community.Settings) { r.Showcase = channel }, nil
}

// unwanted reads words and phrases, one from each line.
func unwanted(text string) ([]string, error) {
	var list []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		word := reply.Line(line, len(line)) // one line of text that is seen
		if n := len([]rune(word)); n > community.MaxUnwantedSize {
			return nil, refuse("refusal.settings.word", i18n.Args{"Word": reply.Covered(word), "Max": community.MaxUnwantedSize})
		}
		if word != "" && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	if len(list) > community.MaxUnwanted {
		return nil, refuse("refusal.settings.words", i18n.Args{"Count": len(list), "Max": community.MaxUnwanted})
	}
	return list, nil
}
