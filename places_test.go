package main

import (
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
)

// Places where the bot is not a member.
const (
	pond    = "1201000000000000501" // a channel of a server that the bot is not in
	moss    = "1201000000000000502" // another, whose members may not use apps of their own openly
	between = "1201000000000000601" // between Ada and Ben
)

// chooses has a person choose an entry in a message's menu.
func (w *world) chooses(user string, m discord.Message, name string) discord.Outcome {
	w.t.Helper()
	o, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: user, Channel: m.ChannelID, Command: name, Target: m.ID})
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return o
}

func TestDreamFromAPictureOfAnybodys(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	said, err := w.box.Discord.Post(w.context(), discord.Saying{User: ben, Channel: dreams, Text: "look at this", Files: []string{w.picture("mine.png")}})
	if err != nil {
		t.Fatal(err)
	}
	dialog := w.dialog(w.chooses(mei, said, "Dream from this picture"))
	// The dialog outlives the bot.
	w.end()
	w.start()
	m := w.card(w.sends(mei, dialog, map[string]string{"prompt": "it comes to life"}))
	g := w.paid("it comes to life")
	if fetched(t, g.ImageURL) == nil {
		t.Errorf("Luma was given %q", g.ImageURL)
	}
	w.kept(m, 1)
	words, err := w.box.Discord.Say(w.context(), ben, dreams, "only words", "")
	if err != nil {
		t.Fatal(err)
	}
	w.told(w.chooses(ada, words, "Dream from this picture"), ada, "no picture that can be used")
	w.told(w.chooses(ada, words, "Extend this video"), ada, "not one of my videos")
}

func TestExtendFromTheMenu(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	done := w.completes(ada, dreams, "found by its menu")
	dialog := w.dialog(w.chooses(ben, done, "Extend this video"))
	m := w.card(w.sends(ben, dialog, map[string]string{"prompt": "and gone on from"}))
	w.finishes(w.extends(w.paid("found by its menu")), m)
}

func TestCommandsInDirectMessages(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	direct := w.box.Discord.DirectChannel(ada)
	m := w.replies(ada, direct, "dream", given("prompt", "between us"), given("image", w.picture("one.png")))
	w.kept(m, 1)
	done := w.invited(w.finishes(w.paid("between us"), m), fastForward)
	w.plays(done, "between us")
	w.reacts(ada, done, fastForward)
	next := w.invited(w.finishes(w.extends(w.paid("between us")), w.answers(done, "Queued")), fastForward)
	w.told(w.types(ada, direct, "story"), ada, "parts: 2")
	w.told(w.types(ada, direct, "history"), ada, "between us")
	w.reacts(ada, next, "❌")
	w.presses(ada, w.answers(next, "Delete this video"), "Delete for everybody")
	w.gone(next)
}

// Where a member alone has installed it, the bot answers by the interaction
// alone; what comes too late comes as a direct message, as the reply has said.
func TestWhereTheBotIsNoMember(t *testing.T) {
	t.Parallel()
	for _, place := range []struct {
		name, channel string
		hidden        bool
	}{{"a server", pond, false}, {"a server that hides it", moss, true}, {"between two persons", between, false}} {
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			begin := func(prompt string) discord.Message {
				t.Helper()
				o := w.types(ben, place.channel, "dream", given("prompt", prompt), given("image", w.picture("one.png")))
				if o.Kind != discord.OutcomeMessage || (o.Message.OnlyFor != "") != place.hidden {
					t.Fatalf("%s, only for %q: %s", o.Kind, o.Message.OnlyFor, says(o.Message))
				}
				if text := says(o.Message); !strings.Contains(text, "this reply can be updated until <t:") ||
					!strings.Contains(text, "direct message") {
					t.Errorf("it does not say how the video will come:\n%s", text)
				}
				return *o.Message
			}
			soon := begin("soon")
			done := w.finishes(w.paid("soon"), soon)
			w.plays(done, "soon")
			if strings.Contains(says(&done), "can be updated until") {
				t.Errorf("it still says how it would come:\n%s", says(&done))
			}
			if place.hidden {
				w.shows(done.ID, "Completed")
			} else {
				o := w.sends(ben, w.opens(ben, done, "Extend"), map[string]string{"prompt": "soon after"})
				w.finishes(w.extends(w.paid("soon")), *o.Message)
			}

			late := begin("late")
			g := w.paid("late")
			w.shows(late.ID, "Luma has it")
			w.box.Discord.Skip(16 * time.Minute)
			w.end()
			w.ahead += 16 * time.Minute
			w.start()
			w.advance(g, "")
			w.advance(g, "")
			w.message("a direct message", func(m discord.Message) bool {
				return m.ChannelID == w.box.Discord.DirectChannel(ben) && strings.Contains(says(&m), "Completed") &&
					strings.Contains(says(&m), "late")
			})
			for _, c := range w.calls.all() {
				if c.Status >= 400 {
					t.Errorf("%s %s was refused with %d (%d)", c.Method, c.Path, c.Status, c.Code)
				}
			}
		})
	}
}
