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
	ofDialect = "dialect"
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
