package sandbox

import (
	"time"

	"dreambot/internal/sandbox/discord"
)

// Job is a job of the bot's, as the bot has stored it.
type Job struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"` // dream, extend, blend, upscale, sound
	Prompt      string `json:"prompt"`
	Member      string `json:"member"`
	Channel     string `json:"channel"`
	Message     string `json:"message,omitempty"`
	Interaction string `json:"interaction,omitempty"`
	Remote      string `json:"remote,omitempty"` // Luma's id of the generation
	Parent      string `json:"parent,omitempty"`
	Reaction    bool   `json:"reaction,omitempty"`
	Part        int    `json:"part,omitempty"` // its place in its story, from 1
	State       string `json:"state"`
	Failure     string `json:"failure,omitempty"`
	Hold        string `json:"hold,omitempty"` // why the line stands still
	Place       int    `json:"place,omitempty"`
	Shown       bool   `json:"shown"`           // the reply shows all that is known
	Route       string `json:"route,omitempty"` // by which it is shown
	// Steps are the states that it was in, in their order; Report fills them in.
	Steps []Step `json:"steps"`
}

// Step is a state that a job came to.
type Step struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

// Call is a request of the bot's to either API, or something that happened at
// the gateway: Method is then a discord.GatewayEvent's kind, Path its detail and
// Status the code of a close.
type Call struct {
	Seq         int64     `json:"seq"` // rises by one
	Time        time.Time `json:"time"`
	API         string    `json:"api"` // discord, luma, gateway
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	Status      int       `json:"status"`         // 0: the connection was cut
	Code        int       `json:"code,omitempty"` // Discord's
	Took        float64   `json:"took"`           // milliseconds
	Problem     string    `json:"problem,omitempty"`
	Fault       string    `json:"fault,omitempty"`
	Interaction string    `json:"interaction,omitempty"`
	Message     string    `json:"message,omitempty"`
	Generation  string    `json:"generation,omitempty"`
	Sent        string    `json:"sent,omitempty"` // the JSON that was sent, 4 KiB at most
}

// BotState says what the bot is doing.
type BotState string

// The states of a bot.
const (
	BotStarting BotState = "starting"
	BotRunning  BotState = "running"
	BotStopped  BotState = "stopped"
)

// BotStatus tells of the bot as a program. Where it is not the sandbox's own,
// nothing but the gateway is known of it.
type BotStatus struct {
	Ours    bool      `json:"ours"`
	State   BotState  `json:"state"`
	Since   time.Time `json:"since,omitzero"`
	Starts  int       `json:"starts"`
	Problem string    `json:"problem,omitempty"` // why it ended by itself
}

// Pace is how long Luma's stand-in stays in each state.
type Pace struct {
	Queued   int64 `json:"queued"`   // milliseconds
	Dreaming int64 `json:"dreaming"` // milliseconds
	Held     bool  `json:"held"`     // generations stand still
}

// Backstage is everything that happens behind the scenes.
type Backstage struct {
	Bot     BotStatus              `json:"bot"`
	Gateway discord.GatewayStatus  `json:"gateway"`
	Faults  map[string]faultsShown `json:"faults"`
	Pace    Pace                   `json:"pace"`
	Dialect Dialect                `json:"dialect"`
	Jobs    []Job                  `json:"jobs"`  // oldest first
	Calls   []Call                 `json:"calls"` // oldest first
}

// Report tells of a job that the bot has stored. Its Steps are not looked at:
// they are what was reported before.
func (s *Sandbox) Report(j Job) { s.stage.report(j, time.Now()) }

// BotIs tells of the bot's state as a program, with what made it end by itself.
func (s *Sandbox) BotIs(state BotState, problem string) { s.stage.botIs(state, problem, time.Now()) }

// Refresh has open pages look anew at the faults and the pace, which somebody has
// changed by the stand-ins' own methods.
func (s *Sandbox) Refresh() {
	s.stage.changed(ofFaults)
	s.stage.changed(ofPace)
}

// Backstage returns everything that happens behind the scenes.
func (s *Sandbox) Backstage() Backstage {
	b := Backstage{Gateway: s.Discord.Gateway().Status(), Faults: s.switches().shown(), Pace: s.pace(),
		Dialect: s.spoken()}
	b.Jobs, b.Calls, b.Bot = s.stage.list()
	b.Bot = s.bot(b.Bot)
	return b
}

// bot fills in what is known of a bot that is not the sandbox's own.
func (s *Sandbox) bot(b BotStatus) BotStatus {
	if !b.Ours {
		b.State = BotStopped
		if s.Discord.Gateway().Sessions() > 0 {
			b.State = BotRunning
		}
	}
	return b
}

func (s *Sandbox) pace() Pace {
	queued, dreaming := s.Luma.Pace()
	return Pace{queued.Milliseconds(), dreaming.Milliseconds(), s.Luma.Held()}
}

// step is what a page is told of a change: one of its parts, as it is now.
func (s *Sandbox) step(c change) map[string]any {
	switch {
	case c.call != nil:
		return map[string]any{"call": c.call}
	case c.job != nil:
		return map[string]any{"job": c.job}
	}
	switch c.what {
	case ofGateway:
		return map[string]any{ofGateway: s.Discord.Gateway().Status()}
	case ofFaults:
		return map[string]any{ofFaults: s.switches().shown()}
	case ofPace:
		return map[string]any{ofPace: s.pace()}
	case ofDialect:
		return map[string]any{ofDialect: s.spoken()}
	}
	return map[string]any{ofBot: s.bot(s.stage.status())}
}
