package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// comeBack checks that somebody is refused, and told when to come back.
func (w *world) comeBack(o discord.Outcome, user string) {
	w.t.Helper()
	if m := w.told(o, user); !strings.Contains(says(&m), "<t:") {
		w.t.Errorf("it does not say when to come back:\n%s", says(&m))
	}
}

func TestADaysAllowanceIsCountedGivenBackAndBeginsAnew(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "limits", "memberdreams", "2")
	done := w.dreamt(ben, dreams, "the first of two")
	failing := w.replies(ben, dreams, "dream", given("prompt", "the second of two"))
	w.comeBack(w.types(ben, dreams, "dream", given("prompt", "one too many")), ben)
	w.comeBack(w.does(ben, done, "again"), ben)
	w.comeBack(w.sends(ben, w.dialog(w.does(ben, done, "remix")), map[string]string{"prompt": "by another way"}), ben)
	w.comeBack(w.types(ben, dreams, "extend", given("prompt", "further")), ben)
	w.reacts(ben, done, fastForward)
	w.told(w.types(ben, dreams, "usage"), ben, "2")
	w.dreamt(mei, dreams, "another member's")

	// What fails is given back, once.
	w.advance(w.paid("the second of two"), "generation")
	w.shows(failing.ID, "Failed")
	w.end()
	w.start()
	w.replies(ben, dreams, "dream", given("prompt", "in its place"))
	w.comeBack(w.types(ben, dreams, "dream", given("prompt", "one too many")), ben)
	w.later(24 * time.Hour)
	w.replies(ben, dreams, "dream", given("prompt", "on another day"))
	for _, g := range w.box.Luma.Generations() {
		if strings.Contains(g.Prompt, "too many") || strings.Contains(g.Prompt, "another way") || g.Parent != "" {
			t.Errorf("paid for: %q of %q", g.Prompt, g.Parent)
		}
	}
}

func TestAServersSecondsAreBounded(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	dialog := w.exact(ada, "", "10")
	w.told(dialog, ada)
	w.replies(ben, dreams, "dream", given("prompt", "five seconds"), given("duration", "5s"))
	w.replies(mei, dreams, "dream", given("prompt", "five more"), given("duration", "5s"))
	w.comeBack(w.types(omar, general, "dream", given("prompt", "too much")), omar)
	w.replies(ben, workshop, "dream", given("prompt", "in another server"))
	w.told(w.types(omar, general, "usage"), omar, "10")
}

// exact sets both limits of the harbor by their dialog.
func (w *world) exact(user, dreamsOfMember, seconds string) discord.Outcome {
	w.t.Helper()
	m := w.told(w.types(user, dreams, "settings"), user)
	m = w.told(w.does(user, m, "settings", "limits"), user)
	return w.sends(user, w.dialog(w.does(user, m, "settings", "exact")),
		map[string]string{"member_dreams": dreamsOfMember, "guild_length": seconds})
}

func TestRulesHoldForEveryWayOfDreaming(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	done := w.invited(w.dreamt(ada, general, "before there were rules"), fastForward)
	w.told(w.does(ada, done, "share"), ada)
	refused := func(o discord.Outcome, user string, words ...string) {
		t.Helper()
		w.told(o, user, words...)
	}
	reacted := 0
	everyWay := func(user string, words ...string) {
		t.Helper()
		refused(w.types(user, general, "dream", given("prompt", "by command")), user, words...)
		refused(w.types(user, general, "extend", given("prompt", "by command"), given("video", job(t, done))), user, words...)
		refused(w.does(user, done, "again"), user, words...)
		refused(w.forges(user, done, "1:use:"+job(t, done)), user, words...)
		for _, verb := range []string{"remix", "extend"} {
			o := w.does(user, done, verb)
			if o.Kind == discord.OutcomeModal {
				o = w.sends(user, *o.Modal, map[string]string{"prompt": "by dialog"})
			}
			refused(o, user, words...)
		}
		// It must be over before the rules are others.
		reacted++
		w.reacts(user, done, fastForward)
		w.counted("outcome=refused", reacted)
		w.takesBack(user, done, fastForward)
	}
	w.settles(ada, dreams, "access", "channels", dreams)
	everyWay(ben, "<#"+dreams+">")
	w.settles(ada, dreams, "access", "channels")
	w.settles(ada, dreams, "access", "roles", artist)
	everyWay(ben, "<@&"+artist+">")
	w.settles(ada, dreams, "access", "roles")
	w.nothingMore()
	for _, g := range w.box.Luma.Generations() {
		if strings.Contains(g.Prompt, "by ") || g.Parent != "" {
			t.Errorf("paid for: %q of %q", g.Prompt, g.Parent)
		}
	}
	w.card(w.types(ben, general, "dream", given("prompt", "free again")))
}

