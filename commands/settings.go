package commands

import (
	"context"
	"fmt"
	"slices"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// governing is the rules of a server, and what a member can do with their own data.
func (s *Set) governing() part {
	st, f := &settings{s}, &forget{Set: s}
	return part{[]command{st, &usage{s}, &export{s}, f}, map[reply.Verb]action{
		reply.ActionSettings: st,
		reply.ActionForget:   f,
		reply.ActionSpare:    &spare{Set: s},
	}}
}

// settings is /settings: the card of a server's rules, its menus and its dialogs.
type settings struct{ *Set }

func (s *settings) definition() Definition {
	return s.defineInServers("settings", permissionManageServer)
}

func (s *settings) run(ctx context.Context, in Interaction) (Answer, error) {
	if err := s.may(in); err != nil {
		return Answer{}, err
	}
	rules, err := s.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return Answer{}, err
	}
	return s.page(in, rules, reply.TabAccess, ""), nil
}

// may refuses those who do not manage the server. It is asked at every press: a
// card outlasts the right to it, a server can give the command to others, and a
// custom id can be forged.
func (s *settings) may(in Interaction) error {
	switch {
	case !in.inServer():
		return refuse("refusal.server")
	case !has(in.Permissions, permissionManageServer):
		return refuse("refusal.settings.rights")
	}
	return nil
}

func (s *settings) page(in Interaction, rules community.Settings, tab, saved string) Answer {
	m := reply.Settings(s.Catalog.For(in.Locale), reply.SettingsPage{Tab: tab, Rules: rules, Saved: saved,
		Reacting: s.Reactions.Extend != "", Models: s.Capabilities.Models,
		Durations: s.Capabilities.Durations, Resolutions: s.Capabilities.Resolutions})
	return Answer{Notice: &m}
}

// press turns to a tab, opens a dialog, or sets what was chosen in a menu.
func (s *settings) press(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	if err := s.may(in); err != nil {
		return Answer{}, err
	}
	rules, err := s.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return Answer{}, err
	}
	p := s.Catalog.For(in.Locale)
	switch {
	case slices.Contains(reply.Tabs(), a.Arg):
		answer := s.page(in, rules, a.Arg, "")
		answer.Replace = true
		return answer, nil
	case a.Arg == reply.SetExact:
		m := reply.ExactModal(p, rules)
		return Answer{Modal: &m}, nil
	case a.Arg == reply.SetUnwanted:
		m := reply.UnwantedModal(p, rules.Unwanted)
		return Answer{Modal: &m}, nil
	}
	return s.set(ctx, in, a.Arg, s.menus())
}

// submit sets what a dialog was filled in with.
func (s *settings) submit(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	if err := s.may(in); err != nil {
		return Answer{}, err
	}
	return s.set(ctx, in, a.Arg, s.dialogs())
}

// set changes one rule and shows the tab that it is on. Moderators at the same
// time do not undo each other's changes: each touches its own rule alone.
func (s *settings) set(ctx context.Context, in Interaction, name string, known map[string]setting) (Answer, error) {
	rule, ok := known[name]
	if !ok {
		return Answer{}, refuse("refusal.unknown")
	}
	change, err := rule.read(ctx, in)
	if err != nil {
		return Answer{}, err
	}
	rules, err := s.Community.Store.SetSettings(ctx, in.Guild, func(r *community.Settings) error {
		change(r)
		r.Changed = s.Now()
		return nil
	})
	if err != nil {
		return Answer{}, fmt.Errorf("store a rule of server %s: %w", in.Guild, err)
	}
	s.Log.Info("a server's rule was changed", "guild", in.Guild, "member", in.Member, "rule", name)
	answer := s.page(in, rules, rule.tab, name)
	answer.Replace = true
	return answer, nil
}
