package commands

import (
	"maps"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPaced is for how many members the pace is kept. Who has not done anything
// for a minute needs no place in it; beyond that many, some get their full
// minute again early.
const maxPaced = 10_000

// pace bounds what each member may do in a minute: as much at once, and then
// one thing at a time as the minute goes by.
type pace struct {
	perMinute int // 0: no bound

	mu      sync.Mutex
	members map[string]*rate.Limiter
}

func newPace(perMinute int) *pace {
	return &pace{perMinute: perMinute, members: map[string]*rate.Limiter{}}
}

// take lets the member do one thing more, or says when they may.
func (p *pace) take(member string, now time.Time) (again time.Time, ok bool) {
	if p.perMinute <= 0 {
		return time.Time{}, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.members[member]
	if l == nil {
		p.makeRoom(now)
		l = rate.NewLimiter(rate.Every(time.Minute/time.Duration(p.perMinute)), p.perMinute)
		p.members[member] = l
	}
	if l.AllowN(now, 1) {
		return time.Time{}, true
	}
	missing := 1 - l.TokensAt(now)
	return now.Add(time.Duration(missing / float64(l.Limit()) * float64(time.Second))), false
}

// makeRoom drops those who may do all that a minute allows, and where that is
// not enough any others. It needs mu.
func (p *pace) makeRoom(now time.Time) {
	if len(p.members) < maxPaced {
		return
	}
	maps.DeleteFunc(p.members, func(_ string, l *rate.Limiter) bool {
		return l.TokensAt(now) >= float64(p.perMinute)
	})
	for member := range p.members {
		if len(p.members) <= maxPaced/2 {
			return
		}
		delete(p.members, member)
	}
}
