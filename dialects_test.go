package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
	api "dreambot/luma"
)

// What only some dialects of Luma's API can, whichever the other tests speak.

// speak starts the servers, and has Luma speak a dialect; generations stand still.
func speak(t *testing.T, dialect string) *world {
	t.Helper()
	w := openAs(t, sandbox.Config{Luma: dialect})
	w.box.Luma.Hold()
	return w
}

// eachOwn runs a test with each of Luma's own APIs, the bot started on it.
func eachOwn(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	for _, dialect := range []string{"lumalabs", "agents"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := speak(t, dialect)
			w.start()
			test(t, w)
		})
	}
}

// refuses is types for a command that is refused, with these words.
func (w *world) refuses(user, channel, command string, words []string, options ...discord.GivenValue) {
	w.t.Helper()
	w.told(w.types(user, channel, command, options...), user, words...)
}

// suggested is the id of the only result that a command's option suggests for what
// is typed.
func (w *world) suggested(user, channel, command, option, typed string) string {
	w.t.Helper()
	o, err := w.box.Discord.Autocomplete(w.context(), discord.Invocation{User: user, Channel: channel, Command: command,
		Options: []discord.GivenValue{given(option, typed)}, Focused: option})
	if err != nil || len(o.Choices) != 1 {
		w.t.Fatalf("/%s %s:%s suggests %+v, %v", command, option, typed, o.Choices, err)
	}
	id, _ := o.Choices[0].Value.(string)
	return id
}

// accepts waits until Luma has accepted a generation of a kind.
func (w *world) accepts(kind string) luma.Generation {
	w.t.Helper()
	g, err := w.box.Luma.WaitGeneration(w.context(), func(g luma.Generation) bool { return g.Kind == kind })
	if err != nil {
		w.t.Fatalf("Luma never got a generation of kind %q: %v", kind, err)
	}
	return g
}

// With each dialect, Discord knows what Luma can, and nothing else.
func TestCommandsFollowTheDialect(t *testing.T) {
	t.Parallel()
	for _, dialect := range api.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := speak(t, dialect)
			w.start()
			options := map[string][]string{}
			for _, c := range w.box.Discord.State().Commands {
				options[c.Name] = []string{}
				for _, o := range c.Options {
					options[c.Name] = append(options[c.Name], o.Name)
				}
			}
			for _, c := range []struct {
				command, option string
				there           bool
			}{
				{"dream", "model", true},
				{"dream", "resolution", true},
				{"dream", "aspect_ratio", len(w.can.AspectRatios) > 0},
				{"dream", "loop", w.can.Loop},
				{"dream", "expand_prompt", w.can.ExpandPrompt},
				{"extend", "direction", w.can.Backward},
				{"extend", "end_image", w.can.ExtendEndImage},
				{"blend", "second", w.can.Blend},
				{"upscale", "resolution", len(w.can.Upscale) > 0},
				{"sound", "prompt", w.can.Sound},
			} {
				if got := slices.Contains(options[c.command], c.option); got != c.there {
					t.Errorf("/%s has the option %s: %v", c.command, c.option, got)
				}
			}
			if dialect == "crazyrouter" == (w.can.Loop || w.can.Backward) {
				t.Errorf("it can %+v", w.can)
			}
		})
	}
}

// A dream with everything that Luma's own APIs have besides, and what they refuse
// is refused before anything is paid.
func TestLoopAndAspectRatio(t *testing.T) {
	eachOwn(t, func(t *testing.T, w *world) {
		m := w.replies(ada, dreams, "dream", given("prompt", "waves come and go"), given("aspect_ratio", "9:16"),
			given("loop", true), given("resolution", "1080p"))
		g := w.paid("waves come and go")
		if g.AspectRatio != "9:16" || !g.Loop || g.Resolution != "1080p" {
			t.Errorf("Luma got %+v", g)
		}
		w.plays(w.finishes(g, m), "waves come and go")
		w.shows(m.ID, "9:16", "loop")

		w.refuses(ada, dreams, "dream", []string{"loop", "last"}, given("prompt", "waves come and go again"), given("loop", true),
			given("image", w.picture("a.png")), given("end_image", w.picture("b.png")))
		w.nothingMore()
		if n := len(w.box.Luma.Generations()); n != 2 {
			t.Errorf("%d generations, want 2", n)
		}
	})
}

