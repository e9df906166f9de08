package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

func TestDreamFromText(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	const prompt = "a paper *boat* sails, @everyone, into <@1> https://example.org"
	options := []discord.GivenValue{given("prompt", prompt), given("model", w.model()), given("duration", "5s"), given("resolution", "720p")}
	if w.can.ExpandPrompt {
		options = append(options, given("expand_prompt", true))
	}
	m := w.replies(ada, dreams, "dream", options...)
	if text := says(&m); !strings.Contains(text, "Queued") || !strings.Contains(text, `a paper \*boat\* sails`) {
		t.Errorf("the first reply says:\n%s", text)
	}
	g := w.paid(prompt)
	if g.Model != w.model() || !lasts(g, 5) || g.Resolution != "720p" || w.can.ExpandPrompt && (g.ExpandPrompt == nil || !*g.ExpandPrompt) {
		t.Errorf("Luma was asked for %+v", g)
	}
	w.shows(m.ID, "Queued", "Luma has it")
	w.advance(g, "")
	w.shows(m.ID, "Dreaming", "Started")
	w.advance(g, "")
	done := w.shows(m.ID, "Completed", w.model(), "720p")
	w.plays(done, prompt)
	button(t, done, "Extend")
	if len(done.Mentions) != 0 {
		t.Errorf("it mentions %v", done.Mentions)
	}
	if got := w.box.Discord.Messages(dreams); len(got) != 1 {
		t.Errorf("%d messages, want the one that was edited", len(got))
	}
	if text := says(&done); strings.Contains(text, w.environ["LUMA_API_KEY"]) || strings.Contains(text, "gen") && strings.Contains(text, g.ID) {
		t.Errorf("it shows what is not for people:\n%s", text)
	}
}

func TestDreamFromOneAndTwoPictures(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	for n := 1; n <= 2; n++ {
		prompt := fmt.Sprintf("from %d pictures", n)
		options := []discord.GivenValue{given("prompt", prompt), given("image", w.picture("first.png"))}
		if n == 2 {
			options = append(options, given("end_image", w.picture("last.png")))
		}
		m := w.replies(ben, general, "dream", options...)
		if shown, _ := media(m); len(shown) != n {
			t.Errorf("the reply shows %d pictures, want %d", len(shown), n)
		}
		g := w.paid(prompt)
		// The whole signed address is passed on: without its query it is dead.
		if !strings.Contains(g.ImageURL, "hm=") || (n == 2) != strings.Contains(g.ImageEndURL, "hm=") {
			t.Errorf("Luma was given %q and %q", g.ImageURL, g.ImageEndURL)
		}
		w.advance(g, "")
		w.advance(g, "")
		w.plays(w.shows(m.ID, "Completed"), prompt)
	}
}

func TestExtendByDefaultByChoiceAndByButton(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	w.completes(ada, dreams, "the older one")
	newest := w.completes(ada, dreams, "the newest one")

	play := func(m discord.Message, prompt, parent string) discord.Message {
		t.Helper()
		g := w.paid(prompt)
		if p := w.paid(parent); g.Parent != p.ID {
			t.Errorf("%q extends %s, want %s (%q)", prompt, g.Parent, p.ID, parent)
		}
		w.advance(g, "")
		dreaming, completed := "Dreaming", "Completed"
		if m.InvokerID == mei {
			dreaming, completed = "生成中", "已完成" // the server has chosen no language
		}
		w.shows(m.ID, dreaming)
		w.advance(g, "")
		done := w.shows(m.ID, completed)
		w.plays(done, prompt)
		return done
	}
	options := []discord.GivenValue{given("prompt", "then it rains")}
	if w.can.ExtendEndImage {
		options = append(options, given("end_image", w.picture("end.png")))
	}
	byDefault := w.replies(ada, dreams, "extend", options...)
	play(byDefault, "then it rains", "the newest one")
	if g := w.paid("then it rains"); w.can.ExtendEndImage && !strings.Contains(g.ImageEndURL, "hm=") {
		t.Errorf("the last picture was given as %q", g.ImageEndURL)
	}

	// Somebody else finds it by what it shows.
	o, err := w.box.Discord.Autocomplete(w.context(), discord.Invocation{User: ben, Channel: dreams, Command: "extend",
		Options: []discord.GivenValue{given("prompt", "then it snows"), given("video", "older")}, Focused: "video"})
	if err != nil || len(o.Choices) != 1 || o.Choices[0].Name != "the older one" {
		t.Fatalf("suggested %+v, %v", o.Choices, err)
	}
	byChoice := w.replies(ben, dreams, "extend", given("prompt", "then it snows"), given("video", o.Choices[0].Value))
	play(byChoice, "then it snows", "the older one")

	o, err = w.box.Discord.Press(w.context(), discord.Press{User: mei, Message: newest.ID, CustomID: button(t, newest, "Extend")})
	if err != nil || o.Kind != discord.OutcomeModal || o.Modal.Title != "延长这个视频" {
		t.Fatalf("the button: %+v, %v", o, err)
	}
	o, err = w.box.Discord.Submit(w.context(), discord.Submission{User: mei, Modal: o.Modal.ID, Values: map[string]string{"prompt": "then the sun rises"}})
	if err != nil || o.Kind != discord.OutcomeMessage {
		t.Fatalf("the modal: %+v, %v", o, err)
	}
	play(*o.Message, "then the sun rises", "the newest one")
}

func TestAFailureIsSaidPlainlyAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "something dubious"), given("model", w.model()))
	g := w.paid("something dubious")
	w.advance(g, "Advanced prompt moderation failed")
	failed := w.shows(m.ID, "Failed", "moderation did not accept the prompt")
	if strings.Contains(says(&failed), "Advanced") {
		t.Errorf("Luma's words are shown raw:\n%s", says(&failed))
	}
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: ada, Message: m.ID, CustomID: button(t, failed, "Edit and retry")})
	if err != nil || o.Kind != discord.OutcomeModal {
		t.Fatalf("the button: %+v, %v", o, err)
	}
	if field := o.Modal.Components[0].Component; field == nil || field.Value != "something dubious" {
		t.Errorf("the prompt is not filled in: %+v", o.Modal.Components)
	}
	o, err = w.box.Discord.Submit(w.context(), discord.Submission{User: ada, Modal: o.Modal.ID, Values: map[string]string{"prompt": "something lovely"}})
	if err != nil || o.Kind != discord.OutcomeMessage || o.Message.ID == m.ID {
		t.Fatalf("the modal: %+v, %v", o, err)
	}
	again := w.paid("something lovely")
	if again.Model != w.model() {
		t.Errorf("tried again with model %q", again.Model)
	}
	w.advance(again, "")
	w.advance(again, "")
	w.plays(w.shows(o.Message.ID, "Completed"), "something lovely")
}

func TestMistakesAreAnsweredPrivatelyAndCostNothing(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	for name, c := range map[string]struct {
		user, channel, command string
		options                []discord.GivenValue
		want                   string
	}{
		"blank prompt":            {ada, dreams, "dream", []discord.GivenValue{given("prompt", "   ")}, "The prompt is empty"},
		"blank prompt, Chinese":   {mei, dreams, "dream", []discord.GivenValue{given("prompt", "   ")}, "提示词是空的"},
		"a name that lies":        {ada, dreams, "dream", []discord.GivenValue{given("prompt", "a fox"), given("image", w.upload("photo.png", []byte("%PDF-1.7 no picture")))}, "not a picture that can be used"},
		"a gif":                   {ada, dreams, "dream", []discord.GivenValue{given("prompt", "a fox"), given("image", w.upload("a.gif", gif))}, "not a picture that can be used"},
		"an end without a start":  {ada, dreams, "dream", []discord.GivenValue{given("prompt", "a fox"), given("end_image", w.picture("end.png"))}, "needs a first one"},
		"nothing to extend":       {ben, general, "extend", []discord.GivenValue{given("prompt", "a fox")}, "no finished video in this channel"},
		"a video that is unknown": {ben, general, "extend", []discord.GivenValue{given("prompt", "a fox"), given("video", "my cat")}, "no such video here"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: c.user, Channel: c.channel, Command: c.command, Options: c.options})
			if err != nil || o.Kind != discord.OutcomeMessage {
				t.Fatalf("%+v, %v", o, err)
			}
			if o.Message.OnlyFor != c.user || !strings.Contains(says(o.Message), c.want) {
				t.Errorf("only for %q:\n%s", o.Message.OnlyFor, says(o.Message))
			}
		})
	}
	if got := w.box.Luma.Generations(); len(got) != 0 {
		t.Errorf("%d generations were paid for", len(got))
	}
}

func TestAVideoOfAnotherServerCannotBeExtended(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	there := w.completes(ada, dreams, "stays in the harbor")
	job := strings.Split(button(t, there, "Extend"), ":")[2]
	o := w.types(ada, workshop, "extend", given("prompt", "a fox"), given("video", job))
	if o.Kind != discord.OutcomeMessage || o.Message.OnlyFor != ada || !strings.Contains(says(o.Message), "no such video here") {
		t.Errorf("%s: %s", o.Kind, says(o.Message))
	}
}

