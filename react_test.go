package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

const fastForward = "⏩"

func TestAReactionExtends(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	const prompt = "a lantern rises"
	first := w.invited(w.completes(ada, dreams, prompt), fastForward)
	parent := w.paid(prompt)
	w.reacts(ben, first, fastForward)
	m := w.answers(first, "Queued", "⏩ by <@"+ben+">", "the same prompt", "part 2", first.ID)
	button(t, m, "Remix")
	if len(m.Mentions) != 0 {
		t.Errorf("it mentions %v", m.Mentions)
	}
	g := w.extends(parent)
	if g.Prompt != prompt {
		t.Errorf("it goes on with %q", g.Prompt)
	}
	w.advance(g, "")
	w.shows(m.ID, "Dreaming")
	w.advance(g, "")
	done := w.invited(w.shows(m.ID, "Completed"), fastForward)
	w.plays(done, prompt)

	// More of the same are counted, whoever they come from; after a restart too.
	w.reacts(ada, first, fastForward)
	w.end()
	w.start()
	w.reacts(mei, first, fastForward)
	w.nothingMore()
	if n := len(w.extensions(parent)); n != 1 {
		t.Errorf("%d extensions were paid for", n)
	}
	// The one that came of it can itself be gone on from.
	w.reacts(mei, done, fastForward)
	w.finishes(w.extends(g), w.answers(done, "Queued", "part 3"))
}

// An extension that came to nothing can be asked for again.
func TestAReactionAfterAFailure(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	first := w.invited(w.completes(ada, dreams, "hard to go on from"), fastForward)
	parent := w.paid("hard to go on from")
	w.reacts(ben, first, fastForward)
	g := w.extends(parent)
	w.advance(g, "")
	w.advance(g, "Frame moderation failed")
	failed := w.answers(first, "Failed")
	w.reacts(mei, first, fastForward)
	w.message("a second try", func(m discord.Message) bool { return m.ReplyTo == first.ID && m.ID != failed.ID })
	if n := len(w.extensions(parent)); n > 2 {
		t.Errorf("%d extensions were paid for", n)
	}
}

// What is not a result of the bot's, or is not finished, costs no request.
func TestReactionsThatAskForNothing(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	said, err := w.box.Discord.Say(w.context(), ben, dreams, "a message of somebody's", "")
	if err != nil {
		t.Fatal(err)
	}
	unfinished := w.replies(ada, dreams, "dream", given("prompt", "not yet"))
	w.paid("not yet")
	w.shows(unfinished.ID, "Luma has it")
	done := w.invited(w.completes(ada, dreams, "done"), fastForward)
	for _, m := range []discord.Message{said, unfinished} {
		w.reacts(ben, m, fastForward)
		w.reacts(ben, m, "❌")
	}
	for _, emoji := range []string{"🌟", "👍", "▶"} {
		w.reacts(ben, done, emoji)
	}
	w.takesBack(ben, done, "🌟")
	w.reacts(ben, done, "❌") // neither asked for it nor may manage messages
	// A reaction that is heeded comes after them.
	w.reacts(ada, done, "❌")
	w.answers(done, "Delete this video")
	w.nothingMore()
	asked := 0
	for _, c := range w.calls.all() {
		if c.Method == http.MethodPost && strings.HasSuffix(c.Path, "/channels/"+dreams+"/messages") {
			asked++
		}
	}
	if asked != 1 || len(w.box.Luma.Generations()) != 3 {
		t.Errorf("%d messages, %d generations", asked, len(w.box.Luma.Generations()))
	}
}

func TestHowManyMustReact(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["REACTION_EXTEND_MEMBERS"] = "3"
	w.environ["REACTION_EXTEND"] = "🎞️"
	w.start()
	first := w.invited(w.completes(ada, dreams, "wished for"), "🎞️")
	parent := w.paid("wished for")
	w.reacts(ada, first, "🎞️")
	w.reacts(ben, first, "🎞️")
	w.takesBack(ben, first, "🎞️")
	w.counted("outcome=counted", 3)
	w.end()
	w.start()
	w.reacts(mei, first, "🎞️")
	w.reacts(omar, first, fastForward)
	if n := len(w.extensions(parent)); n != 0 {
		t.Errorf("%d extensions with two members", n)
	}
	w.reacts(omar, first, "🎞️")
	w.finishes(w.extends(parent), w.answers(first, "Queued"))
}

