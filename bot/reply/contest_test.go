package reply_test

import (
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// aContest is one that is over, with as many winners.
func aContest(winners, entries int) community.Contest {
	c := community.Contest{ID: someJob, Guild: "100", Channel: "200", Message: "300", Theme: "boat", StartedBy: "400",
		Starts: start, Ends: start.Add(72 * time.Hour), State: community.ContestOver, Entries: entries}
	for i := range winners {
		p := shared(i)
		c.Winners = append(c.Winners, community.Winner{Prompt: p.ID, Author: p.Author, Text: p.Text, Votes: p.Votes, Result: p.Result})
	}
	if winners == community.MaxWinners {
		c.Winners[2].Author = store.Nobody
	}
	return c
}

func TestAPostInEachLanguage(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for i, e := range exhibits() {
			m := reply.Showcase(c.For(locale), e.Prompt, e.Hidden)
			golden(t, strings.Join([]string{"post", []string{"entry", "remixed", "bare"}[i], locale}, "-"), m)
			if text := texts(t, m); strings.Contains(text, "🌟 "+string(rune('0'+e.Votes))) {
				t.Errorf("it shows votes, which it is not edited for: %s", text)
			}
			if m.Flags != reply.FlagComponentsV2 {
				t.Errorf("its flags are %d", m.Flags)
			}
			want := []reply.Action{{Verb: reply.ActionUse, Job: e.ID}, {Verb: reply.ActionReuse, Job: e.ID}}
			if got := actions(t, m); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
				t.Errorf("it offers %v", got)
			}
		}
	}
}

func TestContestsInEachLanguage(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		p := c.For(locale)
		opened := aContest(0, 0)
		golden(t, "contest-opened-"+locale, reply.ContestOpened(p, opened))
		opened.StartedBy = store.Nobody
		golden(t, "contest-opened-by-nobody-"+locale, reply.ContestOpened(p, opened))
		golden(t, "contest-stopped-"+locale, reply.ContestStopped(p, opened))
		golden(t, "contest-without-entries-"+locale, reply.ContestOver(p, aContest(0, 0)))
		golden(t, "contest-without-votes-"+locale, reply.ContestOver(p, aContest(0, 4)))
		golden(t, "contest-one-winner-"+locale, reply.ContestOver(p, aContest(1, 1)))
		golden(t, "contest-winners-"+locale, reply.ContestOver(p, aContest(community.MaxWinners, 12)))
	}
}

// An announcement is found again by the contest's id.
func TestAnAnnouncementSaysItsContest(t *testing.T) {
	for _, locale := range i18n.Locales() {
		if text := texts(t, reply.ContestOver(catalog(t).For(locale), aContest(1, 1))); !strings.Contains(text, someJob) {
			t.Errorf("it says %s", text)
		}
		if text := texts(t, reply.ContestOpened(catalog(t).For(locale), aContest(0, 0))); strings.Contains(text, someJob) {
			t.Errorf("the beginning would be found in its place: %s", text)
		}
	}
}

func TestContestsAndPostsKeepDiscordsBounds(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		p := c.For(locale)
		for _, prompt := range append(hostile, strings.Repeat("*", 6000), strings.Repeat("梦", 5000)) {
			checkMessage(t, reply.Showcase(p, fullest(0, prompt).Prompt, true))
			over := aContest(community.MaxWinners, 1_000_000)
			over.Theme, over.Guild, over.StartedBy = prompt, maxSnowflake, maxSnowflake
			for i := range over.Winners {
				w := &over.Winners[i]
				w.Text, w.Author, w.Votes, w.Result = prompt, maxSnowflake, 1_000_000, store.Spot{Channel: maxSnowflake, Message: maxSnowflake}
			}
			checkMessage(t, reply.ContestOver(p, over))
			checkMessage(t, reply.ContestOpened(p, over))
		}
	}
}
