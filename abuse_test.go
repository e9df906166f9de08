package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"dreambot/internal/sandbox/discord"
)

// What people type is shown as they typed it, as far as it can be shown, and
// does nothing else: no mention, no link, no format, no direction beyond the
// prompt.
func TestPromptsOfEveryKindDoNothingButStandThere(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "50"
	w.start()
	for name, c := range map[string]struct {
		prompt string
		luma   string // what Luma gets; empty: the prompt
		not    string // what the card must not say
	}{
		"mentions":            {prompt: "hello @everyone, @here, <@" + ben + "> and <@&1201000000000000110>"},
		"markdown":            {prompt: "# big **bold** ||hidden|| `code` > quote\n- list"},
		"a code block":        {prompt: "```\nrm -rf\n```", not: "```"},
		"links":               {prompt: "[click](https://evil.example) https://evil.example/x?y=1", not: "[click](https"},
		"timestamps, emoji":   {prompt: "<t:0:R> <:a:123456789012345678> </dream:1>", not: "<t:0:R>"},
		"control characters":  {prompt: "a\x00b\x07c\x1b[31md", luma: "abc[31md"},
		"right-to-left":       {prompt: "abc\u202egpj.exe\u202c and \u2066x\u2069", luma: "abcgpj.exe and x", not: "\u202e"},
		"zero-width text":     {prompt: "in\u200bvis\u200dible\ufeff"},
		"an Arabic prompt":    {prompt: "قارب من ورق يبحر نحو الغروب"},
		"emoji of many parts": {prompt: "👩‍👩‍👧‍👦🏳️‍🌈👍🏽"},
		"5,000 characters":    {prompt: strings.Repeat("水", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			m := w.replies(ada, dreams, "dream", given("prompt", c.prompt))
			if c.luma == "" {
				c.luma = c.prompt
			}
			w.paid(c.luma)
			m = w.shows(m.ID, "Luma has it")
			text := says(&m)
			if len(m.Mentions) != 0 || c.not != "" && strings.Contains(text, c.not) || !utf8.ValidString(text) {
				t.Errorf("mentions %v; it says:\n%q", m.Mentions, text)
			}
			for _, line := range strings.Split(text, "\n") {
				if strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "- ") {
					t.Errorf("a format of the prompt's own: %q", line)
				}
			}
		})
	}
	// Longer than Luma takes: Discord's client lets nobody type that into the
	// command, but the two fields of a dialog hold it.
	w.box.Luma.Release()
	m := w.replies(ada, dreams, "dream", given("prompt", "moderated "+strings.Repeat("x", 4900)))
	m = w.shows(m.ID, "Failed")
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: ada, Message: m.ID, CustomID: pressable(m, "retry")})
	if err != nil || o.Kind != discord.OutcomeModal {
		t.Fatalf("the button: %+v, %v", o, err)
	}
	o, err = w.box.Discord.Submit(w.context(), discord.Submission{User: ada, Modal: o.Modal.ID,
		Values: map[string]string{"prompt": strings.Repeat("x", 4000), "prompt_more": strings.Repeat("y", 2400)}})
	if err != nil || o.Message == nil || o.Message.OnlyFor != ada || !strings.Contains(says(o.Message), "6400") {
		t.Errorf("6,400 characters: %+v, %v", o, err)
	}
}

// An attachment is what Discord could decode, whatever its name says.
func TestAttachmentsWithLyingNames(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	for name, id := range map[string]string{
		"a program called a picture": w.upload("cute.png", []byte("MZ\x90\x00 this program cannot be run")),
		"HTML called a picture":      w.upload("page.jpg", []byte("<html><script>alert(1)</script></html>")),
		"nothing called a picture":   w.upload("empty.webp", []byte{0}),
	} {
		o := w.types(ada, dreams, "dream", given("prompt", "from a lie"), given("image", id))
		if o.Kind != discord.OutcomeMessage || o.Message.OnlyFor != ada || !strings.Contains(says(o.Message), "not a picture") {
			t.Errorf("%s: %s %s", name, o.Kind, says(o.Message))
		}
	}
	m := w.replies(ada, dreams, "dream", given("prompt", "a picture by another name"), given("image", w.picture("..\\evil\u202egnp.png")))
	if shown, _ := media(m); len(shown) != 1 {
		t.Errorf("it shows %d pictures", len(shown))
	}
}

