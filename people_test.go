package main

import (
	"strings"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// What people do with a message, in the tests of the whole bot.

// presses has a person press the button with a label.
func (w *world) presses(user string, m discord.Message, label string) discord.Outcome {
	w.t.Helper()
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: user, Message: m.ID, CustomID: button(w.t, m, label)})
	if err != nil {
		w.t.Fatalf("%q: %v", label, err)
	}
	return o
}

// opens is presses for a button that opens a dialog.
func (w *world) opens(user string, m discord.Message, label string) discord.Modal {
	w.t.Helper()
	return w.dialog(w.presses(user, m, label))
}

func (w *world) dialog(o discord.Outcome) discord.Modal {
	w.t.Helper()
	if o.Kind != discord.OutcomeModal {
		w.t.Fatalf("no dialog but %s: %s", o.Kind, says(o.Message))
	}
	return *o.Modal
}

// sends off a dialog.
func (w *world) sends(user string, m discord.Modal, values map[string]string) discord.Outcome {
	w.t.Helper()
	o, err := w.box.Discord.Submit(w.context(), discord.Submission{User: user, Modal: m.ID, Values: values})
	if err != nil {
		w.t.Fatalf("%q: %v", m.Title, err)
	}
	return o
}

// card is what an outcome shows to everybody.
func (w *world) card(o discord.Outcome) discord.Message {
	w.t.Helper()
	if o.Kind != discord.OutcomeMessage || o.Message.OnlyFor != "" {
		w.t.Fatalf("no card but %s: %s", o.Kind, says(o.Message))
	}
	return *o.Message
}

// told is what an outcome says to the person alone.
func (w *world) told(o discord.Outcome, user string, words ...string) discord.Message {
	w.t.Helper()
	if o.Kind != discord.OutcomeMessage && o.Kind != discord.OutcomeUpdate || o.Message.OnlyFor != user {
		w.t.Fatalf("%s, only for %q: %s", o.Kind, o.Message.OnlyFor, says(o.Message))
	}
	for _, word := range words {
		if !strings.Contains(says(o.Message), word) {
			w.t.Errorf("it does not say %q:\n%s", word, says(o.Message))
		}
	}
	return *o.Message
}

// reacts has a person put an emoji under a message.
func (w *world) reacts(user string, m discord.Message, emoji string) {
	w.t.Helper()
	if err := w.box.Discord.React(w.context(), discord.Reacting{User: user, Message: m.ID, Emoji: discord.Emoji{Name: emoji}}); err != nil {
		w.t.Fatalf("%s under a message: %v", emoji, err)
	}
}

// takesBack is the end of reacts.
func (w *world) takesBack(user string, m discord.Message, emoji string) {
	w.t.Helper()
	if err := w.box.Discord.React(w.context(), discord.Reacting{User: user, Message: m.ID, Emoji: discord.Emoji{Name: emoji}, Remove: true}); err != nil {
		w.t.Fatalf("%s taken back: %v", emoji, err)
	}
}

// invited waits until the bot has put its own reaction under a message.
func (w *world) invited(m discord.Message, emoji string) discord.Message {
	w.t.Helper()
	return w.message("invited by "+emoji, func(now discord.Message) bool {
		return now.ID == m.ID && reactors(now, emoji)[dreambot]
	})
}

// dreambot is the bot's own user.
const dreambot = "1201000000000000001"

func reactors(m discord.Message, emoji string) map[string]bool {
	users := map[string]bool{}
	for _, r := range m.Reactions {
		for _, u := range r.Users {
			users[u] = users[u] || r.Emoji.Name == emoji
		}
	}
	return users
}

// message waits for a message.
func (w *world) message(what string, accept func(discord.Message) bool) discord.Message {
	w.t.Helper()
	m, err := w.box.Discord.Wait(w.context(), accept)
	if err != nil {
		w.t.Fatalf("no message is %s: %v", what, err)
	}
	return m
}

// answers waits for a message of the bot's own making that answers another one.
func (w *world) answers(to discord.Message, words ...string) discord.Message {
	w.t.Helper()
	return w.message("an answer", func(m discord.Message) bool {
		for _, word := range words {
			if !strings.Contains(says(&m), word) {
				return false
			}
		}
		return m.ReplyTo == to.ID && m.Author.ID == dreambot && m.InteractionID == "" && m.OnlyFor == ""
	})
}

// extends waits until Luma has accepted an extension of a generation.
func (w *world) extends(parent luma.Generation) luma.Generation {
	w.t.Helper()
	g, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool { return g.Parent == parent.ID })
	if err != nil {
		w.t.Fatalf("%s is never extended: %v", parent.ID, err)
	}
	return g
}

// extensions are all of a generation that were paid for.
func (w *world) extensions(parent luma.Generation) (list []luma.Generation) {
	for _, g := range w.box.Luma.Generations() {
		if g.Parent == parent.ID {
			list = append(list, g)
		}
	}
	return list
}

// finishes brings a generation to its end and waits until the message says so.
func (w *world) finishes(g luma.Generation, m discord.Message) discord.Message {
	w.t.Helper()
	w.advance(g, "")
	w.advance(g, "")
	return w.shows(m.ID, "Completed")
}

// later ends the bot, lets time go by on all clocks, and starts it again.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.end()
	w.box.Discord.Skip(d)
	w.ahead += d
	w.start()
}

// nothingMore has one more dream go all the way, so that whatever came before
// has had its time.
func (w *world) nothingMore() {
	w.t.Helper()
	w.invited(w.completes(omar, general, "afterwards "+time.Now().String()), "⏩")
}
