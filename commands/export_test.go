package commands

import (
	"time"

	"dreambot/bot/reply"
	"dreambot/store"
)

// What the tests of the package's outside see of its inside.

// MaxPaced is maxPaced.
const MaxPaced = maxPaced

// Pace is a pace.
type Pace struct{ p *pace }

// NewPace is newPace.
func NewPace(perMinute int) Pace { return Pace{newPace(perMinute)} }

// Take is pace.take.
func (p Pace) Take(member string, now time.Time) (time.Time, bool) { return p.p.take(member, now) }

// Len is for how many members the pace is kept.
func (p Pace) Len() int { return len(p.p.members) }

// Tell is tell.
func Tell(jobs []store.Job, of store.Job) reply.StoryPage { return tell(jobs, of) }

// Letters is letters.
func Letters(n int) string { return letters(n) }

// ReadEnds is readEnds.
func ReadEnds(text string, now time.Time) (time.Time, bool) { return readEnds(text, now) }

// Searched is searched.
func Searched(words string) string { return searched(words) }
