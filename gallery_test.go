package main

import (
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
)

const (
	star   = "🌟"
	artist = "1201000000000000111" // a role of the harbor's, which Mei has
)

// does has a person press the button of a message for a verb, and of what it is
// about where that is not plain.
func (w *world) does(user string, m discord.Message, verb string, about ...string) discord.Outcome {
	w.t.Helper()
	b, ok := find(m.Components, func(c discord.Component) bool {
		return strings.HasPrefix(c.CustomID, "1:"+verb+":"+strings.Join(about, ""))
	})
	if !ok {
		w.t.Fatalf("no button to %s %v on:\n%s", verb, about, says(&m))
	}
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: user, Message: m.ID, CustomID: b.CustomID})
	if err != nil {
		w.t.Fatalf("%s: %v", verb, err)
	}
	return o
}

// forges has a person press what no message offers them.
func (w *world) forges(user string, m discord.Message, customID string, values ...string) discord.Outcome {
	w.t.Helper()
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: user, Message: m.ID, CustomID: customID, Values: values, Forged: true})
	if err != nil {
		w.t.Fatalf("%q: %v", customID, err)
	}
	return o
}

// lists has a person open a list of the gallery.
func (w *world) lists(user, channel, list string, options ...discord.GivenValue) discord.Message {
	w.t.Helper()
	return w.told(w.types(user, channel, "prompts "+list, options...), user)
}

// offered are the ids of the prompts on a page of the gallery, in their order.
func offered(m discord.Message) (ids []string) {
	find(m.Components, func(c discord.Component) bool {
		if id, ok := strings.CutPrefix(c.CustomID, "1:use:"); ok {
			ids = append(ids, id)
		}
		return false
	})
	return ids
}

// dreamt has a person dream a prompt to its end, in whatever language they read.
func (w *world) dreamt(user, channel, prompt string, options ...discord.GivenValue) discord.Message {
	w.t.Helper()
	m := w.replies(user, channel, "dream", append(options, given("prompt", prompt))...)
	g := w.paid(prompt)
	w.advance(g, "")
	w.advance(g, "")
	return w.done(m)
}

// done waits until a result offers to be shared.
func (w *world) done(m discord.Message) discord.Message {
	w.t.Helper()
	return w.message("a result", func(now discord.Message) bool { return now.ID == m.ID && pressable(now, "share") != "" })
}

// shared has a person dream a prompt to its end and share it.
func (w *world) shared(user, channel, prompt string) discord.Message {
	w.t.Helper()
	m := w.dreamt(user, channel, prompt)
	answer := w.told(w.does(user, m, "share"), user)
	if pressable(answer, "withdraw") == "" {
		w.t.Fatalf("it is not shared:\n%s", says(&answer))
	}
	return m
}

func TestAPromptIsSharedFoundUsedAndRemixed(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	boat := w.dreamt(ada, dreams, "a paper boat at dusk")
	w.told(w.does(ben, boat, "share"), ben, "Only")
	w.told(w.does(ada, boat, "share"), ada, "gallery")
	w.told(w.does(ada, boat, "share"), ada, "already")
	cat := w.dreamt(mei, general, "一只猫在月光下跳舞")
	w.told(w.types(mei, general, "share", given("video", job(t, cat))), mei)

	for words, want := range map[string]string{"BOAT dusk": job(t, boat), "月光": job(t, cat), "跳舞": job(t, cat)} {
		page := w.lists(ben, dreams, "search", given("words", words))
		if got := offered(page); len(got) != 1 || got[0] != want {
			t.Errorf("a search for %q finds %v, want %s:\n%s", words, got, want, says(&page))
		}
	}
	page := w.lists(ben, dreams, "new")
	if got := offered(page); len(got) != 2 || got[0] != job(t, cat) || got[1] != job(t, boat) {
		t.Errorf("the newest are %v", got)
	}
	w.plays(w.lists(ben, dreams, "search", given("words", "boat")), "a paper boat at dusk")
	if got := offered(w.lists(ada, general, "mine")); len(got) != 1 || got[0] != job(t, boat) {
		t.Errorf("Ada's are %v", got)
	}
	if got := offered(w.lists(ada, general, "random")); len(got) != 1 {
		t.Errorf("by chance there are %v", got)
	}

	// Ben dreams it as it is; Mei remixes what came of that.
	used := w.card(w.does(ben, page, "use", job(t, boat)))
	for _, g := range w.box.Luma.Generations() {
		if g.Prompt == "a paper boat at dusk" && g.ID != w.paid("a paper boat at dusk").ID {
			w.finishes(g, used)
		}
	}
	w.box.Luma.Release()
	used = w.shows(used.ID, "Completed", "remixed from <@"+ada+">")
	w.told(w.does(ben, used, "share"), ben)
	found := w.lists(mei, dreams, "new")
	dialog := w.dialog(w.does(mei, found, "reuse", job(t, used)))
	remixed := w.card(w.sends(mei, dialog, map[string]string{"prompt": "a paper boat at dawn"}))
	w.done(w.shows(remixed.ID, "<@"+ben+">", "<@"+ada+">"))
	w.paid("a paper boat at dawn")

	w.told(w.types(ben, dreams, "profile", given("member", ada)), ben, "<@"+ada+">")
	w.told(w.types(ben, dreams, "profile"), ben, "<@"+ben+">")

	// The author takes it back, a moderator takes back another's; nobody else can.
	w.told(w.forges(mei, boat, "1:withdraw:"+job(t, boat)), mei)
	w.told(w.forges(ada, boat, "1:withdraw:"+job(t, boat)), ada)
	w.told(w.forges(omar, boat, "1:withdraw:"+job(t, used)), omar)
	if got := offered(w.lists(ben, dreams, "new")); len(got) != 1 || got[0] != job(t, cat) {
		t.Errorf("what is left: %v", got)
	}
}

