package bot

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dreambot/bot/gateway"
	"dreambot/commands"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// Most reactions in a server are none of the bot's, and cost not even a look at
// the store. The bot's own must never lead to anything: it would pay for ever.
func TestWhichReactionsAreLookedAt(t *testing.T) {
	const add, remove, all, emoji = "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_ALL", "MESSAGE_REACTION_REMOVE_EMOJI"
	for name, c := range map[string]struct {
		event, self, user, author, emoji string
		bot, want                        bool
	}{
		"a member's":                     {add, "600", "400", "600", "⏩", false, true},
		"one that is not said whose":     {add, "600", "400", "", "⏩", false, true},
		"a cross":                        {add, "600", "400", "600", "❌", false, true},
		"a cross as it may be drawn":     {add, "600", "400", "600", "❌\uFE0F", false, true},
		"taken back":                     {remove, "600", "400", "", "⏩", false, true},
		"the bot's own":                  {add, "600", "600", "600", "⏩", false, false},
		"the bot's own, taken back":      {remove, "600", "600", "", "⏩", false, false},
		"another bot's":                  {add, "600", "401", "600", "⏩", true, false},
		"under somebody's message":       {add, "600", "400", "402", "⏩", false, false},
		"a vote":                         {add, "600", "400", "600", "🌟", false, true},
		"a vote taken back":              {remove, "600", "400", "", "🌟", false, true},
		"the bot's own vote":             {add, "600", "600", "600", "🌟", false, false},
		"another bot's vote":             {add, "600", "401", "600", "🌟", true, false},
		"another emoji":                  {add, "600", "400", "600", "🚀", false, false},
		"of nobody":                      {add, "600", "", "600", "⏩", false, false},
		"by a bot that knows itself not": {add, "", "600", "", "⏩", false, false},
		"all taken away":                 {all, "600", "", "", "", false, true},
		"all of one taken away":          {emoji, "600", "", "", "⏩", false, true},
		"all votes taken away":           {emoji, "600", "", "", "🌟", false, true},
		"all of another taken away":      {emoji, "600", "", "", "🚀", false, false},
	} {
		b := newBot(t, newDiscord(t), &heard{}, &bytes.Buffer{})
		b.Commands.Reactions = commands.Reactions{Extend: "⏩", Members: 1}
		b.self = c.self
		r, ok := b.reaction(gateway.Event{Type: c.event, Data: fmt.Appendf(nil, `{"user_id":%q,"channel_id":"200","message_id":"700",
			"guild_id":"100","message_author_id":%q,"emoji":{"id":null,"name":%q},"member":{"user":{"bot":%v},"roles":["1","2"]}}`,
			c.user, c.author, c.emoji, c.bot)})
		if ok != c.want {
			t.Errorf("%s: looked at %v, want %v", name, ok, c.want)
		}
		if ok && (r.Guild != "100" || r.Channel != "200" || r.Message != "700" || r.Member.ID != c.user || r.Removed != (c.event != add)) {
			t.Errorf("%s is read as %+v", name, r)
		}
	}
}

// Super reactions are no votes: they are not among those that are counted anew.
func TestASuperReactionIsNoVote(t *testing.T) {
	b := newBot(t, newDiscord(t), &heard{}, &bytes.Buffer{})
	b.self = "600"
	for _, event := range []string{"MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"} {
		for _, burst := range []bool{false, true} {
			if _, ok := b.reaction(gateway.Event{Type: event, Data: fmt.Appendf(nil, `{"user_id":"400","channel_id":"200","message_id":"700",
				"guild_id":"100","emoji":{"name":"🌟"},"burst":%v}`, burst)}); ok == burst {
				t.Errorf("%s, burst %v: looked at %v", event, burst, ok)
			}
		}
	}
}

// What is taken back after it was given is not dealt with before it.
func TestReactionsToOneMessageAreTakenInTheirOrder(t *testing.T) {
	h := &heard{}
	b := newBot(t, newDiscord(t), h, &bytes.Buffer{})
	b.Commands.Reactions = commands.Reactions{Extend: "⏩", Members: 1}
	j := put(t, b.Commands.Store, store.StateCompleted, nil)
	var want []string
	for n := range 50 {
		member := fmt.Sprint("m", n)
		b.queue(commands.Reaction{Member: commands.Member{ID: member}, Guild: "100", Channel: "200", Message: "700", Emoji: "⏩", Removed: true})
		want = append(want, "react "+j.ID+" "+member+" false")
	}
	b.handlers.Wait()
	if !slices.Equal(h.told, want) {
		t.Errorf("the tracker hears %q", h.told)
	}
}

// slow is a store that finds nothing before it is told to.
type slow struct {
	store.Store
	gate chan struct{}
}

func (s slow) ByMessage(context.Context, string) (store.Job, error) {
	<-s.gate
	return store.Job{}, store.ErrNotFound
}

// However many come, under however many messages, no more are taken than there
// is room for, and the room comes free again.
func TestReactionsAreBounded(t *testing.T) {
	var log bytes.Buffer
	b := newBot(t, newDiscord(t), &heard{}, &log)
	s := slow{b.Commands.Store, make(chan struct{})}
	b.Commands.Store = s
	add := func(n int) {
		for i := range n {
			b.queue(commands.Reaction{Message: fmt.Sprint(i / 2)})
		}
	}
	add(maxReactions + 40)
	close(s.gate)
	b.handlers.Wait()
	if n := strings.Count(log.String(), "a reaction is dropped"); n != 40 {
		t.Errorf("%d are dropped", n)
	}
	if b.reactions.n != 0 || len(b.reactions.under) != 0 {
		t.Errorf("%d are left, under %d messages", b.reactions.n, len(b.reactions.under))
	}
	b.reactions.end()
	add(1)
	if b.reactions.n != 0 {
		t.Error("one is taken after the end")
	}
}

// An event that is not what Discord documents does nothing.
func FuzzReaction(f *testing.F) {
	f.Add("MESSAGE_REACTION_ADD", []byte(`{"user_id":"400","message_id":"700","channel_id":"200","emoji":{"name":"⏩"}}`))
	f.Add("MESSAGE_REACTION_REMOVE_ALL", []byte(`{"message_id":"700"}`))
	f.Add("MESSAGE_REACTION_ADD", []byte(`{"user_id":400,"member":null}`))
	c, err := i18n.Load()
	if err != nil {
		f.Fatal(err)
	}
	b := New(Config{Commands: commands.New(commands.Config{Catalog: c, Reactions: commands.Reactions{Extend: "⏩", Members: 1}})})
	b.self = "600"
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if r, ok := b.reaction(gateway.Event{Type: kind, Data: data}); ok && r.Member.ID == b.self {
			t.Errorf("%s %s is the bot's own", kind, data)
		}
	})
}
