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

// dreams are a page of dreams, one in each state that differs.
func dreams() []store.Job {
	list := []store.Job{
		byReaction(store.StateCompleted), job(store.KindDream, store.StateDreaming), byReaction(store.StateFailed),
		job(store.KindDream, store.StateCancelled), job(store.KindExtend, store.StateWaiting),
	}
	for i := range list {
		list[i].ID, list[i].Message = fmt.Sprintf("d0abcdefghijklmno%03d", i), fmt.Sprint(310+i)
		list[i].CreatedAt = start.Add(-time.Duration(i) * time.Hour)
	}
	list[3].Direct, list[4].Message = "900", ""
	return list
}

func TestPagesOfTheHistory(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, m := range map[string]reply.Message{
			"first":  reply.History(c.For(locale), dreams(), 0, true),
			"middle": reply.History(c.For(locale), dreams()[:2], 3, true),
			"last":   reply.History(c.For(locale), dreams()[:1], 4, false),
			"only":   reply.History(c.For(locale), dreams()[:1], 0, false),
			"empty":  reply.History(c.For(locale), nil, 0, false),
			"beyond": reply.History(c.For(locale), nil, 9, false),
		} {
			golden(t, "history-"+name+"-"+locale, m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 {
				t.Errorf("%s: its flags are %d", name, m.Flags)
			}
			checkMessage(t, m)
		}
	}
}

// Each dream can be seen again, and made again as far as that makes sense.
func TestTheButtonsOfTheHistory(t *testing.T) {
	p := catalog(t).For("en-US")
	list := dreams()
	of := func(n int, verbs ...reply.Verb) (all []reply.Action) {
		for _, v := range verbs {
			all = append(all, reply.Action{Verb: v, Job: list[n].ID})
		}
		return all
	}
	want := slices.Concat(
		of(0, reply.ActionShow, reply.ActionAgain, reply.ActionRemix), of(1, reply.ActionShow),
		of(2, reply.ActionShow, reply.ActionRetry), of(3, reply.ActionShow, reply.ActionRemix), of(4, reply.ActionShow),
		[]reply.Action{{Verb: reply.ActionHistory, Page: 1}, {Verb: reply.ActionHistory, Page: 3}})
	if got := actions(t, reply.History(p, list, 2, true)); !slices.Equal(got, want) {
		t.Errorf("offers %v, want %v", got, want)
	}
	if got := actions(t, reply.History(p, nil, reply.MaxPages-1, true)); len(got) != 1 || got[0].Page != reply.MaxPages-2 {
		t.Errorf("the last page that can be turned to offers %v", got)
	}
	text := texts(t, reply.History(p, list, 0, false))
	for _, want := range []string{"https://discord.com/channels/100/200/310", "https://discord.com/channels/@me/900/313"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not lead to %s:\n%s", want, text)
		}
	}
}
