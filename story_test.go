package main

import (
	"strings"
	"testing"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// extended goes on from a result by its button and finishes that.
func (w *world) extended(user string, m discord.Message, prompt string) discord.Message {
	w.t.Helper()
	next := w.card(w.sends(user, w.opens(user, m, "Extend"), map[string]string{"prompt": prompt}))
	return w.invited(w.finishes(w.paid(prompt), next), fastForward) // all is noted by then
}

// job is the id of the job that a card is of.
func job(t testing.TB, m discord.Message) string {
	t.Helper()
	id := pressable(m, "delete")
	if id == "" {
		t.Fatalf("no card of a job that has ended:\n%s", says(&m))
	}
	return strings.Split(id, ":")[2]
}

func TestAStoryIsTold(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	one := w.completes(ada, dreams, "a boat leaves")
	two := w.extended(ben, one, "it meets a storm")
	if text := says(&two); !strings.Contains(text, "part 2, goes on from [part 1](https://discord.com/channels/"+harbor+"/"+dreams+"/"+one.ID+")") {
		t.Errorf("it does not lead back:\n%s", text)
	}
	three := w.extended(ada, two, "it comes home")
	w.extended(ben, one, "it stays in the harbor after all")
	w.end()
	w.start()

	o := w.types(mei, dreams, "story", given("video", job(t, two)))
	told := w.told(o, mei)
	text := says(&told)
	for _, want := range []string{"故事", "<@" + ada + ">", "<@" + ben + ">", "it comes home", "it stays in the harbor after all",
		"2a", "2b", "/" + three.ID + ")", "12"} { // three parts of 4 s lead to the end of this line
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	// Continue goes on from the last part of the line.
	w.card(w.sends(mei, w.opens(mei, told, "继续"), map[string]string{"prompt": "and rests"}))
	if g := w.paid("and rests"); g.Parent != w.paid("it comes home").ID {
		t.Errorf("it goes on from %s", g.Parent)
	}
	w.told(w.types(ben, general, "story"), ben, "no video in this channel yet")
	w.told(w.types(ada, workshop, "story", given("video", job(t, two))), ada, "no such video here")
}

func TestALongStoryHasPages(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.completes(ada, dreams, "part of many 1")
	for _, n := range []string{"2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		m = w.extended(ada, m, "part of many "+n)
	}
	page := w.told(w.types(ada, dreams, "story"), ada, "parts: 10", "Part 1", "Part 8")
	if strings.Contains(says(&page), "Part 9") {
		t.Errorf("the first page says all:\n%s", says(&page))
	}
	page = w.told(w.presses(ada, page, "More"), ada, "Part 9", "Part 10")
	button(t, page, "Continue")
	w.told(w.presses(ada, page, "Back"), ada, "Part 1")
}

// addresses are where the media in a message's galleries are.
func addresses(m discord.Message) (list []string) {
	sandbox.Walk(m.Components, func(c discord.Component) {
		for _, i := range c.Items {
			list = append(list, i.Media.URL)
		}
	})
	return list
}

func TestHistoryShowsOnesOwn(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	var last discord.Message
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		last = w.completes(ben, dreams, "my own "+n)
	}
	w.completes(ada, dreams, "not mine")
	w.end()
	w.start()
	page := w.told(w.types(ben, general, "history"), ben, "my own 6", "my own 2", "/"+last.ID+")")
	if text := says(&page); strings.Contains(text, "my own 1") || strings.Contains(text, "not mine") {
		t.Errorf("the first page says:\n%s", text)
	}
	older := w.told(w.presses(ben, page, "More"), ben, "my own 1")

	shown := w.told(w.presses(ben, older, "Show"), ben, "Completed", "my own 1")
	if at := addresses(shown); len(at) != 1 || fetched(t, at[0]) == nil {
		t.Errorf("it shows %q:\n%s", at, says(&shown))
	}
	w.card(w.presses(ben, older, "Again"))
	w.sends(ben, w.opens(ben, older, "Remix"), map[string]string{"prompt": "mine, remixed"})
	w.paid("mine, remixed")

	// One whose message was deleted is shown by its id, from Luma.
	if err := w.box.Discord.DeleteMessage(last.ID); err != nil {
		t.Fatal(err)
	}
	found := w.told(w.types(ben, general, "history", given("job", job(t, last))), ben, "Completed", "my own 6")
	if at := addresses(found); len(at) != 1 || !strings.HasPrefix(at[0], w.box.URL()+"/clips/") {
		t.Errorf("it shows %q:\n%s", at, says(&found))
	}
	w.told(w.types(ben, general, "history", given("job", "nonsense")), ben, "no such video here")
	w.told(w.types(mei, general, "history"), mei, "没有内容")
}
