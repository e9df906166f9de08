// Package metrics counts and times what the bot does, for Prometheus, and
// serves the three pages that look after it: is it alive, is it ready, and its
// metrics. The registry is handed in.
//
// Instruments and labels:
//
//	dreambot_interaction_ack_seconds   histogram  kind, outcome
//	dreambot_job_transitions_total     counter    from, kind, to
//	dreambot_generation_seconds        histogram  kind
//	dreambot_luma_call_seconds         histogram  op, result
//	dreambot_discord_call_seconds      histogram  route, status
//	dreambot_reply_edits_total         counter    result
//	dreambot_jobs_waiting              gauge
//	dreambot_jobs_at_luma              gauge
//	dreambot_jobs_refused_total        counter    reason
//	dreambot_reactions_total           counter    outcome
//	dreambot_jobs_pruned_total         counter
//	dreambot_luma_hold                 gauge      reason
//	dreambot_invalid_requests          gauge
//	dreambot_panics_total              counter    where
//
// Labels name kinds of things: a command, a state, a route without its ids.
// Ids, prompts and tokens are never a label's value. Should a caller pass
// something unbounded all the same, an instrument stops at MaxSeries
// combinations of values, and counts all others under the value "other".
package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics is the bot's instruments. Its methods are safe for concurrent use,
// and those of a nil *Metrics do nothing. A negative duration, which a clock
// that was set back can give, counts as 0.
type Metrics struct {
	interactions *histogram
	transitions  *counter
	generations  *histogram
	lumaCalls    *histogram
	discordCalls *histogram
	edits        *counter
	panics       *counter
	refused      *counter
	reactions    *counter
	pruned       prometheus.Counter
	waiting      prometheus.Gauge
	atLuma       prometheus.Gauge
	hold         *gauge
}

// New registers the instruments with r. It panics where r has them already, as
// MustRegister does.
func New(r prometheus.Registerer) *Metrics {
	p := promauto.With(r)
	return &Metrics{
		interactions: newHistogram(p, "dreambot_interaction_ack_seconds",
			"Time from receiving an interaction to Discord's answer to its acknowledgement. Discord allows 3 s.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 3}, "kind", "outcome"),
		transitions: newCounter(p, "dreambot_job_transitions_total",
			"Changes of jobs from one state to another.", "kind", "from", "to"),
		generations: newHistogram(p, "dreambot_generation_seconds",
			"Time from sending a job to Luma to its completed video.",
			[]float64{5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800}, "kind"),
		lumaCalls: newHistogram(p, "dreambot_luma_call_seconds",
			"Time of a call to Luma, its retries included.",
			[]float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "op", "result"),
		discordCalls: newHistogram(p, "dreambot_discord_call_seconds",
			"Time of one attempt of a REST call to Discord, uploads included.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "route", "status"),
		edits: newCounter(p, "dreambot_reply_edits_total",
			"Edits that bring a reply up to its job's state, by what became of them.", "result"),
		panics: newCounter(p, "dreambot_panics_total",
			"Panics that were recovered.", "where"),
		waiting: p.NewGauge(prometheus.GaugeOpts{Name: "dreambot_jobs_waiting",
			Help: "Jobs that wait for a place at Luma."}),
		atLuma: p.NewGauge(prometheus.GaugeOpts{Name: "dreambot_jobs_at_luma",
			Help: "Jobs that are unfinished at Luma."}),
		refused: newCounter(p, "dreambot_jobs_refused_total",
			"Jobs that were not taken: the line was full, or the member had enough of them unfinished.", "reason"),
		reactions: newCounter(p, "dreambot_reactions_total",
			"Reactions of members to results, by what came of them.", "outcome"),
		pruned: p.NewCounter(prometheus.CounterOpts{Name: "dreambot_jobs_pruned_total",
			Help: "Finished jobs that were deleted for their age."}),
		hold: newGauge(p, "dreambot_luma_hold",
			"1 while paid calls wait for the reason that the label names; else 0.", "reason"),
	}
}

// WatchInvalid adds a gauge of the requests that Discord takes for invalid,
// which is asked whenever the metrics are.
func WatchInvalid(r prometheus.Registerer, count func() int) {
	promauto.With(r).NewGaugeFunc(prometheus.GaugeOpts{Name: "dreambot_invalid_requests",
		Help: "Requests of the last 10 minutes that Discord answered with 401, 403 or 429. It bans an address at 10,000."},
		func() float64 { return float64(count()) })
}

// Interaction notes an interaction that was acknowledged, or was not: kind is a
// command's name or a component's kind, outcome what became of it, took the
// time from its receipt on.
func (m *Metrics) Interaction(kind, outcome string, took time.Duration) {
	if m != nil {
		m.interactions.observe(took, kind, outcome)
	}
}

// Transition notes that a job of a kind went from one state to another. from
// may be empty for a new job; it then reads "none".
func (m *Metrics) Transition(kind, from, to string) {
	if m != nil {
		m.transitions.inc(kind, from, to)
	}
}

// Generation notes a completed video; took is the time from sending the job.
func (m *Metrics) Generation(kind string, took time.Duration) {
	if m != nil {
		m.generations.observe(took, kind)
	}
}

// LumaCall notes a call to Luma: op is create, extend, get or ping, result ok
// or the kind of error.
func (m *Metrics) LumaCall(op, result string, took time.Duration) {
	if m != nil {
		m.lumaCalls.observe(took, op, result)
	}
}

// DiscordCall notes an attempt of a REST call to Discord: route without ids and
// tokens, status the HTTP status. 0, where no answer came, reads "none".
func (m *Metrics) DiscordCall(route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	label := other
	switch {
	case status == 0:
		label = none
	case status >= 100 && status <= 599:
		label = strconv.Itoa(status)
	}
	m.discordCalls.observe(took, route, label)
}

// Edit notes what became of an edit of a reply: shown, retried or refused.
func (m *Metrics) Edit(result string) {
	if m != nil {
		m.edits.inc(result)
	}
}

// Line notes how many jobs wait, and how many are unfinished at Luma, now.
func (m *Metrics) Line(waiting, atLuma int) {
	if m != nil {
		m.waiting.Set(float64(waiting))
		m.atLuma.Set(float64(atLuma))
	}
}

// Hold notes whether paid calls wait now for a reason. There are two reasons,
// and each is noted from the start on, so that its series is there.
func (m *Metrics) Hold(reason string, held bool) {
	if m == nil {
		return
	}
	value := 0.0
	if held {
		value = 1
	}
	m.hold.set(value, reason)
}

// Refused notes a job that was not taken: reason is full, busy or spent.
func (m *Metrics) Refused(reason string) {
	if m != nil {
		m.refused.inc(reason)
	}
}

// Reaction notes what came of a member's reaction to a result: ignored, counted,
// refused, extended, asked, or error.
func (m *Metrics) Reaction(outcome string) {
	if m != nil {
		m.reactions.inc(outcome)
	}
}

// Pruned notes that n finished jobs were deleted for their age.
func (m *Metrics) Pruned(n int) {
	if m != nil && n > 0 {
		m.pruned.Add(float64(n))
	}
}

// Panic notes a panic that was recovered; where names the boundary.
func (m *Metrics) Panic(where string) {
	if m != nil {
		m.panics.inc(where)
	}
}