// Ten seconds from a picture are what agents writes otherwise; with a last picture
// there is no way.
func TestTenSecondsFromAPicture(t *testing.T) {
	t.Parallel()
	w := speak(t, "agents")
	w.start()
	m := w.replies(ada, dreams, "dream", given("prompt", "a long way"), given("duration", "10s"), given("image", w.picture("a.png")))
	w.plays(w.finishes(w.paid("a long way"), m), "a long way")
	w.refuses(ada, dreams, "dream", []string{"last"}, given("prompt", "a longer way"), given("duration", "10s"),
		given("image", w.picture("a.png")), given("end_image", w.picture("b.png")))
}

func TestExtendBackward(t *testing.T) {
	eachOwn(t, func(t *testing.T, w *world) {
		w.completes(ada, dreams, "the end of a day")
		m := w.replies(ada, dreams, "extend", given("prompt", "its morning"), given("direction", "backward"))
		g := w.paid("its morning")
		if parent := w.paid("the end of a day"); g.Parent != parent.ID || !g.Backward {
			t.Errorf("Luma got %+v, want what comes before %s", g, parent.ID)
		}
		w.plays(w.finishes(g, m), "its morning")
	})
}

// The way between two videos, a video in a higher resolution and one with sound are
// results of their own, which lead back to what they were made from; all of them can
// be made once more.
func TestBlendUpscaleAndSound(t *testing.T) {
	t.Parallel()
	w := speak(t, "lumalabs")
	w.start()
	w.completes(ada, dreams, "a green hill")
	hill := w.paid("a green hill")
	w.completes(ada, dreams, "a blue sea")
	sea := w.paid("a blue sea")

	m := w.replies(ben, dreams, "blend", given("prompt", "from here to there"),
		given("first", w.suggested(ben, dreams, "blend", "first", "hill")), given("second", w.suggested(ben, dreams, "blend", "second", "sea")))
	g := w.paid("from here to there")
	if g.Kind != "blend" || g.Parent != hill.ID || g.Second != sea.ID {
		t.Errorf("Luma got %+v, want the way from %s to %s", g, hill.ID, sea.ID)
	}
	w.plays(w.finishes(g, m), "from here to there")

	m = w.replies(ada, dreams, "upscale", given("resolution", "4k"))
	if g = w.accepts("upscale"); g.Parent != sea.ID || g.Resolution != "4k" {
		t.Errorf("Luma got %+v, want %s in 4k", g, sea.ID)
	}
	m = w.finishes(g, m)
	w.plays(m, "a blue sea")
	w.shows(m.ID, "4k")
	w.refuses(ada, dreams, "upscale", []string{"4k"}, given("resolution", "4k"), given("video", w.jobID(m)))

	m = w.replies(ada, dreams, "sound", given("prompt", "gulls"), given("video", w.suggested(ada, dreams, "sound", "video", "hill")))
	if g = w.accepts("sound"); g.Parent != hill.ID || g.Prompt != "gulls" {
		t.Errorf("Luma got %+v, want %s with gulls", g, hill.ID)
	}
	m = w.finishes(g, m)
	w.plays(m, "gulls")

	again := w.card(w.presses(ada, m, "Again"))
	g, err := w.box.Luma.WaitGeneration(w.context(), func(next luma.Generation) bool { return next.Kind == "sound" && next.ID != g.ID })
	if err != nil || g.Parent != hill.ID || g.Prompt != "gulls" {
		t.Fatalf("once more: %+v, %v", g, err)
	}
	w.plays(w.finishes(g, again), "gulls")
}

