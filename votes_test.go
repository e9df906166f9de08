package main

import (
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
)

// votes waits until a prompt's card in the gallery says how many votes it has.
func (w *world) votes(prompt string, n string) {
	w.t.Helper()
	ctx := w.context()
	for {
		grown := w.logs.grown() // it tells of each reaction
		page := w.lists(ada, general, "search", given("words", prompt))
		if strings.Contains(says(&page), star+" "+n) {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			w.t.Fatalf("%q never has %s votes:\n%s", prompt, n, says(&page))
		}
	}
}

func TestAStarIsAVoteWhereverItStands(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "sharing", "showcase", general)
	boat := w.dreamt(ada, dreams, "voted for before it was shared")
	w.reacts(omar, boat, star)
	w.told(w.does(ada, boat, "share"), ada)
	post := w.shownIn(general, "voted for before")
	w.votes("voted", "1")
	w.reacts(ben, boat, star)
	w.reacts(ben, post, star)
	w.reacts(mei, post, star)
	w.votes("voted", "3") // Ben's are one
	w.takesBack(ben, boat, star)
	w.takesBack(mei, post, star)
	w.votes("voted", "2")
	w.takesBack(ben, post, star)
	w.votes("voted", "1")
}

func TestVotesThatWereMissedAreMadeGood(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "sharing", "showcase", general)
	boat := w.shared(ada, dreams, "voted for behind its back")
	post := w.shownIn(general, "behind its back")
	w.reacts(ben, boat, star)
	w.votes("behind", "1")
	w.end()
	w.takesBack(ben, boat, star)
	w.reacts(mei, boat, star)
	w.reacts(mei, post, star)
	w.reacts(omar, post, star)
	w.start()
	w.votes("behind", "2")
	// And through a connection that was lost for so long that nothing is replayed.
	w.end()
	w.takesBack(omar, post, star)
	w.start()
	w.votes("behind", "1")
}

// announced waits for the announcement of a contest's winners.
func (w *world) announced(channel string, words ...string) discord.Message {
	w.t.Helper()
	return w.message("an announcement", func(m discord.Message) bool {
		text := says(&m)
		for _, word := range append(words, "🏆") {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return m.ChannelID == channel && m.Author.ID == dreambot && m.InteractionID == ""
	})
}

func TestAContestIsAnnouncedOnceAcrossRestarts(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	before := w.shared(ada, dreams, "shared too early")
	o := w.types(omar, general, "contest start", given("theme", "boats in the night"), given("ends", "2h"))
	w.card(o)
	if !strings.Contains(says(o.Message), "boats in the night") {
		t.Errorf("it says:\n%s", says(o.Message))
	}
	w.told(w.types(omar, general, "contest start", given("theme", "another"), given("ends", "2h")), omar)
	first := w.shared(ada, dreams, "a boat with one star")
	second := w.shared(ben, dreams, "a boat with two stars")
	w.shared(mei, dreams, "a boat without any")
	w.reacts(ben, first, star)
	w.reacts(ada, second, star)
	w.reacts(omar, second, star)
	w.reacts(omar, before, star)
	w.votes("two", "2")
	w.end()
	// One more while nobody listens, before the end.
	w.reacts(mei, second, star)
	w.box.Discord.Skip(3 * time.Hour)
	w.ahead += 3 * time.Hour
	w.start()
	m := w.announced(general, "boats in the night", "<@"+ben+">", "<@"+ada+">", "3 "+star, "1 "+star)
	text := says(&m)
	if strings.Index(text, "<@"+ben+">") > strings.Index(text, "<@"+ada+">") || strings.Contains(text, "without any") ||
		strings.Contains(text, "too early") || len(m.Mentions) != 0 {
		t.Errorf("the winners, mentions %v:\n%s", m.Mentions, text)
	}
	w.later(time.Hour)
	w.later(time.Minute)
	w.nothingMore()
	n := 0
	for _, m := range w.box.Discord.Messages(general) {
		if strings.Contains(says(&m), "🏆") && m.InteractionID == "" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d announcements", n)
	}
	w.card(w.types(omar, general, "contest start", given("theme", "the next"), given("ends", "1d")))
}

func TestOnlyModeratorsHoldContests(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	if _, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: ben, Channel: general, Command: "contest start",
		Options: []discord.GivenValue{given("theme", "mine"), given("ends", "2h")}}); err == nil {
		t.Error("a member could start a contest")
	}
	for _, ends := range []string{"soon", "-3h", "1s", "400d", "2020-01-01", "99999999999999999999h"} {
		o := w.types(omar, general, "contest start", given("theme", "a theme"), given("ends", ends))
		if o.Message == nil || o.Message.OnlyFor != omar {
			t.Errorf("ends %q: %s %s", ends, o.Kind, says(o.Message))
		}
	}
	w.card(w.types(omar, general, "contest start", given("theme", "stopped early"), given("ends", "3d")))
	w.shared(ada, dreams, "an entry")
	w.types(omar, general, "contest stop")
	w.announced(general, "stopped early")
}
