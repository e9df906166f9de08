package sandbox

import (
	"sync"
	"time"
	"unicode/utf8"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// Bounds of what is kept of what happens behind the scenes.
const (
	maxCalls  = 300     // newest
	maxJobs   = 100     // newest
	maxSteps  = 40      // of one job
	maxSent   = 4 << 10 // bytes of a call's JSON
	maxBehind = 1_000   // steps that a page may fall behind
)

// Job is a job of the bot's, as the bot has stored it.
type Job struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"` // dream, extend
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
	Jobs    []Job                  `json:"jobs"`  // oldest first
	Calls   []Call                 `json:"calls"` // oldest first
}

// change is one change behind the scenes: a call or a job, or the name of what
// else is to be looked at anew.
type change struct {
	call *Call
	job  *Job
	what string
}

// The names of what changes besides calls and jobs.
const (
	ofBot     = "bot"
	ofGateway = "gateway"
	ofFaults  = "faults"
	ofPace    = "pace"
)

// stage collects what happens behind the scenes and tells those who follow. It
// is safe for concurrent use, and waits for nobody.
type stage struct {
	mu        sync.Mutex
	calls     []Call
	seq       int64
	jobs      []*Job
	bot       BotStatus
	followers map[chan change]bool
}

func newStage() *stage { return &stage{followers: map[chan change]bool{}} }

// follow returns the changes from now on, and what ends that. The channel is
// closed where the follower has fallen too far behind.
func (s *stage) follow() (changes <-chan change, end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan change, maxBehind)
	s.followers[c] = true
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.followers, c)
	}
}

// tell hands a change to everybody. s.mu is held.
func (s *stage) tell(c change) {
	for f := range s.followers {
		select {
		case f <- c:
		default:
			delete(s.followers, f)
			close(f)
		}
	}
}

// changed has everybody look at something anew.
func (s *stage) changed(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(change{what: what})
}

func (s *stage) add(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	c.Seq = s.seq
	if s.calls = append(s.calls, c); len(s.calls) > maxCalls {
		s.calls = s.calls[1:]
	}
	s.tell(change{call: &c})
}

func (s *stage) discordCall(c discord.Call) {
	s.add(Call{Time: c.Time, API: "discord", Method: c.Method, Path: c.Path, Status: c.Status, Code: c.Code,
		Took: milliseconds(c.Took), Problem: c.Problem, Fault: string(c.Fault), Interaction: c.Interaction,
		Message: c.Message, Sent: excerpt(c.Payload)})
}

func (s *stage) lumaCall(c luma.Call) {
	s.add(Call{Time: c.Time, API: "luma", Method: c.Method, Path: c.Path, Status: c.Status, Took: milliseconds(c.Took),
		Problem: c.Problem, Fault: string(c.Fault), Generation: c.Generation})
}

func (s *stage) gatewayEvent(e discord.GatewayEvent) {
	s.add(Call{Time: e.Time, API: "gateway", Method: e.Kind, Path: e.Detail, Status: e.Code})
	if e.Kind != "dispatch" {
		s.changed(ofGateway)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// excerpt copies the beginning of a document.
func excerpt(data []byte) string {
	if len(data) <= maxSent {
		return string(data)
	}
	cut := data[:maxSent]
	for len(cut) > 0 && !utf8.RuneStart(data[len(cut)]) {
		cut = cut[:len(cut)-1]
	}
	return string(cut) + "…"
}

// report takes a job as it was stored now.
func (s *stage) report(j Job, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.job(j.ID)
	j.Steps = kept.Steps
	if n := len(j.Steps); n == 0 || j.Steps[n-1].State != j.State {
		j.Steps = append(j.Steps, Step{j.State, at})
	}
	if len(j.Steps) > maxSteps {
		j.Steps = j.Steps[1:]
	}
	*kept = j
	copied := kept.clone()
	s.tell(change{job: &copied})
}

// job finds a job, or makes a place for it. s.mu is held.
func (s *stage) job(id string) *Job {
	for _, j := range s.jobs {
		if j.ID == id {
			return j
		}
	}
	made := &Job{ID: id}
	if s.jobs = append(s.jobs, made); len(s.jobs) > maxJobs {
		s.jobs = s.jobs[1:]
	}
	return made
}

func (j Job) clone() Job {
	j.Steps = append([]Step{}, j.Steps...)
	return j
}

// list returns what is kept of jobs, calls and the bot.
func (s *stage) list() (jobs []Job, calls []Call, bot BotStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs = make([]Job, 0, len(s.jobs))
	for _, j := range s.jobs {
		jobs = append(jobs, j.clone())
	}
	return jobs, append([]Call{}, s.calls...), s.bot
}

func (s *stage) status() BotStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bot
}

func (s *stage) botIs(state BotState, problem string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == BotStarting {
		s.bot.Starts++
	}
	s.bot.Ours, s.bot.State, s.bot.Problem, s.bot.Since = true, state, problem, at
	s.tell(change{what: ofBot})
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
	b := Backstage{Gateway: s.Discord.Gateway().Status(), Faults: s.switches().shown(), Pace: s.pace()}
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
	}
	return map[string]any{ofBot: s.bot(s.stage.status())}
}