func TestPagesTurn(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	var want []string
	for _, n := range []string{"one", "two", "three", "four"} {
		want = append([]string{job(t, w.shared(ada, dreams, "lantern "+n))}, want...)
	}
	first := w.lists(ben, dreams, "search", given("words", "lantern"))
	w.end() // the buttons hold all that is needed
	w.start()
	second := w.told(w.does(ben, first, "gallery", "search:1"), ben)
	if got := append(offered(first), offered(second)...); len(got) != 4 {
		t.Errorf("two pages hold %v of %v", got, want)
	}
	newest := w.lists(ben, dreams, "new")
	older := w.told(w.does(ben, newest, "gallery", "new:1"), ben)
	if got := append(offered(newest), offered(older)...); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the newest are %v, want %v", got, want)
	}
}

// shownIn waits for a post of a prompt in a showcase, and returns it.
func (w *world) shownIn(channel, prompt string) discord.Message {
	w.t.Helper()
	return w.invited(w.message("a post", func(m discord.Message) bool {
		return m.ChannelID == channel && m.Author.ID == dreambot && m.InteractionID == "" && strings.Contains(says(&m), prompt)
	}), star)
}

// settles has a person who may set a rule of the server.
func (w *world) settles(user, channel, tab, rule string, values ...string) discord.Message {
	w.t.Helper()
	m := w.told(w.types(user, channel, "settings"), user)
	m = w.told(w.does(user, m, "settings", tab), user)
	id := "1:settings:" + rule
	if _, ok := find(m.Components, func(c discord.Component) bool { return c.CustomID == id }); !ok {
		w.t.Fatalf("%s cannot be set on:\n%s", rule, says(&m))
	}
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: user, Message: m.ID, CustomID: id, Values: values})
	if err != nil {
		w.t.Fatalf("%s: %v", rule, err)
	}
	return w.told(o, user)
}

func TestASharedPromptIsPostedInTheShowcaseAndGoesWithIt(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.settles(ada, dreams, "sharing", "showcase", general)
	boat := w.shared(ben, dreams, "a boat for all to see")
	post := w.shownIn(general, "a boat for all to see")
	w.plays(post, "a boat for all to see")
	if !strings.Contains(says(&post), "<@"+ben+">") || len(post.Mentions) != 0 {
		t.Errorf("no credit, or a ping %v:\n%s", post.Mentions, says(&post))
	}
	_, there := media(post)
	_, here := media(boat)
	if there.Media.URL == here.Media.URL {
		t.Error("the post shows the result's own file")
	}
	// From there it can be used by others.
	w.card(w.does(mei, post, "use"))
	gone := w.disappears(post.ID)
	w.told(w.forges(ben, boat, "1:withdraw:"+job(t, boat)), ben)
	gone()

	// Deleting the result takes it out of the gallery, and its post.
	w.box.Luma.Hold()
	second := w.shared(ben, dreams, "not for long")
	post = w.shownIn(general, "not for long")
	question := w.told(w.does(ben, second, "delete"), ben)
	gone = w.disappears(post.ID)
	w.does(ben, question, "remove")
	gone()
	if got := offered(w.lists(ada, dreams, "new")); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}