func TestUnwantedWordsAreFoundBeforeAnythingIsPaid(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.told(w.types(ada, dreams, "settings"), ada)
	m = w.told(w.does(ada, m, "settings", "words"), ada)
	w.told(w.sends(ada, w.dialog(w.does(ada, m, "settings", "unwanted")), map[string]string{"unwanted": "Café noir\n暴力\nzap"}), ada)
	for _, prompt := range []string{"a CAFE NOIR at night", "ｚａｐ it", "很暴力的场面", "a Zàp"} {
		o := w.types(ben, dreams, "dream", given("prompt", prompt))
		w.told(o, ben)
	}
	w.card(w.types(ben, dreams, "dream", given("prompt", "a zapper in a cafe")))
	w.paid("a zapper in a cafe")
	if n := len(w.box.Luma.Generations()); n != 1 {
		t.Errorf("%d were paid for", n)
	}
}

func TestWhatLumaModeratesIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.box.Luma.Release()
	w.start()
	m := w.replies(ben, dreams, "dream", given("prompt", "something moderated and unspeakable"))
	m = w.shows(m.ID, "Failed")
	for _, text := range []string{says(&m), says(w.types(mei, dreams, "story", given("video", strings.TrimPrefix(pressable(m, "retry"), "1:retry:"))).Message)} {
		if strings.Contains(text, "unspeakable") {
			t.Errorf("it repeats it:\n%s", text)
		}
	}
	dialog := w.dialog(w.does(mei, m, "retry"))
	if strings.Contains(fmt.Sprintf("%+v", dialog), "unspeakable") {
		t.Error("somebody else's dialog holds it")
	}
}

func TestSpoilersByWishAndByRule(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.box.Luma.Release()
	w.start()
	hidden := func(m discord.Message, want bool) {
		t.Helper()
		_, video := media(m)
		if video == nil || video.Spoiler != want {
			t.Errorf("spoiler is not %v on:\n%s", want, says(&m))
		}
	}
	dreamt := func(channel, prompt string, options ...discord.GivenValue) discord.Message {
		t.Helper()
		return w.done(w.replies(ada, channel, "dream", append(options, given("prompt", prompt))...))
	}
	first := dreamt(dreams, "by wish", given("spoiler", true))
	hidden(first, true)
	hidden(dreamt(dreams, "in the open"), false)
	again := w.card(w.does(ben, first, "again"))
	hidden(w.shows(again.ID, "Completed"), true)
	w.settles(ada, dreams, "words", "spoiler", "channels")
	w.settles(ada, dreams, "words", "hidden", general)
	hidden(dreamt(general, "by the channel's rule"), true)
	hidden(dreamt(dreams, "not that channel"), false)
	w.settles(ada, dreams, "words", "spoiler", "always")
	hidden(dreamt(dreams, "by the server's rule"), true)
}

func TestDefaultsAndLanguageOfAServer(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "defaults", "duration", "5s")
	w.settles(ada, dreams, "defaults", "language", "zh-CN")
	m := w.replies(ben, dreams, "dream", given("prompt", "in the server's language"))
	g := w.paid("in the server's language")
	if !lasts(g, 5) {
		t.Errorf("it lasts %v", g.Duration)
	}
	w.shows(m.ID, "Luma", "秒")
	// What one alone reads is in their own.
	w.told(w.types(ben, dreams, "usage"), ben, "today")
}

func TestOneWhoHasTenDoesNotHoldUpOneWhoHasOne(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "1"
	w.start()
	var first luma.Generation
	for n := range 10 {
		w.replies(ada, dreams, "dream", given("prompt", fmt.Sprint("one of ten ", n)))
		if n == 0 { // before the others, one of which could overtake it
			first = w.paid("one of ten 0")
		}
	}
	w.replies(ben, dreams, "dream", given("prompt", "the only one"))
	w.replies(ben, workshop, "dream", given("prompt", "in another server"))
	w.box.Luma.Release()
	w.paid("one of ten 9")
	place := map[string]int{}
	for n, g := range w.box.Luma.Generations() {
		place[g.Prompt] = n
	}
	if place["the only one"] > 4 || place["in another server"] > 3 {
		t.Errorf("the order after %s is %v", first.ID, place)
	}
}
