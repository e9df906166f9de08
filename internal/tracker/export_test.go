package tracker

import "fmt"

// Kept says what is kept in memory, empty where it is nothing.
func (t *Tracker) Kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := []int{t.agenda.Len(), len(t.live), len(t.members), len(t.line), len(t.atLuma), t.breaker.under}
	for _, n := range counts {
		if n != 0 {
			return fmt.Sprint("agenda, jobs, members, line, at luma, paid calls: ", counts)
		}
	}
	return ""
}
