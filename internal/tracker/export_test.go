package tracker

import (
	"context"
	"fmt"
)

// Kept says what is kept in memory, empty where it is nothing.
func (t *Tracker) Kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := []int{t.agenda.Len(), len(t.live), len(t.members), t.line.len() + len(t.line.ring) + len(t.line.servers), len(t.atLuma), t.breaker.under}
	for _, n := range counts {
		if n != 0 {
			return fmt.Sprint("agenda, jobs, members, line, at luma, paid calls: ", counts)
		}
	}
	return ""
}

// StandStill has the line stand still, as in an outage.
func (t *Tracker) StandStill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.breaker.gate, t.breaker.cause = gateOpen, outage
}

// Labels returns how many jobs in line are to be shown anew.
func (t *Tracker) Labels() int { return len(t.labels()) }

// Adopt notes a stored job, as Resume does.
func (t *Tracker) Adopt(id string) {
	j, err := t.Store.Get(context.Background(), id)
	if err != nil {
		panic(err)
	}
	t.adopt(j)
}