// A moderator who clears the reactions clears what was counted.
func TestReactionsThatAreClearedDoNotCount(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["REACTION_EXTEND_MEMBERS"] = "2"
	w.start()
	first := w.invited(w.completes(ada, dreams, "cleared"), fastForward)
	for n, emoji := range []string{fastForward, ""} { // of one emoji, and of all
		w.reacts(ada, first, fastForward)
		if err := w.box.Discord.ClearReactions(first.ID, emoji); err != nil {
			t.Fatal(err)
		}
		w.counted("outcome=counted", 2*n+2)
	}
	w.reacts(ben, first, fastForward)
	w.counted("outcome=counted", 5)
	parent := w.paid("cleared")
	if n := len(w.extensions(parent)); n != 0 {
		t.Errorf("%d extensions by one member", n)
	}
	w.reacts(mei, first, fastForward)
	w.extends(parent)
}

func TestReactionsSwitchedOff(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["REACTION_EXTEND"] = ""
	w.start()
	done := w.completes(ada, dreams, "left alone")
	w.reacts(ben, done, fastForward)
	w.completes(ben, general, "afterwards")
	for _, m := range w.box.Discord.Messages(dreams) {
		if reactors(m, fastForward)[dreambot] {
			t.Error("the bot invites to react")
		}
	}
	if n := len(w.extensions(w.paid("left alone"))); n != 0 {
		t.Errorf("%d extensions", n)
	}
}

// A member who may not use the bot's commands in a channel has them neither by a
// reaction nor by a button.
func TestReactionsAndButtonsNeedTheRightToDream(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	first := w.invited(w.completes(ada, dreams, "for some"), fastForward)
	parent := w.paid("for some")
	const useCommands = 1 << 31
	if err := w.box.Discord.DenyMember(dreams, ben, useCommands); err != nil {
		t.Fatal(err)
	}
	w.reacts(ben, first, fastForward)
	for _, label := range []string{"Extend", "Remix", "Again"} {
		w.told(w.presses(ben, first, label), ben, "may not use this bot's commands in this channel")
	}
	w.nothingMore()
	if n := len(w.extensions(parent)); n != 0 {
		t.Errorf("%d extensions", n)
	}
	w.reacts(mei, first, fastForward)
	w.extends(parent)
}

// crowded is a world with more people than four.
func crowded(t *testing.T, n int) *world {
	w := openAs(t, sandbox.Config{Crowd: n})
	w.box.Luma.Hold()
	return w
}

// all has everybody react at once.
func (w *world) all(users []string, m discord.Message) {
	w.t.Helper()
	var group sync.WaitGroup
	for _, u := range users {
		group.Go(func() {
			if err := w.box.Discord.React(w.context(), discord.Reacting{User: u, Message: m.ID, Emoji: discord.Emoji{Name: fastForward}}); err != nil {
				w.t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestTwentyMembersReactAtOnceAndPayOnce(t *testing.T) {
	t.Parallel()
	w := crowded(t, 20)
	w.start()
	first := w.invited(w.completes(ada, dreams, "wished for by many"), fastForward)
	parent := w.paid("wished for by many")
	w.all(w.box.Discord.Crowd(), first)
	w.finishes(w.extends(parent), w.answers(first, "Queued"))
	w.nothingMore()
	w.once(first, "wished for by many")
}

// once checks that a result was gone on from once, in one message.
func (w *world) once(first discord.Message, prompt string) {
	w.t.Helper()
	shown := 0
	for _, m := range w.box.Discord.Messages(first.ChannelID) {
		if m.ReplyTo == first.ID {
			shown++
		}
	}
	if paid := len(w.extensions(w.paid(prompt))); paid != 1 || shown != 1 {
		w.t.Errorf("%d extensions were paid for, in %d messages", paid, shown)
	}
}

// What may have been paid for is not paid for again by a reaction: the card says
// what happened, and has a button.
func TestAReactionDoesNotPayAgainForWhatNobodyCanTell(t *testing.T) {
	t.Parallel()
	w := crowded(t, 20)
	kill := w.spawn()
	const prompt = "perhaps gone on from"
	first := w.invited(w.completes(ada, dreams, prompt), fastForward)
	w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
		if r.Method == http.MethodPost {
			return &luma.Answer{After: true, Drop: true, Delay: patience}
		}
		return nil
	})
	w.all(w.box.Discord.Crowd()[:10], first)
	w.extends(w.paid(prompt))
	kill()
	w.offline()
	w.box.Luma.SetIntercept(nil)
	w.spawn()
	if w.can.List { // then nobody is left in doubt
		g := w.extends(w.paid(prompt))
		w.advance(g, "")
		w.advance(g, "")
		w.answers(first, "Completed")
		w.all(w.box.Discord.Crowd()[10:], first)
		w.nothingMore()
		w.once(first, prompt)
		return
	}
	failed := w.answers(first, "can't tell whether Luma got it")
	w.all(w.box.Discord.Crowd()[10:], first)
	w.nothingMore()
	w.once(first, prompt)
	w.sends(ben, w.opens(ben, failed, "Edit and retry"), map[string]string{"prompt": "then by its button"})
	if g := w.paid("then by its button"); g.Parent != w.paid(prompt).ID {
		t.Errorf("it goes on from %s", g.Parent)
	}
}

// The bot is killed while twenty react, at each step on the way from the first
// reaction to the paid call; twenty react again when it is back.
func TestTwentyMembersReactAndTheBotIsKilled(t *testing.T) {
	for name, at := range map[string]func(w *world) (reached func()){
		"the message is made, its answer lost": func(w *world) func() {
			g := newGate()
			w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
				if lost(r, http.MethodPost, "/channels/"+dreams+"/messages") {
					g.arrive()
					return &discord.Answer{After: true, Drop: true}
				}
				return nil
			})
			return func() { g.wait(w) }
		},
		"the message is not made yet": func(w *world) func() {
			g := newGate()
			w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
				if lost(r, http.MethodPost, "/channels/"+dreams+"/messages") {
					g.arrive()
					return &discord.Answer{Drop: true}
				}
				return nil
			})
			return func() { g.wait(w) }
		},
		"Luma has it": func(w *world) func() {
			return func() {
				w.message("queued", func(m discord.Message) bool {
					return strings.Contains(says(&m), "⏩ by") && strings.Contains(says(&m), "Luma has it")
				})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := crowded(t, 20)
			maps.Copy(w.environ, map[string]string{"LUMA_CONCURRENCY": "1"})
			kill := w.spawn()
			const prompt = "killed in between"
			first := w.invited(w.completes(ada, dreams, prompt), fastForward)
			reached := at(w)
			w.all(w.box.Discord.Crowd()[:10], first)
			reached()
			kill()
			w.offline()
			w.box.Discord.SetIntercept(nil)
			w.spawn()
			w.all(w.box.Discord.Crowd()[10:], first)
			m := w.answers(first, "⏩ by")
			w.finishes(w.extends(w.paid(prompt)), m)
			w.nothingMore()
			w.once(first, prompt)
		})
	}
}

