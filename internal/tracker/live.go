package tracker

import (
	"errors"
	"time"

	"dreambot/luma"
	"dreambot/store"
)

// leastBusy is how far ahead a busy member is told to come back at least.
const leastBusy = 10 * time.Second

// live is what is kept in memory of an unfinished job, from before it is
// stored until it has ended. Its moments are in this process's own time: a wall
// clock that is set brings none of them nearer.
type live struct {
	member   string
	phase    phase
	wish     wish      // what it asks Luma for, once it does
	began    time.Time // its paid call, likewise
	remote   string    // the generation that the call's answer names, while that is being recorded
	asked    time.Time // Luma, for it, for the last time
	nudged   bool      // Luma has told of it, and was not asked since
	search   *search   // set while it is looked for
	unread   int       // how often its pictures could not be fetched
	strikes  strikes
	had      turns     // by which it was sent; it has them back where that did not start
	confirm  time.Time // its first reply may be looked up
	patience time.Time // it has waited in line for too long
	deadline time.Time // Luma has had its time; zero while it is not sent
	ends     time.Time // its end is expected; zero while it is not sent
}

// phase is where an unfinished job stands, as memory knows it.
type phase int

const (
	inLine    phase = iota // it waits, or is about to be sent
	calling                // its paid call is under way
	recording              // the call is over, and its answer is being stored
	seeking                // nobody knows whether the call was accepted: it is looked for
	asking                 // Luma has it, and is asked how far it is
)

// reach returns when a bound that runs since then is reached, in this
// process's own time, within bound from now.
func (t *Tracker) reach(since time.Time, bound time.Duration) time.Time {
	now := t.Now()
	return now.Add(min(max(bound-now.Sub(since), 0), bound))
}

// take keeps a place for a job that is about to be stored.
func (t *Tracker) take(j store.Job) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.live)-len(t.atLuma) >= t.MaxLine {
		t.Metrics.Refused("full")
		return store.ErrFull
	}
	if t.MemberJobs > 0 && t.members[j.Member] >= t.MemberJobs {
		t.Metrics.Refused("busy")
		return &store.BusyError{Limit: t.MemberJobs, Until: t.freeAt(j.Member)}
	}
	if _, ok := t.live[j.ID]; ok {
		return store.ErrExists
	}
	t.note(j)
	return nil
}

// adopt notes an unfinished job that an earlier run left.
func (t *Tracker) adopt(j store.Job) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.note(j)
}

// known reports whether an unfinished job was noted.
func (t *Tracker) known(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.live[id]
	return ok
}

// note needs mu.
func (t *Tracker) note(j store.Job) {
	confirm := t.reach(j.CreatedAt, confirmAfter)
	if j.Reaction {
		confirm = t.Now() // nobody else makes its first message
	}
	l := &live{member: j.Member, confirm: confirm, patience: t.reach(j.CreatedAt, lineLimit)}
	t.live[j.ID] = l
	t.members[j.Member]++
	if !j.State.AtLuma() {
		return
	}
	l.sent(j, t.reach(j.SentAt, t.Deadline))
	t.atLuma[j.ID] = struct{}{}
	if j.State == store.StateSubmitting {
		t.seekFor(l, j, "the process ended during the paid call")
	} else {
		l.phase = asking
	}
}

func (l *live) sent(j store.Job, deadline time.Time) {
	expected := j.Expected
	if expected == 0 {
		expected = usual
	}
	l.deadline, l.ends = deadline, j.SentAt.Add(expected)
}

// forget drops all that is kept of a job that has ended, or is not stored.
func (t *Tracker) forget(id string) {
	t.mu.Lock()
	if l, ok := t.live[id]; ok {
		delete(t.live, id)
		if t.members[l.member]--; t.members[l.member] <= 0 {
			delete(t.members, l.member)
		}
	}
	t.agenda.Drop(id)
	t.mu.Unlock()
	t.leave(id)
}

// freeAt returns when one of a member's jobs is expected to end. It needs mu.
func (t *Tracker) freeAt(member string) time.Time {
	now := t.Now()
	// Those in line are about as long on their way as there are rounds at Luma
	// before them, once paid calls are made at all.
	begin := now
	if t.paused.After(begin) {
		begin = t.paused
	}
	if at, ok := t.breaker.wakes(); ok && at.After(begin) {
		begin = at
	}
	before, _ := t.line.beforeMember(member)
	soonest := begin.Add(usual * time.Duration(1+before/max(t.Concurrency, 1)))
	for _, l := range t.live {
		if l.member == member && !l.ends.IsZero() && l.ends.Before(soonest) {
			soonest = l.ends
		}
	}
	if least := now.Add(leastBusy); soonest.Before(least) {
		return least
	}
	return soonest
}

// confirmFrom returns when a job's first reply may be looked up.
func (t *Tracker) confirmFrom(j store.Job) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[j.ID]; ok {
		return l.confirm
	}
	return t.reach(j.CreatedAt, confirmAfter)
}

// overdue reports whether a job has waited in line beyond its bound.
func (t *Tracker) overdue(j store.Job) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[j.ID]; ok {
		return !t.Now().Before(l.patience)
	}
	return t.Now().Sub(j.CreatedAt) >= lineLimit
}

// strikes are the errors in a row of one job.
type strikes struct {
	all  int
	lost row // that the generation is unknown
	late row // since the deadline
}

// row is a row of errors. Its length in time counts as well as their number: a
// burst of quick tries is no patience.
type row struct {
	n     int
	since time.Time     // of the first of them
	lasts time.Duration // from the first to the last
}

func (r *row) add(now time.Time) {
	if r.n++; r.n == 1 {
		r.since = now
	}
	r.lasts = now.Sub(r.since)
}

// strike counts an error of a job.
func (t *Tracker) strike(id string, err error) strikes {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.live[id]
	if !ok {
		return strikes{} // it has ended meanwhile
	}
	s, now := &l.strikes, t.Now()
	s.all++
	if errors.Is(err, luma.ErrNotFound) {
		s.lost.add(now)
	} else {
		s.lost = row{}
	}
	if !l.deadline.IsZero() && !now.Before(l.deadline) {
		s.late.add(now)
	}
	return *s
}

// forgive ends a row of errors.
func (t *Tracker) forgive(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[id]; ok {
		l.strikes = strikes{}
	}
}

// deadline returns when Luma has had its time for a job.
func (t *Tracker) deadline(j store.Job) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.live[j.ID]; ok && !l.deadline.IsZero() {
		return l.deadline
	}
	return t.reach(j.SentAt, t.Deadline)
}
