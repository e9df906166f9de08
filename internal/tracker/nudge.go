package tracker

import "time"

// nudgeEvery is the least time between a query, or a look, and the next that Nudge
// brings about.
const nudgeEvery = time.Second

// Nudge says that Luma may have news of a job: it is asked now, or a second after
// it was last asked. Whatever id it is called with and however often, it is cheap; it
// does not block.
func (t *Tracker) Nudge(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.live[id]
	if !ok || l.phase == inLine || l.nudged {
		return
	}
	l.nudged = true
	at := t.Now()
	if early := l.asked.Add(nudgeEvery); early.After(at) {
		at = early
	}
	switch l.phase {
	case asking:
		t.agenda.At(id, at)
	case seeking:
		l.search.due(at)
		t.agenda.At(seekKey, at)
	default: // there is nothing to ask for before the answer
	}
}

// asks notes that Luma is asked for a job now: what is told from now on may be news.
func (t *Tracker) asks(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[id]; ok {
		l.asked, l.nudged = t.Now(), false
	}
}