// Buttons show for everybody; the rights are looked at when one is pressed.
func TestWhoPressesCancelAndDelete(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "1"
	w.start()
	w.replies(ben, dreams, "dream", given("prompt", "takes the only place"))
	w.paid("takes the only place")
	press := func(user string, m discord.Message, label string) discord.Outcome {
		t.Helper()
		o, err := w.box.Discord.Press(w.context(), discord.Press{User: user, Message: m.ID, CustomID: button(t, m, label)})
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		return o
	}
	refused := func(o discord.Outcome, words string) {
		t.Helper()
		if o.Message == nil || o.Message.OnlyFor == "" || !strings.Contains(says(o.Message), words) {
			t.Errorf("%s %s, want %q", o.Kind, says(o.Message), words)
		}
	}
	for _, who := range []string{ada, omar} { // who asked, and a moderator
		m := w.replies(ada, dreams, "dream", given("prompt", "to be taken back by "+who))
		m = w.shows(m.ID, "Next in line")
		refused(press(ben, m, "Cancel"), "who asked")
		press(who, m, "Cancel")
		m = w.shows(m.ID, "Cancelled")
		if _, ok := find(m.Components, func(c discord.Component) bool { return c.Type == 2 }); ok {
			t.Error("a cancelled card has a button")
		}
	}
	for _, g := range w.box.Luma.Generations() {
		if strings.Contains(g.Prompt, "taken back") {
			t.Errorf("paid for: %q", g.Prompt)
		}
	}

	w.box.Luma.Release()
	for n, who := range []string{ada, omar} {
		m := w.replies(ada, general, "dream", given("prompt", fmt.Sprint("to be deleted: ", n)))
		m = w.shows(m.ID, "Completed")
		refused(press(ben, m, "Delete"), "who asked")
		o := press(who, m, "Delete")
		if o.Message == nil || o.Message.OnlyFor != who {
			t.Fatalf("it is not asked whether that is meant: %s %s", o.Kind, says(o.Message))
		}
		gone := w.disappears(m.ID)
		press(who, *o.Message, "Delete for everybody")
		gone()
	}
}

// disappears waits, from now on, until a message is deleted.
func (w *world) disappears(id string) (wait func()) {
	w.t.Helper()
	ctx := w.context()
	events := w.box.Discord.Subscribe(ctx, w.box.Discord.State().Seq)
	return func() {
		w.t.Helper()
		for e := range events {
			if e.Type == discord.EventMessageDelete && e.Message != nil && e.Message.ID == id {
				return
			}
		}
		w.t.Fatalf("message %s never goes", id)
	}
}

func TestAMemberWhoIsTooFastOrHasTooMuchIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["MEMBER_COMMANDS_PER_MINUTE"], w.environ["MEMBER_MAX_JOBS"] = "6", "2"
	w.start()
	for n := range 2 {
		w.replies(ada, dreams, "dream", given("prompt", fmt.Sprint("dream ", n)))
	}
	private := func(user string, words string) {
		t.Helper()
		o := w.types(user, dreams, "dream", given("prompt", "one too many"))
		if o.Message == nil || o.Message.OnlyFor != user || !strings.Contains(says(o.Message), words) || !strings.Contains(says(o.Message), "<t:") {
			t.Errorf("%s %s, want %q with a time", o.Kind, says(o.Message), words)
		}
	}
	private(ada, "unfinished")
	w.replies(ben, dreams, "dream", given("prompt", "another member's"))
	g := w.paid("dream 0")
	w.advance(g, "")
	w.advance(g, "")
	if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
		return strings.Contains(says(&m), "Completed") && strings.Contains(says(&m), "dream 0")
	}); err != nil {
		t.Fatal(err)
	}
	w.replies(ada, dreams, "dream", given("prompt", "there is room again"))
	for range 2 { // number five and six
		private(ada, "unfinished")
	}
	private(ada, "in a minute")
	w.paid("another member's")
	w.paid("there is room again")
	if n := len(w.box.Luma.Generations()); n != 4 {
		t.Errorf("%d were paid for, want 4", n)
	}
}

// A custom id that somebody made up, or took from another server, does nothing.
func TestForgedCustomIDsDoNothing(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	here := w.completes(ada, dreams, "in the harbor")
	elsewhere := w.replies(ben, workshop, "dream", given("prompt", "in the workshop"))
	g := w.paid("in the workshop")
	w.advance(g, "")
	w.advance(g, "")
	elsewhere = w.ended(elsewhere.ID)
	w.box.Luma.Hold()
	theirs := w.replies(ben, dreams, "dream", given("prompt", "another member's"))
	w.paid("another member's")
	w.shows(theirs.ID, "Luma has it")
	job := strings.TrimPrefix(pressable(here, "extend"), "1:extend:")
	for _, custom := range []string{
		pressable(elsewhere, "extend"), pressable(elsewhere, "delete"),
		strings.Replace(pressable(elsewhere, "delete"), "delete", "remove", 1),
		"1:extend:00000000000000000000", "1:remove:" + strings.Repeat("v", 20), "1:extend:../../etc", "2:extend:x", "x", "1::",
		strings.Repeat("1:", 50), "1:remove:" + job + ":1", "1:cancel:" + job,
	} {
		o, err := w.box.Discord.Press(w.context(), discord.Press{User: ada, Message: here.ID, CustomID: custom, Forged: true})
		if err != nil {
			t.Fatalf("%q: %v", custom, err)
		}
		if o.Message == nil || o.Message.OnlyFor != ada {
			t.Errorf("%q: %s %s", custom, o.Kind, says(o.Message))
		}
	}
	// Ben may not delete Ada's, wherever he has taken the id from.
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: ben, Message: theirs.ID, CustomID: "1:remove:" + job, Forged: true})
	if err != nil || o.Message == nil || o.Message.OnlyFor != ben {
		t.Errorf("another's: %s %s, %v", o.Kind, says(o.Message), err)
	}
	for _, m := range []discord.Message{here, elsewhere} {
		w.ended(m.ID) // it stands as it was
	}
	if n := len(w.box.Luma.Generations()); n != 3 {
		t.Errorf("%d were paid for", n)
	}
}
