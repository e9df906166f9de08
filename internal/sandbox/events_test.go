package sandbox_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// eventStream is one open stream of events.
type eventStream struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

func (p page) events(after, last string) eventStream {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", p.s.URL()+"/sandbox/events?after="+after, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	if media := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(media, "text/event-stream") {
		p.t.Fatalf("events: %d %s", resp.StatusCode, media)
	}
	done := func() {
		cancel()
		resp.Body.Close()
	}
	p.t.Cleanup(done)
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	return eventStream{p.t, lines, done}
}

// block is one event of a stream.
type block struct{ name, id, data string }

func (s eventStream) next() (b block) {
	s.t.Helper()
	for s.lines.Scan() {
		switch field, value, _ := strings.Cut(s.lines.Text(), ": "); field {
		case "event":
			b.name = value
		case "id":
			b.id = value
		case "data":
			b.data = value
			return b
		}
	}
	s.t.Fatalf("the stream ends: %v", s.lines.Err())
	return b
}

// named returns the next event of a name, with its data read into value.
func (s eventStream) named(name string, value any) (id string) {
	s.t.Helper()
	for range 1000 {
		if b := s.next(); b.name == name {
			if err := json.Unmarshal([]byte(b.data), value); err != nil {
				s.t.Fatal(err)
			}
			return b.id
		}
	}
	s.t.Fatalf("no event %q comes", name)
	return ""
}

func TestAStreamBeginsWithEverything(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	stream := open(t, s).events("", "")
	var state discord.State
	if b := stream.next(); b.name != "state" || json.Unmarshal([]byte(b.data), &state) != nil || b.id == "" {
		t.Fatalf("the stream begins with %q %q", b.name, b.id)
	}
	if !state.Online || len(state.Commands) != 1 || len(state.Users) == 0 {
		t.Errorf("the state: online %v, %d commands", state.Online, len(state.Commands))
	}
	var back sandbox.Backstage
	if b := stream.next(); b.name != "backstage" || json.Unmarshal([]byte(b.data), &back) != nil {
		t.Fatalf("then comes %q", b.name)
	}
	if back.Bot.Ours || back.Bot.State != sandbox.BotRunning || len(back.Gateway.Sessions) != 1 || len(back.Calls) < 3 || len(back.Faults) != 2 {
		t.Errorf("behind the scenes: %+v", back)
	}
}

func TestEventsGoOnWhereTheyWereCut(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	p := open(t, s)
	stream := p.events("", "")
	stream.named("state", new(discord.State))
	runBot(t, s, commands, respond)
	var e discord.Event
	first := stream.named("", &e)
	if e.Type != discord.EventCommands || len(e.Commands) != 1 {
		t.Fatalf("the first event is %+v", e)
	}
	id := stream.named("", &e)
	if e.Type != discord.EventGateway || !e.Online {
		t.Errorf("the second event is %+v", e)
	}
	stream.close()
	if status, _, text := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat"}`, "")); status != 200 {
		t.Fatalf("command: %d %s", status, text)
	}
	// The header of a browser that reconnects wins over the address.
	resumed := p.events(first, id)
	if b := resumed.next(); b.name != "backstage" {
		t.Errorf("resumed, it begins with %q", b.name)
	}
	resumed.named("", &e)
	if e.Type != discord.EventMessageCreate || e.Message == nil || e.Message.InvokerID != p.user {
		t.Errorf("resumed with %+v", e)
	}
	if p.events(first, "").named("", &e); e.Type != discord.EventGateway {
		t.Errorf("from the address: %+v", e)
	}
	run, _, _ := strings.Cut(id, ".")
	for name, other := range map[string]string{
		"another run": "OTHERRUN.2", "not an id": "x", "a number": "2", "below nothing": run + ".-1", "yet to come": run + ".100000",
	} {
		t.Log(name)
		p.events(other, "").named("state", new(discord.State))
	}
}

func TestOpenStreamsDoNotHoldUpClosing(t *testing.T) {
	t.Parallel()
	s, err := sandbox.Start(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stream := open(t, s).events("", "")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("closing: %v", err)
	}
	for stream.lines.Scan() {
	}
}

func TestWhatHappensBehindTheScenesIsTold(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Config{})
	runBot(t, s, commands, respond)
	p := open(t, s)
	stream := p.events("", "")
	stream.named("backstage", new(sandbox.Backstage))

	if status, _, text := p.post("/sandbox/commands", p.invocation(`{"name":"prompt","value":"a boat"}`, "")); status != 200 {
		t.Fatalf("command: %d %s", status, text)
	}
	var step struct {
		Call    *sandbox.Call                    `json:"call"`
		Job     *sandbox.Job                     `json:"job"`
		Bot     *sandbox.BotStatus               `json:"bot"`
		Pace    *sandbox.Pace                    `json:"pace"`
		Gateway *discord.GatewayStatus           `json:"gateway"`
		Faults  map[string]struct{ On []string } `json:"faults"`
	}
	// until waits for the step that is meant.
	until := func(what string, fits func() bool) {
		t.Helper()
		for range 100 {
			step.Call, step.Job, step.Bot, step.Pace, step.Gateway, step.Faults = nil, nil, nil, nil, nil, nil
			if stream.named("step", &step); fits() {
				return
			}
		}
		t.Fatalf("nothing is told of %s", what)
	}
	until("the answer", func() bool {
		c := step.Call
		return c != nil && c.API == "discord" && strings.HasSuffix(c.Path, "/callback") && c.Status < 300 &&
			c.Interaction != "" && c.Message != "" && strings.Contains(c.Sent, `"type":4`) && !strings.Contains(c.Path, "aW50")
	})
	s.Report(sandbox.Job{ID: "j", State: "waiting"})
	s.Report(sandbox.Job{ID: "j", State: "waiting", Shown: true})
	s.Report(sandbox.Job{ID: "j", State: "submitting"})
	until("a job", func() bool {
		return step.Job != nil && step.Job.ID == "j" && len(step.Job.Steps) == 2 && step.Job.Steps[1].State == "submitting"
	})
	p.put(t, "/sandbox/faults", `{"luma":["slow"]}`, http.StatusOK)
	until("a fault", func() bool { return len(step.Faults["luma"].On) == 1 })
	p.put(t, "/sandbox/pace", `{"queued":1500}`, http.StatusOK)
	until("the pace", func() bool { return step.Pace != nil && *step.Pace == sandbox.Pace{Queued: 1500} })
	if err := s.Discord.SetFaults(discord.FaultSlow); err != nil {
		t.Fatal(err)
	}
	s.Refresh()
	until("a fault that was switched on otherwise", func() bool { return len(step.Faults["discord"].On) == 1 })
	s.BotIs(sandbox.BotStopped, "it is tired")
	until("the bot", func() bool { return step.Bot != nil && step.Bot.Ours && step.Bot.Problem == "it is tired" })
	if status, _, text := p.post("/sandbox/gateway", `{"do":"close","code":4000}`); status != http.StatusNoContent {
		t.Fatalf("gateway: %d %s", status, text)
	}
	until("the gateway", func() bool { return step.Gateway != nil })
}
