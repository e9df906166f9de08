package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// spawn starts the bot in a process of its own, so that it can be killed, and
// waits until it is online.
func (w *world) spawn() (kill func()) {
	w.t.Helper()
	c := w.process()
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = c.Process.Kill()
			_ = c.Wait() // it says that it was killed
		})
	}
	w.t.Cleanup(kill)
	w.online()
	return kill
}

// stage is where the bot is killed: it gets a fresh world and returns when the
// job stands there.
type stage struct {
	name string
	// reach brings a job with this prompt to the stage. It returns once
	// nothing more happens by itself.
	reach func(w *world, prompt string)
	// want is what the reply says in the end, or interrupted, and paid how many generations
	// Luma has accepted for it then.
	want string
	paid int
}

// gate is a place where requests that match wait until it is opened or the
// test is over.
type gate struct {
	reached chan struct{}
	once    sync.Once
}

func newGate() *gate { return &gate{reached: make(chan struct{})} }

func (g *gate) arrive() { g.once.Do(func() { close(g.reached) }) }

func (g *gate) wait(w *world) {
	w.t.Helper()
	select {
	case <-g.reached:
	case <-w.context().Done():
		w.t.Fatal("the stage is never reached")
	}
}

// dreams types the command without waiting for what comes of it.
func (w *world) dreams(prompt string) {
	w.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = w.box.Discord.Invoke(w.context(), discord.Invocation{User: ada, Channel: dreams, Command: "dream",
			Options: []discord.GivenValue{given("prompt", prompt)}})
	}()
	w.t.Cleanup(func() { <-done })
}

// interrupted is what a card says in the end as world.cannotTell has it.
const interrupted = ""

func lost(r *http.Request, method, suffix string) bool {
	return r.Method == method && strings.HasSuffix(r.URL.Path, suffix)
}

var stages = []stage{
	{"waiting, answer lost", func(w *world, prompt string) {
		g := newGate()
		w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
			if lost(r, http.MethodPost, "/callback") {
				g.arrive()
				return &discord.Answer{After: true, Drop: true}
			}
			return nil
		})
		w.dreams(prompt)
		g.wait(w)
	}, "Completed", 1},
	{"waiting in line", func(w *world, prompt string) {
		w.replies(ben, dreams, "dream", given("prompt", "takes the only place"))
		w.paid("takes the only place")
		m := w.replies(ada, dreams, "dream", given("prompt", prompt))
		w.shows(m.ID, "Next in line")
	}, "Completed", 1},
	{"submitting, not accepted", func(w *world, prompt string) {
		g := newGate()
		w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
			if r.Method == http.MethodPost {
				g.arrive()
				<-r.Context().Done() // the answer never comes
				return &luma.Answer{Drop: true}
			}
			return nil
		})
		w.dreams(prompt)
		g.wait(w)
	}, interrupted, 0},
	{"submitting, accepted", func(w *world, prompt string) {
		w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
			if r.Method == http.MethodPost {
				return &luma.Answer{After: true, Drop: true, Delay: patience}
			}
			return nil
		})
		w.dreams(prompt)
		w.paid(prompt)
	}, interrupted, 1},
	{"queued", func(w *world, prompt string) {
		m := w.replies(ada, dreams, "dream", given("prompt", prompt))
		w.shows(m.ID, "Luma has it")
	}, "Completed", 1},
	{"dreaming", func(w *world, prompt string) {
		m := w.replies(ada, dreams, "dream", given("prompt", prompt))
		w.advance(w.paid(prompt), "")
		w.shows(m.ID, "Dreaming")
	}, "Completed", 1},
	{"completed, not shown", func(w *world, prompt string) {
		m := w.replies(ada, dreams, "dream", given("prompt", prompt))
		g := w.paid(prompt)
		w.shows(m.ID, "Luma has it")
		shut := newGate()
		w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
			if r.Method == http.MethodPatch {
				shut.arrive()
				return &discord.Answer{Status: http.StatusServiceUnavailable}
			}
			return nil
		})
		w.advance(g, "")
		w.advance(g, "")
		shut.wait(w)
	}, "Completed", 1},
	{"completed and shown, not recorded", func(w *world, prompt string) {
		m := w.replies(ada, dreams, "dream", given("prompt", prompt))
		g := w.paid(prompt)
		w.shows(m.ID, "Luma has it")
		w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
			if r.Method == http.MethodPatch {
				return &discord.Answer{After: true, Drop: true}
			}
			return nil
		})
		w.advance(g, "")
		w.advance(g, "")
		w.shows(m.ID, "Completed")
	}, "Completed", 1},
}

// The bot is killed where each stage says, and started again: every job comes
// to its end in the one reply that it has, and none is paid for twice.
func TestKilledInAnyStateNothingIsLostAndNothingPaidTwice(t *testing.T) {
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			maps.Copy(w.environ, map[string]string{"LUMA_CONCURRENCY": "1"})
			kill := w.spawn()
			const prompt = "survives everything"
			if s.want == interrupted {
				s.want = w.cannotTell(s.paid > 0)
			}
			s.reach(w, prompt)
			kill()
			w.offline()
			w.box.Discord.SetIntercept(nil)
			w.box.Luma.SetIntercept(nil)
			w.spawn()
			w.box.Luma.Release()

			m, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
				text := says(&m)
				return strings.Contains(text, prompt) && strings.Contains(text, s.want)
			})
			if err != nil {
				for _, m := range w.box.Discord.Messages(dreams) {
					t.Logf("a message says:\n%s", says(&m))
				}
				t.Fatalf("no reply says %q: %v", s.want, err)
			}
			if s.want == "Completed" {
				w.plays(m, prompt)
			}
			// One more dream goes all the way, so that whatever the start would
			// do wrong has had its time.
			after := w.replies(ben, general, "dream", given("prompt", "afterwards"))
			w.shows(after.ID, "Completed")
			paid, shown := 0, 0
			for _, g := range w.box.Luma.Generations() {
				if g.Prompt == prompt {
					paid++
				}
			}
			for _, m := range w.box.Discord.Messages(dreams) {
				if strings.Contains(says(&m), prompt) {
					shown++
				}
			}
			if paid != s.paid || shown != 1 {
				t.Errorf("%d generations, want %d; %d messages, want 1", paid, s.paid, shown)
			}
		})
	}
}

// An edit that the killed process had sent can take effect after the next one
// has begun: what is shown in the end is what is known all the same.
func TestAnEditThatComesLateIsMadeGood(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	kill := w.spawn()
	m := w.replies(ada, dreams, "dream", given("prompt", "overtaken"))
	g := w.paid("overtaken")
	w.shows(m.ID, "Luma has it")
	held, release, effect := newGate(), make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
		if r.Method == http.MethodPatch {
			once.Do(func() {
				held.arrive()
				<-release
				close(effect) // it is served now
			})
		}
		return nil
	})
	w.advance(g, "")
	held.wait(w)
	kill()
	w.offline()
	w.advance(g, "")
	w.spawn()
	close(release)
	<-effect
	w.shows(m.ID, "Dreaming")
	w.plays(w.shows(m.ID, "Completed"), "overtaken")
	for _, now := range w.box.Discord.Messages(dreams) {
		if !strings.Contains(says(&now), "Completed") {
			t.Errorf("in the end it says:\n%s", says(&now))
		}
	}
}