// jobID is the id of the job that a card shows.
func (w *world) jobID(m discord.Message) string {
	w.t.Helper()
	id := jobOf(m)
	if id == "" {
		w.t.Fatalf("no job is named:\n%s", says(&m))
	}
	return id
}

// Where Luma keeps a list, what a crash has left between the paid call and its
// answer is found there, whenever the process is killed again.
func TestACrashDuringThePaidCallIsHealed(t *testing.T) {
	t.Parallel()
	const prompt = "survives its birth"
	for name, c := range map[string]struct {
		paid bool // Luma had accepted it
		then func(w *world)
		ends string
	}{
		"accepted":                               {true, func(*world) {}, "Completed"},
		"accepted, and the list is out of order": {true, func(w *world) { w.listless(3) }, "Completed"},
		"accepted, and killed while it is looked for": {true, func(w *world) {
			asked := w.listless(1000)
			kill := w.spawn()
			asked.wait(w)
			kill()
			w.offline()
			w.box.Luma.SetIntercept(nil)
		}, "Completed"},
		"not accepted": {false, func(*world) {}, "can't tell whether Luma got it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := speak(t, "lumalabs")
			kill := w.spawn()
			sent := newGate()
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if r.Method != http.MethodPost {
					return nil
				}
				if !c.paid {
					sent.arrive()
					<-r.Context().Done()
					return &luma.Answer{Drop: true}
				}
				return &luma.Answer{After: true, Drop: true, Delay: patience}
			})
			w.dreams(prompt)
			if c.paid {
				w.paid(prompt)
			} else {
				sent.wait(w)
			}
			kill()
			w.offline()
			w.box.Luma.SetIntercept(nil)
			c.then(w)
			w.spawn()
			w.box.Luma.Release()
			m := w.message("at its end", func(m discord.Message) bool { return strings.Contains(says(&m), c.ends) })
			if c.paid {
				w.plays(m, prompt)
			}
			if n := w.paidFor(prompt); n > 1 || (n == 1) != c.paid {
				t.Errorf("paid for %d times", n)
			}
		})
	}
}

// What has no prompt of its own is found, too.
func TestACrashDuringAnUpscaleIsHealed(t *testing.T) {
	t.Parallel()
	w := speak(t, "lumalabs")
	kill := w.spawn()
	w.completes(ada, dreams, "small as yet")
	w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
		if r.Method == http.MethodPost {
			return &luma.Answer{After: true, Drop: true, Delay: patience}
		}
		return nil
	})
	m := w.replies(ada, dreams, "upscale", given("resolution", "1080p"))
	g := w.accepts("upscale")
	kill()
	w.offline()
	w.box.Luma.SetIntercept(nil)
	w.spawn()
	w.shows(m.ID, "Luma has it")
	w.plays(w.finishes(g, m), "small as yet")
	if n := len(w.box.Luma.Generations()); n != 2 {
		t.Errorf("%d generations, want 2", n)
	}
}

// listless has Luma refuse its list so many times; the counter is told of each.
func (w *world) listless(times int) *counter {
	w.t.Helper()
	asked, left := newCounter(1), newCounter(times)
	w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/generations") || left.count() >= times {
			return nil
		}
		left.add()
		asked.add()
		return &luma.Answer{Status: http.StatusServiceUnavailable}
	})
	return asked
}

// A lost answer costs nobody their video, and twins are not taken for one another.
func TestLostAnswersAreFoundInTheList(t *testing.T) {
	t.Parallel()
	w := speak(t, "lumalabs")
	w.start()
	w.has(luma.FaultLostAnswers)
	var cards []discord.Message
	for range 2 {
		cards = append(cards, w.replies(ada, dreams, "dream", given("prompt", "one of two")))
	}
	w.has()
	w.box.Luma.Release()
	for _, m := range cards {
		w.plays(w.shows(m.ID, "Completed"), "one of two")
	}
	if n := w.paidFor("one of two"); n != 2 {
		t.Errorf("paid for %d times", n)
	}
}
