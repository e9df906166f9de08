package reply_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// made is a job that is made from other videos, which stand where it does.
func made(kind store.Kind, state store.State) store.Job {
	j := job(kind, state)
	j.Settings = store.Settings{Model: "ray-2", Duration: 5 * time.Second, Resolution: "4k", AspectRatio: "9:16", Loop: true}
	j.Back = store.Spot{Channel: "200", Message: "299"}
	if kind == store.KindBlend {
		j.Second, j.SecondBack = "d0000000000000000002", store.Spot{Channel: "201", Message: "298"}
	}
	if kind == store.KindExtend {
		j.Part, j.Backward = 3, true
	}
	if state == store.StateFailed {
		j.Failure = store.FailureSourceGone
	}
	return j
}

// derived are the kinds that are made from other videos.
func derived() []store.Kind {
	return slices.DeleteFunc(store.Kinds(), func(k store.Kind) bool { return !k.Derived() })
}

// everything is a job of each kind with as much on its card as there can be.
func everything() []store.Job {
	const snowflake = "18446744073709551615"
	far := store.Spot{Channel: snowflake, Message: snowflake}
	var list []store.Job
	for _, kind := range derived() {
		for _, state := range store.States() {
			j := made(kind, state)
			j.Guild, j.Channel, j.Message, j.Member, j.Back = snowflake, snowflake, snowflake, snowflake, far
			if kind == store.KindBlend {
				j.SecondBack = far
			}
			yes := true
			j.Settings.ExpandPrompt, j.Guest, j.Route, j.Price, j.Priced, j.Part = &yes, true, store.RouteDirect, 123_456_789_000_000, true, 1000
			j.Remixes = []store.Credit{{Job: someJob, Member: snowflake}, {Job: someJob, Member: "18446744073709551614"}}
			if state == store.StateFailed {
				j.Failure = store.FailureUncertain
			}
			list = append(list, j)
		}
	}
	return list
}

// A card leads to the videos that it was made from where they stand somewhere, and
// names their jobs elsewhere.
func TestACardSaysWhatItWasMadeFrom(t *testing.T) {
	const there, second = "](https://discord.com/channels/100/200/299)", "](https://discord.com/channels/100/201/298)"
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, kind := range derived() {
			name := strings.Join([]string{"made", string(kind), locale}, "-")
			for _, state := range []store.State{store.StateWaiting, store.StateCompleted, store.StateFailed} {
				golden(t, strings.Replace(name, "made", "made-"+string(state), 1), reply.Card(c.For(locale), made(kind, state), reply.ScreenUpload))
			}
			j := made(kind, store.StateCompleted)
			text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload))
			if strings.Count(text, there) != 1 || strings.Contains(text, second) != (kind == store.KindBlend) || strings.Contains(text, "`"+j.Parent+"`") {
				t.Errorf("%s in %s: %s", kind, locale, text)
			}
			// What leads to a part is not said to go on from it.
			if forward := c.For(locale).Say("card.part", i18n.Args{"Part": 3, "Before": 2, "URL": reply.Link("100", j.Back)}); strings.Contains(text, forward) {
				t.Errorf("%s in %s: %s", kind, locale, text)
			}
			if kind == store.KindBlend { // one of the two stands elsewhere
				j.SecondBack = store.Spot{}
				text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload))
				if !strings.Contains(text, there) || strings.Contains(text, second) || !strings.Contains(text, "`"+j.Second+"`") {
					t.Errorf("%s in %s: %s", kind, locale, text)
				}
			}
			j.Back = store.Spot{}
			card := reply.Card(c.For(locale), j, reply.ScreenUpload)
			golden(t, strings.Replace(name, "made", "made-named", 1), card)
			if text := texts(t, card); strings.Contains(text, "discord.com") || !strings.Contains(text, "`"+j.Parent+"`") {
				t.Errorf("%s in %s: %s", kind, locale, text)
			}
		}
	}
}

// A higher resolution has no words of its own: it is made again as it was, on its
// card and in the history.
func TestButtonsOfWhatHasNoWords(t *testing.T) {
	p := catalog(t).For("en-US")
	of := func(m reply.Message) (verbs []reply.Verb) {
		for _, a := range actions(t, m) {
			verbs = append(verbs, a.Verb)
		}
		return verbs
	}
	for state, want := range map[store.State]struct{ card, history []reply.Verb }{
		store.StateWaiting:    {[]reply.Verb{reply.ActionCancel}, []reply.Verb{reply.ActionShow}},
		store.StateSubmitting: {[]reply.Verb{reply.ActionCancel}, []reply.Verb{reply.ActionShow}},
		store.StateQueued:     {nil, []reply.Verb{reply.ActionShow}},
		store.StateDreaming:   {nil, []reply.Verb{reply.ActionShow}},
		store.StateCompleted: {[]reply.Verb{reply.ActionExtend, reply.ActionAgain, reply.ActionShare, reply.ActionDelete},
			[]reply.Verb{reply.ActionShow, reply.ActionAgain}},
		store.StateFailed:    {[]reply.Verb{reply.ActionAgain, reply.ActionDelete}, []reply.Verb{reply.ActionShow, reply.ActionAgain}},
		store.StateCancelled: {nil, []reply.Verb{reply.ActionShow, reply.ActionAgain}},
	} {
		j := made(store.KindUpscale, state)
		if got := of(reply.Card(p, j, reply.ScreenUpload)); !slices.Equal(got, want.card) {
			t.Errorf("%s: the card offers %v, want %v", state, got, want.card)
		}
		if got := of(reply.History(p, []store.Job{j}, 0, false)); !slices.Equal(got, want.history) {
			t.Errorf("%s: the history offers %v, want %v", state, got, want.history)
		}
		// All others have words.
		for _, kind := range []store.Kind{store.KindBlend, store.KindSound} {
			if got, want := of(reply.Card(p, made(kind, state), reply.ScreenUpload)), of(reply.Card(p, job(store.KindDream, state), reply.ScreenUpload)); !slices.Equal(got, want) {
				t.Errorf("%s, %s: the card offers %v, want %v", kind, state, got, want)
			}
		}
	}
}

// In the history each says what it was made from.
func TestTheHistoryOfWhatWasMade(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		var list []store.Job
		for i, kind := range derived() {
			j := made(kind, store.StateCompleted)
			j.ID = fmt.Sprintf("d0abcdefghijklmno%03d", i)
			list = append(list, j)
		}
		m := reply.History(c.For(locale), list, 0, false)
		golden(t, "history-made-"+locale, m)
		checkMessage(t, m)
		if text := texts(t, m); strings.Count(text, "/100/200/299)") != len(list) {
			t.Errorf("in %s: %s", locale, text)
		}
	}
}