func TestACrossAsksBeforeItRemoves(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	for name, c := range map[string]struct {
		reacts, decides string
	}{
		"who asked for it": {ben, ben},
		"a moderator":      {omar, omar},
		"and a moderator":  {ben, omar},
	} {
		t.Run(name, func(t *testing.T) {
			prompt := "regretted by " + name
			done := w.completes(ben, dreams, prompt)
			w.reacts(c.reacts, done, "❌")
			question := w.answers(done, "Delete this video for everybody?", "<@"+c.reacts+">")
			// Others see the buttons, and may not use them.
			w.told(w.presses(mei, question, "Delete for everybody"), mei, "才能这样做")
			w.told(w.presses(mei, question, "Keep"), mei, "才能这样做")
			w.presses(c.decides, question, "Keep")
			w.gone(question)
			if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool { return m.ID == done.ID }); err != nil {
				t.Fatal(err)
			}
		})
	}
	done := w.completes(ben, dreams, "removed")
	w.reacts(ada, done, "❌") // she owns the server
	question := w.answers(done, "Delete this video for everybody?")
	w.presses(ben, question, "Delete for everybody")
	w.gone(question)
	w.gone(done)
}

// gone waits until a message is deleted.
func (w *world) gone(m discord.Message) {
	w.t.Helper()
	s := w.box.Discord.State()
	there := false
	for _, now := range s.Messages {
		there = there || now.ID == m.ID
	}
	if !there {
		return
	}
	for e := range w.box.Discord.Subscribe(w.context(), s.Seq) {
		if e.Type == discord.EventMessageDelete && e.Message.ID == m.ID {
			return
		}
	}
	w.t.Fatalf("it is still there:\n%s", says(&m))
}

// Where the bot may not react it says nothing of it, and is asked no more.
func TestNoInvitationWhereTheBotMayNotReact(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	const addReactions = 1 << 6
	if err := w.box.Discord.Deny(dreams, addReactions); err != nil {
		t.Fatal(err)
	}
	m := w.completes(ada, dreams, "no sign below")
	w.nothingMore()
	w.end()
	w.start()
	w.reacts(ben, m, fastForward)
	w.answers(m, "Queued")
	refused := 0
	for _, c := range w.calls.all() {
		if strings.Contains(c.Path, "/reactions/") && c.Status == http.StatusForbidden {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d refused reactions, want the one that found it out", refused)
	}
}