func TestTheLineIsShownAndMoves(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["LUMA_CONCURRENCY"] = "1"
	w.start()
	first := w.replies(ada, dreams, "dream", given("prompt", "first"))
	g := w.paid("first")
	second := w.replies(ben, dreams, "dream", given("prompt", "second"))
	third := w.replies(ada, dreams, "dream", given("prompt", "third"))
	w.shows(second.ID, "Next in line")
	w.shows(third.ID, "Number 2 in line")
	w.advance(g, "")
	w.advance(g, "")
	w.shows(first.ID, "Completed")
	w.shows(second.ID, "Luma has it")
	w.shows(third.ID, "Next in line")
}

func TestAReplyIsInTheServersLanguage(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.replies(ada, workshop, "dream", given("prompt", "一只纸船"))
	if text := says(&m); !strings.Contains(text, "排队中") {
		t.Errorf("it says:\n%s", text)
	}
}

func TestMoreThanDiscordTakesIsShownByItsLink(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{UploadSize: 1000})
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "a large one"))
	g := w.paid("a large one")
	w.advance(g, "")
	w.advance(g, "")
	done := w.shows(m.ID, "Completed", "too large to upload")
	if len(done.Attachments) != 0 {
		t.Errorf("%d files were uploaded", len(done.Attachments))
	}
	var link string
	sandbox.Walk(done.Components, func(c discord.Component) {
		for _, i := range c.Items {
			link = i.Media.URL
		}
	})
	if !strings.HasPrefix(link, w.box.URL()+"/clips/") {
		t.Errorf("the gallery shows %q", link)
	}
}

func TestPastTheTokensLifeTheChannelsWayIsTaken(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "a slow one"))
	g := w.paid("a slow one")
	w.shows(m.ID, "Luma has it")
	w.box.Discord.ExpireTokens()
	w.advance(g, "")
	w.shows(m.ID, "Dreaming")
	w.advance(g, "")
	w.plays(w.shows(m.ID, "Completed"), "a slow one")
	refused := 0
	for _, c := range w.calls.all() {
		if c.Status >= 400 {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d requests were refused; the token's end is found out by one and remembered", refused)
	}
}

func TestAnAnswerThatDiscordRefusesIsNotPaidFor(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{Ack: 500 * time.Millisecond})
	w.start()
	w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			return &discord.Answer{Status: 404, Body: `{"message":"Unknown interaction","code":10062}`,
				Header: http.Header{"Content-Type": {"application/json"}}}
		}
		return nil
	})
	if o := w.types(ada, dreams, "dream", given("prompt", "unheard")); o.Kind != discord.OutcomeNone {
		t.Errorf("the person saw %s", o.Kind)
	}
	w.box.Discord.SetIntercept(nil)
	// What comes later is paid for, so the one before would have been by now.
	w.replies(ada, dreams, "dream", given("prompt", "heard"))
	w.paid("heard")
	w.end()
	w.start()
	w.replies(ada, dreams, "dream", given("prompt", "heard again"))
	w.paid("heard again")
	for _, g := range w.box.Luma.Generations() {
		if g.Prompt == "unheard" {
			t.Error("it was paid for")
		}
	}
}

func TestAnAnswerThatIsLostOnTheWayIsLookedUp(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	var once sync.Once
	w.box.Discord.SetIntercept(func(r *http.Request) (a *discord.Answer) {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			once.Do(func() { a = &discord.Answer{After: true, Drop: true} })
		}
		return a
	})
	m := w.replies(ada, dreams, "dream", given("prompt", "half heard"))
	g := w.paid("half heard")
	w.advance(g, "")
	w.advance(g, "")
	w.plays(w.shows(m.ID, "Completed"), "half heard")
	if got := w.box.Discord.Messages(dreams); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
}

func TestButtonsWorkAfterARestart(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	done := w.completes(ada, dreams, "made by one run")
	w.end()
	w.start()
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: ben, Message: done.ID, CustomID: button(t, done, "Extend")})
	if err != nil || o.Kind != discord.OutcomeModal {
		t.Fatalf("%+v, %v", o, err)
	}
	if o, err = w.box.Discord.Submit(w.context(), discord.Submission{User: ben, Modal: o.Modal.ID,
		Values: map[string]string{"prompt": "pressed in the next"}}); err != nil || o.Kind != discord.OutcomeMessage {
		t.Fatalf("%+v, %v", o, err)
	}
	w.paid("pressed in the next")
}
