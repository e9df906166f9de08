package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// stopLimit is how long a stop may take, whatever is under way.
const stopLimit = 10 * time.Second

// Told to stop, the bot begins nothing new and ends with status 0 in time,
// wherever it is; the next run takes up what was left.
func TestToldToStop(t *testing.T) {
	t.Parallel()
	const prompt, nothing = "is stopped", "nothing"
	hold := func(w *world, method string) *gate {
		g := newGate()
		w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
			if r.Method == method {
				g.arrive()
				<-r.Context().Done() // nobody answers
				return &discord.Answer{Drop: true}
			}
			return nil
		})
		return g
	}
	for name, c := range map[string]struct {
		reach func(w *world)
		ends  string // what the card says after the next run, or interrupted; nothing: there is none
		paid  int
	}{
		"with nothing to do": {func(*world) {}, nothing, 0},
		"with jobs in line and at Luma": {func(w *world) {
			m := w.replies(ben, dreams, "dream", given("prompt", "takes the only place"))
			w.paid("takes the only place")
			w.shows(m.ID, "Luma has it")
			m = w.replies(ada, dreams, "dream", given("prompt", prompt))
			w.shows(m.ID, "Next in line")
		}, "Completed", 1},
		"while a place at Luma comes free": {func(w *world) {
			g := newGate()
			var first sync.Once
			w.box.Luma.SetIntercept(func(r *http.Request) (a *luma.Answer) {
				if r.Method != http.MethodPost {
					return nil
				}
				first.Do(func() {
					g.arrive()
					a = luma.Refusal(http.StatusBadRequest, "invalid_request_error", "invalid_request", "no")
					a.Delay = 4 * time.Second // told to stop meanwhile
				})
				return a
			})
			w.dreams("is refused")
			g.wait(w)
			m := w.replies(ada, dreams, "dream", given("prompt", prompt))
			w.shows(m.ID, "Next in line")
		}, "Completed", 1},
		"during a paid call": {func(w *world) {
			g := newGate()
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if r.Method == http.MethodPost {
					g.arrive()
					return &luma.Answer{After: true, Delay: time.Second}
				}
				return nil
			})
			w.dreams(prompt)
			g.wait(w)
		}, "Completed", 1},
		"during a paid call that is never answered": {func(w *world) {
			w.has(luma.FaultHanging)
			w.dreams(prompt)
			w.paid(prompt)
		}, interrupted, 1},
		"during an edit": {func(w *world) {
			_, ends := w.dreaming(ada, dreams, prompt)
			g := hold(w, http.MethodPatch)
			ends()
			g.wait(w)
		}, "Completed", 1},
		"during the first answer": {func(w *world) {
			g := hold(w, http.MethodPost)
			w.dreams(prompt)
			g.wait(w)
		}, nothing, 0},
		"during a download": {func(w *world) {
			_, ends := w.dreaming(ada, dreams, prompt)
			g := newGate()
			w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
				if strings.HasPrefix(r.URL.Path, "/clips/") {
					g.arrive()
				}
				return nil
			})
			w.has(luma.FaultLinkSlow)
			ends()
			g.wait(w)
		}, "Completed", 1},
		"while the gateway is away": {func(w *world) {
			w.box.Discord.Gateway().WithholdHello(true)
			w.box.Discord.Gateway().CutAll()
			w.offline()
		}, nothing, 0},
		"while Luma is away": {func(w *world) {
			w.has(luma.FaultUnavailable)
			w.replies(ada, dreams, "dream", given("prompt", prompt))
			w.logged(w.doubts())
		}, interrupted, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.environ["LUMA_CONCURRENCY"] = "1"
			b := w.runs()
			w.online()
			c.reach(w)
			before := len(w.box.Luma.Generations())
			took, err := b.stop()
			if err != nil || took > stopLimit {
				t.Errorf("it ended after %v with %v", took, err)
			}
			t.Logf("it took %v", took.Round(time.Millisecond))
			w.offline()
			// The one that was on its way may have arrived.
			if began := len(w.box.Luma.Generations()) - before; began > 1 {
				t.Errorf("%d paid calls were begun meanwhile", began)
			}
			w.box.Discord.SetIntercept(nil)
			w.box.Luma.SetIntercept(nil)
			w.box.Discord.Gateway().WithholdHello(false)
			w.has()
			w.box.Luma.Release()
			w.start()
			if c.ends == interrupted {
				c.ends = w.cannotTell(c.paid > 0)
			}
			if c.ends != nothing {
				if _, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
					return strings.Contains(says(&m), prompt) && strings.Contains(says(&m), c.ends)
				}); err != nil {
					t.Errorf("no card says %q in the end: %v", c.ends, err)
				}
			}
			after := w.replies(ben, general, "dream", given("prompt", "afterwards"))
			w.shows(after.ID, "Completed")
			if n := w.paidFor(prompt); n != c.paid {
				t.Errorf("paid for %d times, want %d", n, c.paid)
			}
		})
	}
}

// Told to stop before it has come as far as Discord, it stops as well.
func TestToldToStopBeforeItBegan(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.troubled(discord.FaultUnavailable)
	b := w.runs()
	w.logged("not ready yet")
	if took, err := b.stop(); err != nil || took > stopLimit {
		t.Errorf("it ended after %v with %v", took, err)
	}
}
