package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// The short run is for every change; the long one is
//
//	go test -run Torture -kills 300 -jobs 600 -timeout 60m .
var (
	kills = flag.Int("kills", 8, "how often the torture kills the bot")
	wants = flag.Int("jobs", 60, "how many jobs the torture brings to their end, at least")
	seed  = flag.Uint64("seed", 0, "of the torture's chance; 0: another one each time")
)

// torture is a bot that is killed again and again while people use it.
type torture struct {
	*world
	begun time.Time

	mu      sync.Mutex
	chance  *rand.Rand
	number  int
	told    map[string]string // what each prompt's person was told first
	prompts map[string]string // by the id of the job, as far as it is known
	trouble int               // faults in a hundred requests
	left    int               // events until the process is killed; 0: it lives
	doomed  chan struct{}     // closed when it is to be killed

	seen  *endings
	room  chan struct{} // holds one for each card that has not come to its end
	going sync.WaitGroup

	accepted, silent, killed atomic.Int64
}

// unfinished is how many cards are unfinished at once: enough for a line, and
// not more than come to their end within a wait.
const unfinished = 60

func newTorture(t *testing.T, dialect string, trouble int) *torture {
	w := &torture{world: openAs(t, sandbox.Config{Luma: dialect, Queued: 100 * time.Millisecond, Dreaming: 200 * time.Millisecond,
		Limits: discord.Limits{ChannelEdits: 1000, ReactionWindow: time.Millisecond}}),
		begun: time.Now(), told: map[string]string{}, prompts: map[string]string{}, trouble: trouble, doomed: make(chan struct{}),
		room: make(chan struct{}, unfinished)}
	w.seen = w.watches()
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", n)
	w.chance = rand.New(rand.NewPCG(n, 0))
	w.spec.pause() // thousands of requests that other tests check
	w.environ["LUMA_CONCURRENCY"] = "5"
	w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
		w.event()
		return w.discordTrouble(r)
	})
	w.box.Luma.SetIntercept(func(r *http.Request) *luma.Answer {
		w.event()
		return w.lumaTrouble()
	})
	return w
}

// roll is a number of chance below n.
func (w *torture) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chance.IntN(n)
}

// event is one request of the bot's. The process is killed at one of them:
// before it takes effect, while it does, or soon after.
func (w *torture) event() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left == 0 {
		return
	}
	if w.left--; w.left == 0 {
		close(w.doomed)
	}
}

// doom has the process killed after so many requests.
func (w *torture) doom(events int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.doomed = events, make(chan struct{})
	return w.doomed
}

// discordTrouble is what Discord does wrong, by chance.
func (w *torture) discordTrouble(r *http.Request) *discord.Answer {
	if w.roll(100) >= w.trouble {
		return nil
	}
	json := http.Header{"Content-Type": {"application/json"}}
	switch w.roll(6) {
	case 0:
		return &discord.Answer{Drop: true}
	case 1:
		return &discord.Answer{Drop: true, After: true}
	case 2:
		return &discord.Answer{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}
	case 3:
		return &discord.Answer{Status: http.StatusServiceUnavailable, After: true}
	case 4:
		return &discord.Answer{Status: http.StatusTooManyRequests, Header: json,
			Body: `{"message":"You are being rate limited.","retry_after":0.2,"global":false}`}
	}
	return &discord.Answer{Status: http.StatusOK, After: true, Header: json, Body: `{"id":`}
}

// lumaTrouble is what Luma does wrong, by chance.
func (w *torture) lumaTrouble() *luma.Answer {
	if w.roll(100) >= w.trouble {
		return nil
	}
	switch w.roll(6) {
	case 0:
		return &luma.Answer{Drop: true}
	case 1:
		return &luma.Answer{Drop: true, After: true}
	case 2:
		return &luma.Answer{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}
	case 3:
		return &luma.Answer{Status: http.StatusServiceUnavailable, After: true}
	case 4:
		a := luma.Refusal(http.StatusTooManyRequests, "rate_limit_error", "rate_limit_exceeded", "slow down")
		a.Header.Set("Retry-After", "1")
		return a
	}
	return &luma.Answer{Status: http.StatusOK, After: true, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"id":"luma`}
}

// lives runs the bot and kills it, until there were kills and jobs enough.
func (w *torture) lives() {
	for w.killed.Load() < int64(*kills) || w.accepted.Load() < int64(*wants) {
		doomed := w.doom(1 + w.roll(120))
		c := w.process()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = c.Wait() // it says that it was killed
		}()
		select {
		case <-doomed:
		case <-ended:
			w.t.Errorf("the bot ended by itself: %v\n%s", c.ProcessState, w.logs.tail(2000))
			return
		case <-time.After(patience): // nobody does anything any more
			w.t.Error("the bot stands still")
		}
		_ = c.Process.Kill()
		<-ended
		w.killed.Add(1)
		w.offline()
		if w.t.Failed() {
			return
		}
	}
}

// last starts the bot for the last time, with no trouble left.
func (w *torture) last() *exec.Cmd {
	w.box.Discord.SetIntercept(nil)
	w.box.Luma.SetIntercept(nil)
	c := w.process()
	w.online()
	return c
}

