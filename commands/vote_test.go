package commands_test

import (
	"errors"
	"testing"
	"time"

	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

func TestAReactionIsAVote(t *testing.T) {
	f := setUp(t)
	p := f.share(t, f.video(t, 1, home, "a boat"))
	vote := commands.Reaction{Member: commands.Member{ID: "401"}, Guild: "100", Channel: "200", Message: p.Result.Message, Emoji: "🌟"}
	f.react(t, vote, commands.ReactionVoted)
	f.react(t, vote, commands.ReactionVoted)
	expect := func(want int) {
		t.Helper()
		if now, err := f.community.Store.Prompt(t.Context(), "100", p.ID); err != nil || now.Votes != want {
			t.Errorf("%d votes, want %d, %v", now.Votes, want, err)
		}
	}
	expect(1)
	taken := vote
	taken.Removed = true
	f.react(t, taken, commands.ReactionUnvoted)
	expect(0)
	f.react(t, vote, commands.ReactionVoted)
	all := commands.Reaction{Guild: "100", Channel: "200", Message: p.Result.Message, Removed: true}
	f.react(t, all, commands.ReactionCounted) // those that ask for an extension, too
	expect(0)
	f.react(t, vote, commands.ReactionVoted)
	all.Emoji = "🌟"
	f.react(t, all, commands.ReactionUnvoted)
	expect(0)
	for _, elsewhere := range []func(*commands.Reaction){
		func(r *commands.Reaction) { r.Guild = "101" }, func(r *commands.Reaction) { r.Guild = "" },
		func(r *commands.Reaction) { r.Channel = "201" }, func(r *commands.Reaction) { r.Message = "1" },
	} {
		r := vote
		elsewhere(&r)
		f.react(t, r, commands.ReactionIgnored)
	}
	if len(f.line.got) > 0 || len(f.rights.asked) > 0 {
		t.Errorf("%d jobs; asked for the rights of %v", len(f.line.got), f.rights.asked)
	}
}

func TestAVoteUnderAPost(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.Showcase = "300" })
	p := f.share(t, f.video(t, 1, home, "a boat"))
	if _, err := f.community.Store.Change(t.Context(), p.ID, func(p *community.Prompt) error {
		p.Post.State, p.Post.Message = community.PostMade, "850"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	f.react(t, commands.Reaction{Member: commands.Member{ID: "401"}, Guild: "100", Channel: "300", Message: "850", Emoji: "🌟"}, commands.ReactionVoted)
	f.react(t, commands.Reaction{Guild: "100", Channel: "300", Message: "850", Removed: true}, commands.ReactionUnvoted)
}

// What a server has set holds for reactions as for commands.
func TestReactionsKeepToTheRulesOfTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		rules   community.Settings
		channel string // of the result
		want    commands.Outcome
	}{
		"none":                      {community.Settings{}, "200", commands.ReactionExtended},
		"off":                       {community.Settings{Reaction: community.Reaction{Off: true}}, "200", commands.ReactionIgnored},
		"two are needed":            {community.Settings{Reaction: community.Reaction{Members: 2}}, "200", commands.ReactionCounted},
		"in that channel":           {community.Settings{Channels: []string{"200"}}, "200", commands.ReactionExtended},
		"not in that channel":       {community.Settings{Channels: []string{"201"}}, "200", commands.ReactionRefused},
		"in a thread of it":         {community.Settings{Channels: []string{"200"}}, "2001", commands.ReactionExtended},
		"in a thread of another":    {community.Settings{Channels: []string{"201"}}, "2001", commands.ReactionRefused},
		"with that role":            {community.Settings{Roles: []string{"1"}}, "200", commands.ReactionExtended},
		"without that role":         {community.Settings{Roles: []string{"2"}}, "200", commands.ReactionRefused},
		"with an unwanted word":     {community.Settings{Unwanted: []string{"boat"}}, "200", commands.ReactionRefused},
		"with something left today": {community.Settings{MemberDreams: 1}, "200", commands.ReactionExtended},
	} {
		f := setUp(t)
		f.rule(t, "100", func(s *community.Settings) { *s = c.rules })
		j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: c.channel, Member: "400", Prompt: "a boat", Locale: "en-US", Remote: "gen-1"}, store.StateCompleted)
		f.react(t, reaction(j, "401"), c.want)
		if (len(f.line.got) == 1) != (c.want == commands.ReactionExtended) {
			t.Errorf("%s: %d jobs", name, len(f.line.got))
		}
		// Only those count who could have asked by the command.
		if now, err := f.store.Get(t.Context(), j.ID); err != nil || (len(now.Reactors) == 1) != (c.want == commands.ReactionExtended || c.want == commands.ReactionCounted) {
			t.Errorf("%s: %v react, %v", name, now.Reactors, err)
		}
	}
}

// The day's allowance and what rules say of the card hold, too.
func TestAReactionIsHeldToTheAllowance(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) {
		s.MemberDreams, s.Spoiler, s.Language = 1, community.SpoilerAlways, "zh-CN"
	})
	first, second := f.result(t, 1), f.result(t, 2)
	f.react(t, reaction(first, "401"), commands.ReactionExtended)
	got := f.line.got[0]
	if !got.Spoiler || got.Locale != "zh-CN" || got.Counts != 5*time.Second || got.Allowance.MemberDreams != 1 {
		t.Errorf("asked for %+v", got)
	}
	f.react(t, reaction(second, "401"), commands.ReactionRefused)
	f.react(t, reaction(second, "402"), commands.ReactionExtended)
}

func TestAThreadThatCannotBeLookedUpIsAFault(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.Channels = []string{"200"} })
	j := f.result(t, 1)
	f.rights.err = errors.New("away")
	if outcome, _, err := f.set.React(t.Context(), reaction(j, "401")); err == nil || len(f.line.got) > 0 {
		t.Errorf("%q, %v", outcome, err)
	}
}
