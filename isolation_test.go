package main

import (
	"encoding/json"
	"strings"
	"testing"

	"dreambot/internal/sandbox/discord"
)

// elsewhere is what stands in another server, and must never be seen from here.
type elsewhere struct {
	job    string   // of a shared prompt
	signs  []string // what only that server's things hold
	trials int      // what was tried
}

// fill puts all that a server can hold into the workshop.
func (w *world) fill() *elsewhere {
	w.t.Helper()
	w.settles(ada, workshop, "words", "spoiler", "always")
	m := w.told(w.types(ada, workshop, "settings"), ada)
	m = w.told(w.does(ada, m, "settings", "words"), ada)
	w.sends(ada, w.dialog(w.does(ada, m, "settings", "unwanted")), map[string]string{"unwanted": "verboten"})
	w.types(ada, workshop, "contest start", given("theme", "zeppelins only"), given("ends", "3d"))
	prompt := "a zeppelin nobody here has seen"
	m = w.shared(ben, workshop, prompt)
	w.reacts(mei, m, star)
	return &elsewhere{job: job(w.t, m), signs: []string{"nobody here", "zeppelins only", "verboten", m.ID, workshop}}
}

// holds looks for what stands elsewhere in what somebody is answered.
func (e *elsewhere) holds(t *testing.T, what string, o discord.Outcome) {
	t.Helper()
	e.trials++
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, sign := range e.signs {
		if strings.Contains(string(b), sign) {
			t.Errorf("%s shows %q of another server:\n%s", what, sign, b)
		}
	}
}

// Whatever somebody types, chooses, presses or makes up in one server, nothing of
// another one is shown to them or dreamed for them: not even what is their own.
func TestNothingOfOneServerIsEverVisibleInAnother(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	e := w.fill()
	here := w.shared(ada, dreams, "a boat of the harbor's own")
	before := len(w.box.Luma.Generations())

	// Every command and subcommand, with whatever could name something there, and
	// every completion.
	for _, c := range w.box.Discord.State().Commands {
		if c.Type != 1 {
			continue
		}
		for name, options := range subcommands(c) {
			if name == "export" || name == "forget" {
				continue // of oneself; their own tests say what they hold
			}
			for _, user := range []string{ada, ben} {
				if !mayType(user, c) {
					continue
				}
				for _, value := range []string{e.job, "prompt:" + e.job, "zeppelin", ""} {
					e.try(t, w, user, name, options, value)
				}
			}
		}
	}
	// Every button and dialog, of which somebody has made up the custom id.
	for _, user := range []string{ada, ben} {
		for _, verb := range []string{"extend", "remix", "again", "retry", "cancel", "delete", "remove", "keep", "show", "share",
			"withdraw", "use", "reuse", "begin"} {
			o := w.forges(user, here, "1:"+verb+":"+e.job)
			e.holds(t, verb, o)
			if o.Kind == discord.OutcomeModal {
				t.Errorf("%s opens a dialog of another server's", verb)
			}
		}
		e.holds(t, "a story", w.forges(user, here, "1:story:"+e.job+":0"))
		e.holds(t, "the history", w.forges(user, here, "1:history::0"))
		for _, list := range []string{"topweek", "topmonth", "topall", "new", "mine", "random"} {
			e.holds(t, list, w.forges(user, here, "1:gallery:"+list+":0"))
			e.holds(t, list, w.forges(user, here, "1:gallery:"+list+":1"))
		}
		e.holds(t, "a search", w.forges(user, here, "1:gallery:search:0:zeppelin"))
		for _, tab := range []string{"access", "limits", "defaults", "sharing", "words", "exact", "unwanted"} {
			e.holds(t, "settings "+tab, w.forges(user, here, "1:settings:"+tab))
		}
	}
	// A rule that names a place of another server does nothing there.
	w.forges(ada, here, "1:settings:showcase", workshop)
	w.shared(ada, dreams, "not for the workshop")
	// A vote from here is none there.
	w.reacts(omar, here, star)
	w.nothingMore()
	for _, m := range w.box.Discord.Messages(workshop) {
		if strings.Contains(says(&m), "not for the workshop") {
			t.Error("the workshop shows what was shared in the harbor")
		}
	}
	theirs := w.paid("a zeppelin nobody here has seen")
	for _, g := range w.box.Luma.Generations()[before:] {
		if g.Prompt == theirs.Prompt || g.Parent == theirs.ID {
			t.Errorf("paid for: %q of %q", g.Prompt, g.Parent)
		}
	}
	page := w.told(w.types(mei, workshop, "prompts new"), mei)
	if got := offered(page); len(got) != 1 || got[0] != e.job {
		t.Errorf("there it stands as it stood: %v", got)
	}
	if e.trials < 150 {
		t.Errorf("only %d things were tried", e.trials)
	}
}

// subcommands are a command's ways of being called, each with its options.
func subcommands(c discord.Command) map[string][]discord.Option {
	ways := map[string][]discord.Option{}
	for _, o := range c.Options {
		if o.Type == 1 {
			ways[c.Name+" "+o.Name] = o.Options
		}
	}
	if len(ways) == 0 {
		ways[c.Name] = c.Options
	}
	return ways
}

// mayType reports whether a person of the harbor is offered a command.
func mayType(user string, c discord.Command) bool {
	return c.Permissions == nil || user == ada
}

// try calls a command with a value in all its options of text, and completes each
// of those that complete.
func (e *elsewhere) try(t *testing.T, w *world, user, name string, options []discord.Option, value string) {
	t.Helper()
	var all []discord.GivenValue
	for _, o := range options {
		switch {
		case o.Type == 3 && len(o.Choices) == 0 && (value != "" || o.Required):
			text := value
			if text == "" {
				text = "three"
			}
			all = append(all, given(o.Name, text))
		case o.Type == 3 && o.Required:
			all = append(all, given(o.Name, o.Choices[0].Value))
		case o.Type == 6 && o.Required:
			all = append(all, given(o.Name, ben))
		}
		if o.Autocomplete {
			done, err := w.box.Discord.Autocomplete(w.context(), discord.Invocation{User: user, Channel: dreams, Command: name,
				Options: []discord.GivenValue{given(o.Name, value)}, Focused: o.Name})
			if err != nil {
				t.Fatalf("completing %s of /%s: %v", o.Name, name, err)
			}
			e.holds(t, "completing /"+name, done)
		}
	}
	if value == "zeppelin" && (name == "dream" || name == "extend") || name == "contest start" {
		return // these would be words of one's own
	}
	e.holds(t, "/"+name, w.types(user, dreams, name, all...))
}