// crowd has people do things until ctx ends.
func (w *torture) crowd(ctx context.Context) (wait func()) {
	var group sync.WaitGroup
	for range 4 {
		for _, p := range []struct{ user, channel string }{
			{ada, dreams}, {ben, general}, {mei, workshop}, {omar, dreams},
		} {
			group.Go(func() {
				for w.box.Discord.WaitOnline(ctx) == nil {
					select {
					case w.room <- struct{}{}:
					case <-ctx.Done():
						return
					}
					card := w.act(p.user, p.channel)
					w.going.Go(func() {
						defer func() { <-w.room }()
						w.finishes(ctx, card)
					})
				}
			})
		}
	}
	return group.Wait
}

// finishes waits until a card has come to its end; there may be none.
func (w *torture) finishes(ctx context.Context, card string) {
	if card == "" {
		return
	}
	select {
	case <-w.seen.of(card):
		w.seen.forget(card)
	case <-ctx.Done():
	}
}

// act is one thing that a person does, and the card that comes of it, if any.
func (w *torture) act(user, channel string) (card string) {
	ctx := w.context()
	prompt := w.prompt()
	d := w.box.Discord
	var o discord.Outcome
	var err error
	switch m, verb := w.pick(channel); verb {
	case "extend", "retry":
		o, err = d.Press(ctx, discord.Press{User: user, Message: m.ID, CustomID: pressable(m, verb)})
		if err != nil || o.Kind != discord.OutcomeModal {
			return "" // killed, or the job has changed meanwhile
		}
		o, err = d.Submit(ctx, discord.Submission{User: user, Modal: o.Modal.ID, Values: map[string]string{"prompt": prompt}})
	case "cancel":
		_, _ = d.Press(ctx, discord.Press{User: omar, Message: m.ID, CustomID: pressable(m, verb)})
		return ""
	case "react":
		// Two at once, of whom one is too late.
		for _, who := range []string{user, omar} {
			_ = d.React(ctx, discord.Reacting{User: who, Message: m.ID, Emoji: discord.Emoji{Name: fastForward}})
		}
		return ""
	default:
		o, err = d.Invoke(ctx, discord.Invocation{User: user, Channel: channel, Command: "dream",
			Options: []discord.GivenValue{given("prompt", prompt)}})
	}
	if err != nil {
		return "" // the command is not registered yet, or the message is gone
	}
	told := "nothing"
	switch {
	case o.Kind == discord.OutcomeMessage && o.Message.OnlyFor == "":
		told, card = "card", o.Message.ID
		w.names(jobOf(*o.Message), prompt)
		w.accepted.Add(1)
	case o.Kind == discord.OutcomeMessage:
		told = "refusal"
	default:
		w.silent.Add(1)
	}
	if card != "" && w.roll(15) == 0 && d.DeleteMessage(card) == nil {
		told, card = "deleted", "" // by a moderator, at once
	}
	if w.roll(40) == 0 {
		d.ExpireTokens()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[prompt] = told
	return card
}

// names notes which prompt a job has.
func (w *torture) names(job, prompt string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prompts[job] = numbered.FindString(prompt)
}

// prompt is one that is found again; some of them are moderated away.
func (w *torture) prompt() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number++
	prompt := fmt.Sprintf("dream number %06d", w.number)
	if w.chance.IntN(12) == 0 {
		prompt += " moderated"
	}
	return prompt
}

// pick finds a message with a button to press, by chance.
func (w *torture) pick(channel string) (discord.Message, string) {
	verb := []string{"", "", "", "extend", "extend", "retry", "cancel", "cancel", "react", "react"}[w.roll(10)]
	list := w.box.Discord.Messages(channel)
	for range 20 {
		if verb == "" || len(list) == 0 {
			break
		}
		if m := list[w.roll(len(list))]; pressable(m, verb) != "" {
			return m, verb
		}
	}
	return discord.Message{}, ""
}

// pressable is the custom id of a message's button for a verb, or "". A result
// that has an Extend button can be reacted to.
func pressable(m discord.Message, verb string) string {
	if verb == "react" {
		verb = "extend"
	}
	b, _ := find(m.Components, func(c discord.Component) bool { return strings.HasPrefix(c.CustomID, "1:"+verb+":") })
	return b.CustomID
}

// The bot is killed at moments of chance while people dream, extend by buttons
// and by reactions, try again and cancel, tokens end early and moderators delete
// cards: every job comes to its end in one message, and nothing is paid for twice.
func TestTortureByKilling(t *testing.T) { runTorture(t, *dialect, 0) }

// The same while both sides fail now and then as well.
func TestTortureByKillingAndFaults(t *testing.T) { runTorture(t, *dialect, 6) }

// The same where Luma keeps a list: what it has accepted is found there, and nobody
// is told that nobody can tell.
func TestTortureByKillingAndFaultsWithAList(t *testing.T) { runTorture(t, "lumalabs", 6) }

func runTorture(t *testing.T, dialect string, trouble int) {
	if testing.Short() {
		t.Skip("kills the bot many times")
	}
	w := newTorture(t, dialect, trouble)
	ctx, enough := context.WithCancel(context.Background())
	wait := w.crowd(ctx)
	w.lives()
	// What is asked for now is answered by the last life.
	c := w.last()
	enough()
	wait()
	w.going.Wait()
	w.settled()
	w.posted()
	w.quit(c)
	w.account()
}
