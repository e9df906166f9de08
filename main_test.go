package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
)

func TestDreamFromText(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	const prompt = "a paper *boat* sails, @everyone, into <@1> https://example.org"
	m := w.replies(ada, dreams, "dream", given("prompt", prompt), given("model", "ray-v2"),
		given("duration", "5s"), given("resolution", "720p"), given("expand_prompt", true))
	if text := says(&m); !strings.Contains(text, "Queued") || !strings.Contains(text, `a paper \*boat\* sails`) {
		t.Errorf("the first reply says:\n%s", text)
	}
	g := w.paid(prompt)
	if g.Model != "ray-v2" || g.Duration != "5" || g.Resolution != "720p" || g.ExpandPrompt == nil || !*g.ExpandPrompt {
		t.Errorf("Luma was asked for %+v", g)
	}
	w.shows(m.ID, "Queued", "Luma has it")
	w.advance(g, "")
	w.shows(m.ID, "Dreaming", "Started")
	w.advance(g, "")
	done := w.shows(m.ID, "Completed", "ray-v2", "720p")
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
	byDefault := w.replies(ada, dreams, "extend", given("prompt", "then it rains"), given("end_image", w.picture("end.png")))
	play(byDefault, "then it rains", "the newest one")
	if g := w.paid("then it rains"); !strings.Contains(g.ImageEndURL, "hm=") {
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
	m := w.replies(ada, dreams, "dream", given("prompt", "something dubious"), given("model", "ray-v1"))
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
	if again.Model != "ray-v1" {
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
		"a name that lies":        {ada, dreams, "dream", []discord.GivenValue{given("prompt", "x"), given("image", w.upload("photo.png", []byte("%PDF-1.7 no picture")))}, "not a picture that can be used"},
		"a gif":                   {ada, dreams, "dream", []discord.GivenValue{given("prompt", "x"), given("image", w.upload("a.gif", gif))}, "not a picture that can be used"},
		"an end without a start":  {ada, dreams, "dream", []discord.GivenValue{given("prompt", "x"), given("end_image", w.picture("end.png"))}, "needs a first one"},
		"nothing to extend":       {ben, general, "extend", []discord.GivenValue{given("prompt", "x")}, "no finished video in this channel"},
		"a video that is unknown": {ben, general, "extend", []discord.GivenValue{given("prompt", "x"), given("video", "my cat")}, "no such video here"},
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
	o := w.types(ada, workshop, "extend", given("prompt", "x"), given("video", job))
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
	m := w.replies(ada, workshop, "dream", given("prompt", "纸船"))
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
	walk(done.Components, func(c discord.Component) {
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

func TestHealthAndMetricsAreServed(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.environ["HTTP_ADDR"] = "127.0.0.1:0"
	w.start()
	w.completes(ada, dreams, "to be counted")
	_, addr, _ := strings.Cut(w.logs.String(), `msg="serving /healthz, /readyz and /metrics" addr=`)
	addr, _, _ = strings.Cut(addr, "\n")
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "",
		"/metrics": `dreambot_job_transitions_total{from="waiting",kind="dream",to="submitting"} 1`,
	} {
		resp, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, %v; want %q in %.500s", path, resp.StatusCode, err, want, body)
		}
		for _, secret := range append(w.calls.tokens(), w.environ["DISCORD_TOKEN"], w.environ["LUMA_API_KEY"]) {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s shows a secret", path)
			}
		}
	}
}

// What only the operator can mend ends the program with a sentence that says
// what to do.
func TestWhatOnlyTheOperatorCanMendIsSaid(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	foreign := filepath.Join(t.TempDir(), "photo.db")
	if err := os.WriteFile(foreign, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		change map[string]string
		status int
		says   []string
	}{
		"nothing is configured": {nil, map[string]string{"DISCORD_TOKEN": "", "LUMA_API_KEY": ""}, exitUsage,
			[]string{"DISCORD_TOKEN", "LUMA_API_KEY", "dreambot sandbox"}},
		"several mistakes": {nil, map[string]string{"LUMA_CONCURRENCY": "many", "DISCORD_API_URL": "http://example.org", "LOG_LEVEL": "loud"}, exitUsage,
			[]string{"LUMA_CONCURRENCY", "DISCORD_API_URL", "LOG_LEVEL"}},
		"a dialect that is none":   {nil, map[string]string{"LUMA_API": "klingon"}, exitUsage, []string{"LUMA_API", "crazyrouter"}},
		"a token that is refused":  {nil, map[string]string{"DISCORD_TOKEN": "not.a.token", "DATABASE_URL": filepath.Join(t.TempDir(), "x.db")}, exitError, []string{"DISCORD_TOKEN"}},
		"the data is in use":       {nil, nil, exitError, []string{"in use by another process"}},
		"a file that is no store":  {nil, map[string]string{"DATABASE_URL": foreign}, exitError, []string{foreign, "not a dreambot database"}},
		"an unknown command":       {[]string{"sandbocks"}, nil, exitUsage, []string{"Usage:"}},
		"too many arguments":       {[]string{"version", "2"}, nil, exitUsage, []string{"Usage:"}},
		"a sandbox for all to see": {[]string{"sandbox", "-addr", "0.0.0.0:0"}, nil, exitError, []string{"loopback"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := maps.Clone(w.environ)
			maps.Copy(environ, c.change)
			var said logBuffer
			if status := run(w.context(), c.args, environ, io.Discard, &said); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			for _, words := range c.says {
				if !strings.Contains(said.String(), words) {
					t.Errorf("it does not say %q:\n%s", words, said.String())
				}
			}
			if strings.Contains(said.String(), environ["LUMA_API_KEY"]) && environ["LUMA_API_KEY"] != "" {
				t.Error("it says the key")
			}
		})
	}
}

// The server that the commands are for need not have the bot yet; and what was
// registered for it alone goes when they are registered everywhere.
func TestCommandsAreRegisteredWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	var refusals atomic.Int32
	w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/guilds/") && refusals.Add(1) == 1 {
			return &discord.Answer{Status: 403, Body: `{"message":"Missing Access","code":50001}`,
				Header: http.Header{"Content-Type": {"application/json"}}}
		}
		return nil
	})
	w.environ["DISCORD_GUILD_ID"] = harbor
	w.start()
	registered := func(guild string) {
		t.Helper()
		commands := w.box.Discord.State().Commands
		for _, c := range commands {
			if c.GuildID != guild {
				t.Errorf("/%s is registered in %q", c.Name, c.GuildID)
			}
		}
		if len(commands) != 2 {
			t.Errorf("%d commands", len(commands))
		}
	}
	registered(harbor)
	if !strings.Contains(w.logs.String(), "is not in server "+harbor) {
		t.Error("the operator is not told what is missing")
	}
	w.end()
	delete(w.environ, "DISCORD_GUILD_ID")
	w.start()
	registered("")
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{"help": "DISCORD_TOKEN", "version": "dreambot "} {
		var out, errs logBuffer
		if status := run(context.Background(), []string{arg}, nil, &out, &errs); status != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%s: status %d: %s%s", arg, status, out.String(), errs.String())
		}
	}
}

