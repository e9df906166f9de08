package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox/discord"
)

// troubled turns faults of Discord on, and all others off.
func (w *world) troubled(faults ...discord.Fault) {
	w.t.Helper()
	if err := w.box.Discord.SetFaults(faults...); err != nil {
		w.t.Fatal(err)
	}
}

// dreaming brings a dream to where Luma has it.
func (w *world) dreaming(user, channel, prompt string) (discord.Message, func()) {
	w.t.Helper()
	m := w.replies(user, channel, "dream", given("prompt", prompt))
	g := w.paid(prompt)
	w.shows(m.ID, "Luma has it")
	return m, func() { w.advance(g, ""); w.advance(g, "") }
}

// Each way in which Discord's REST can be in trouble while a job ends: the
// reply is edited once it is over, and the job is paid for once.
func TestDiscordInTroubleWhileAJobEnds(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]discord.Fault{
		"429 with JSON":             discord.FaultRateLimited,
		"429 of the global limit":   discord.FaultGlobalRateLimit,
		"429 without JSON":          discord.FaultCloudflare,
		"502, HTML":                 discord.FaultBadGateway,
		"503":                       discord.FaultUnavailable,
		"slow":                      discord.FaultSlow,
		"the answers are lost":      discord.FaultLostAnswers,
		"nobody answers, an outage": discord.FaultOutage,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			m, ends := w.dreaming(ada, dreams, "through trouble")
			tried := newCounter(1)
			w.box.Discord.SetIntercept(func(r *http.Request) *discord.Answer {
				if r.Method == http.MethodPatch {
					tried.add()
				}
				return nil
			})
			w.troubled(fault)
			ends()
			tried.wait(w)
			w.troubled()
			w.plays(w.shows(m.ID, "Completed"), "through trouble")
			if n := len(w.box.Discord.Messages(dreams)); n != 1 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

// refusals counts, for each route, the bot's requests that Discord answered
// with a no.
func (w *world) refusals() map[string]int {
	found := map[string]int{}
	for _, c := range w.calls.all() {
		if c.Status == http.StatusUnauthorized || c.Status == http.StatusForbidden || c.Status == http.StatusNotFound {
			found[fmt.Sprintf("%s %d/%d", c.Method, c.Status, c.Code)]++
		}
	}
	return found
}

// noMoreThan checks that Discord refused few requests, and that a restart does
// not ask for what was refused.
func (w *world) noMoreThan(most int) {
	w.t.Helper()
	total := 0
	for _, n := range w.refusals() {
		total += n
	}
	if total > most {
		w.t.Errorf("%d requests were refused, want %d at most: %v", total, most, w.refusals())
	}
	before := fmt.Sprint(w.refusals())
	w.end()
	w.start()
	done := w.completes(ben, general, "after the restart")
	w.plays(done, "after the restart")
	if after := fmt.Sprint(w.refusals()); after != before {
		w.t.Errorf("after a restart it is asked again: %s, before %s", after, before)
	}
}

// The ladder: where one way to the reply is closed, the next is taken, and the
// video comes all the same, once.
func TestTheWaysToAReply(t *testing.T) {
	t.Parallel()
	const prompt = "comes all the same"
	in := func(channel string) func(*world) []discord.Message {
		return func(w *world) []discord.Message { return w.box.Discord.Messages(channel) }
	}
	direct := func(w *world) []discord.Message { return w.box.Discord.DirectMessages(ada) }
	for name, c := range map[string]struct {
		happens  func(w *world, m discord.Message) // while the job runs
		stands   func(w *world) []discord.Message  // where the video is in the end
		same     bool                              // in the same message
		refusals int                               // at most
	}{
		"the token ends early, 401 50027": {func(w *world, _ discord.Message) { w.box.Discord.ExpireTokens() },
			in(dreams), true, 1},
		"a moderator deletes the reply, 404 10008": {func(w *world, m discord.Message) { w.must(w.box.Discord.DeleteMessage(m.ID)) },
			in(dreams), false, 2},
		"and the token has ended too": {func(w *world, m discord.Message) {
			w.box.Discord.ExpireTokens()
			w.must(w.box.Discord.DeleteMessage(m.ID))
		}, in(dreams), false, 2},
		"the channel is gone, 404 10003": {func(w *world, _ discord.Message) {
			w.box.Discord.ExpireTokens()
			w.must(w.box.Discord.DeleteChannel(dreams))
		}, direct, false, 3},
		"the bot cannot see the channel, 403 50001": {func(w *world, _ discord.Message) {
			w.box.Discord.ExpireTokens()
			w.must(w.box.Discord.Deny(dreams, 1<<10))
		}, direct, false, 3},
		"the reply is deleted and the bot may not write, 403 50013": {func(w *world, m discord.Message) {
			w.must(w.box.Discord.DeleteMessage(m.ID))
			w.must(w.box.Discord.Deny(dreams, 1<<11))
		}, direct, false, 6},
		"the bot is thrown out of the server": {func(w *world, _ discord.Message) {
			w.box.Discord.ExpireTokens()
			w.must(w.box.Discord.Kick(harbor))
		}, direct, false, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			m, ends := w.dreaming(ada, dreams, prompt)
			c.happens(w, m)
			ends()
			done, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool {
				return strings.Contains(says(&m), "Completed") && strings.Contains(says(&m), prompt)
			})
			if err != nil {
				t.Fatalf("the video never comes: %v; refused: %v", err, w.refusals())
			}
			w.plays(done, prompt)
			if (done.ID == m.ID) != c.same {
				t.Errorf("the video stands in message %s, the reply was %s", done.ID, m.ID)
			}
			var found []discord.Message
			for _, m := range c.stands(w) {
				if strings.Contains(says(&m), prompt) && end(m) == "Completed" {
					found = append(found, m)
				}
			}
			if len(found) != 1 {
				t.Errorf("%d messages have the video there", len(found))
			}
			w.must(w.box.Discord.Readmit(harbor))
			w.noMoreThan(c.refusals)
		})
	}
	t.Run("no way is left", func(t *testing.T) {
		t.Parallel()
		w := open(t, discord.Limits{})
		w.start()
		_, ends := w.dreaming(ada, dreams, prompt)
		w.box.Discord.ExpireTokens()
		w.must(w.box.Discord.DeleteChannel(dreams))
		w.must(w.box.Discord.CloseDirect(ada, true))
		ends()
		w.logged("50007")
		w.noMoreThan(4)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// A result that came by direct message can be extended from there.
func TestAVideoThatCameByDirectMessageGoesOnThere(t *testing.T) {
	t.Parallel()
	w := open(t, discord.Limits{})
	w.start()
	_, ends := w.dreaming(ada, dreams, "sent home")
	w.box.Discord.ExpireTokens()
	w.must(w.box.Discord.DeleteChannel(dreams))
	ends()
	m, err := w.box.Discord.Wait(w.context(), func(m discord.Message) bool { return m.GuildID == "" && end(m) == "Completed" })
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.box.Discord.Press(w.context(), discord.Press{User: ada, Message: m.ID, CustomID: button(t, m, "Extend")})
	if err != nil || o.Kind != discord.OutcomeModal {
		t.Fatalf("the button: %+v, %v", o, err)
	}
	o, err = w.box.Discord.Submit(w.context(), discord.Submission{User: ada, Modal: o.Modal.ID, Values: map[string]string{"prompt": "and goes on"}})
	if err != nil || o.Kind != discord.OutcomeMessage {
		t.Fatalf("the modal: %+v, %v", o, err)
	}
	w.box.Luma.Release()
	w.plays(w.shows(o.Message.ID, "Completed"), "and goes on")
}

// Each way in which the gateway can be in trouble: the bot comes back by
// itself, and what is asked of it afterwards is done.
func TestTheGatewayInTrouble(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(g discord.Gateway){
		"op 7":                   func(g discord.Gateway) { g.SendReconnect() },
		"op 9, resumable":        func(g discord.Gateway) { g.SendInvalidSession(true) },
		"op 9, not resumable":    func(g discord.Gateway) { g.SendInvalidSession(false) },
		"the connection is cut":  func(g discord.Gateway) { g.CutAll() },
		"op 7 in place of READY": func(g discord.Gateway) { g.ReconnectAtIdentify(2); g.SendInvalidSession(false) },
		"close code 1000":        func(g discord.Gateway) { g.CloseAll(1000) },
		"close code 1001":        func(g discord.Gateway) { g.CloseAll(1001) },
		"close code 4000":        func(g discord.Gateway) { g.CloseAll(4000) },
		"close code 4003":        func(g discord.Gateway) { g.CloseAll(4003) },
		"close code 4007":        func(g discord.Gateway) { g.CloseAll(4007) },
		"close code 4008":        func(g discord.Gateway) { g.CloseAll(4008) },
		"close code 4009":        func(g discord.Gateway) { g.CloseAll(4009) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			w.start()
			m, ends := w.dreaming(ada, dreams, "across a reconnect")
			again := w.comesOnlineAgain()
			happens(w.box.Discord.Gateway())
			ends()
			w.plays(w.shows(m.ID, "Completed"), "across a reconnect")
			again()
			w.completes(ben, general, "afterwards")
		})
	}
	t.Run("heartbeats are not acknowledged", func(t *testing.T) {
		t.Parallel()
		w := open(t, discord.Limits{Heartbeat: time.Second})
		w.start()
		again := w.comesOnlineAgain()
		w.box.Discord.Gateway().WithholdAcks(true)
		w.logged("no heartbeat ACK")
		w.box.Discord.Gateway().WithholdAcks(false)
		again()
		w.completes(ben, general, "afterwards")
	})
	t.Run("events and components that nobody knows", func(t *testing.T) {
		t.Parallel()
		w := open(t, discord.Limits{})
		w.start()
		g := w.box.Discord.Gateway()
		g.Dispatch("SOMETHING_NEW", map[string]any{"id": "1"})
		g.Dispatch("INTERACTION_CREATE", map[string]any{"id": "2", "type": 99, "token": "aTokenThatNobodyGave", "data": nil})
		g.Dispatch("INTERACTION_CREATE", map[string]any{"id": "3", "application_id": "4", "type": 3, "token": "anotherTokenThatNobodyGave", "channel_id": "5",
			"member": map[string]any{"user": map[string]any{"id": ada}}, "data": map[string]any{"custom_id": "1:extend:x", "component_type": 77}})
		g.Dispatch("INTERACTION_CREATE", nil)
		g.Dispatch("GUILD_CREATE", []any{nil, "x"})
		w.completes(ben, general, "afterwards")
	})
}

// comesOnlineAgain waits until the bot has been offline, from now on, and is
// online.
func (w *world) comesOnlineAgain() (wait func()) {
	w.t.Helper()
	ctx := w.context()
	events := w.box.Discord.Subscribe(ctx, w.box.Discord.State().Seq)
	return func() {
		w.t.Helper()
		gone := false
		for e := range events {
			if e.Type == discord.EventGateway {
				if gone && e.Online {
					return
				}
				gone = gone || !e.Online
			}
		}
		w.t.Fatal("it does not come back")
	}
}

// What only the operator can mend ends the process with one sentence.
func TestFatalCloseCodesEndTheProcess(t *testing.T) {
	t.Parallel()
	for code, words := range map[int]string{
		4004: "DISCORD_TOKEN", 4010: "shard", 4011: "shard", 4012: "version", 4013: "intents", 4014: "intents",
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			w := open(t, discord.Limits{})
			b := w.runs()
			w.online()
			w.box.Discord.Gateway().CloseAll(code)
			if err := b.wait(); err == nil || b.cmd.ProcessState.ExitCode() != exitError {
				t.Errorf("it ends with %v", err)
			}
			log := strings.TrimSpace(w.logs.String())
			last := log[strings.LastIndex(log, "\n")+1:]
			if !strings.HasPrefix(last, "dreambot: ") || !strings.Contains(last, words) {
				t.Errorf("its last word: %s", last)
			}
		})
	}
}