func TestThreeHundredAtOnceAreAllAnsweredInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("300 interactions at once")
	}
	w := open(t, discord.Limits{})
	w.spec.pause() // 300 times the same
	w.environ["LOG_LEVEL"] = "warn"
	w.start()
	const many = 300
	var group sync.WaitGroup
	took := make([]time.Duration, many)
	for n := range many {
		group.Go(func() {
			o, err := w.box.Discord.Invoke(w.context(), discord.Invocation{User: []string{ada, ben}[n%2], Channel: dreams,
				Command: "dream", Options: []discord.GivenValue{given("prompt", fmt.Sprint("one of many: ", n))}})
			if err != nil || o.Kind != discord.OutcomeMessage {
				t.Errorf("%d: %s, %v", n, o.Kind, err)
			}
			took[n] = o.Took
		})
	}
	group.Wait()
	var longest time.Duration
	for _, d := range took {
		longest = max(longest, d)
	}
	t.Logf("the slowest of %d was answered after %v", many, longest)
	// Discord's limit, which the stand-in holds: an answer after it is void.
	if longest > 3*time.Second {
		t.Errorf("the slowest was answered after %v", longest)
	}
	w.box.Luma.Release() // no waiting in any state: all of them come to their end
	completed := map[string]bool{}
	if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
		if strings.Contains(says(&m), "Completed") {
			completed[m.ID] = true
		}
		return len(completed) == many
	}); err != nil {
		t.Fatalf("%d of %d are completed: %v", len(completed), many, err)
	}
	if got := len(w.box.Luma.Generations()); got != many {
		t.Errorf("%d were paid for", got)
	}
}

// BenchmarkAcknowledge is from a person's act to the bot's answer: over the
// gateway, stored with its sync to disk, and back by REST. Its Outcome.Took is
// the stand-in's measure, so ns/op is for all at once.
func BenchmarkAcknowledge(b *testing.B) {
	for _, many := range []int{1, 300} {
		b.Run(fmt.Sprint(many, " at once"), func(b *testing.B) {
			w := open(b, discord.Limits{})
			w.spec.pause()
			w.environ["LOG_LEVEL"] = "error"
			w.start()
			var mu sync.Mutex
			var took []time.Duration
			for b.Loop() {
				var group sync.WaitGroup
				for n := range many {
					group.Go(func() {
						o, err := w.box.Discord.Invoke(b.Context(), discord.Invocation{User: []string{ada, ben}[n%2],
							Channel: dreams, Command: "dream", Options: []discord.GivenValue{given("prompt", "a boat")}})
						if err != nil || o.Kind != discord.OutcomeMessage {
							b.Errorf("%s, %v", o.Kind, err)
						}
						mu.Lock()
						defer mu.Unlock()
						took = append(took, o.Took)
					})
				}
				group.Wait()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-slowest")
		})
	}
}
