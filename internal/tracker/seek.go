package tracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"dreambot/internal/order"
	"dreambot/luma"
	"dreambot/store"
)

const (
	// seekKey is the agenda's key for looking for lost paid calls; no job has it.
	// There is one for all of them, so that no two jobs are given one generation.
	seekKey = "seek"
	// seekPoll is the wait after the first look, unless queries are made more often.
	// It doubles.
	seekPoll = 3 * time.Second
	// seekBreath is the wait while a call is under way that asks for the same: what
	// is in the list may be its own.
	seekBreath = time.Second
	// findLimit bounds one look.
	findLimit = time.Minute
)

// search is what is kept in memory of a job that is looked for.
type search struct {
	cause string    // why nobody knows, for the operator
	from  time.Time // when it was sent, by the job's clock
	until time.Time // what was accepted is in the list by then; in this process's own time
	next  time.Time // the next look; zero while there is one under way
	looks int       // that succeeded
}

// due has the next look at a time, or earlier where it was due earlier already.
func (s *search) due(at time.Time) {
	if s.next.IsZero() || at.Before(s.next) {
		s.next = at
	}
}

// wish is what jobs must have in common to be taken for one another. It is less
// than what a generation must have to fit a job: two that differ in what Luma takes
// where nothing is said may ask for the same.
type wish struct {
	kind                   luma.Kind
	prompt, source, second string
}

func wishOf(j store.Job) wish {
	r := order.Request(j)
	if r.Kind == luma.KindUpscale || r.Kind == luma.KindSound {
		r.Source = "" // which a list need not name
	}
	return wish{r.Kind, r.Prompt, r.Source, r.Second}
}

// seekFor begins to look for what became of a job's paid call. It needs mu.
func (t *Tracker) seekFor(l *live, j store.Job, cause string) {
	l.phase, l.wish = seeking, wishOf(j)
	now := t.Now()
	until := t.reach(j.SentAt, callLimit+seekMargin)
	if most := now.Add(seekPolls * t.Poll); until.After(most) {
		until = most
	}
	l.search = &search{cause: cause, from: j.SentAt, until: until, next: now}
	t.agenda.At(seekKey, now)
}

// request is what a job asks Luma for, whole.
func (t *Tracker) request(j store.Job) luma.Request {
	r := order.Request(j)
	if t.Callback != nil {
		r.CallbackURL = t.Callback(j.ID)
	}
	return r
}

// seek looks for the jobs that are due to be looked for. It returns when one of
// them is again.
func (t *Tracker) seek(ctx context.Context) time.Time {
	for _, ids := range t.sought() {
		t.seekAlike(ctx, ids)
		if ctx.Err() != nil {
			return time.Time{}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var next search
	for _, l := range t.seekers() {
		if l.search.next.IsZero() {
			l.search.next = t.Now().Add(seekBreath) // whatever has become of its look
		}
		next.due(l.search.next)
	}
	return next.next
}

// seekers are those that are looked for, by id. It needs mu.
func (t *Tracker) seekers() map[string]*live {
	all := map[string]*live{}
	for id := range t.atLuma {
		if l, ok := t.live[id]; ok && l.phase == seeking {
			all[id] = l
		}
	}
	return all
}

// sought begins a look for the jobs that are due to be looked for, and for all that
// share the wish of one of them. It returns them by their wishes.
func (t *Tracker) sought() [][]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, all := t.Now(), t.seekers()
	due := map[wish][]string{}
	for _, l := range all {
		if !now.Before(l.search.next) {
			due[l.wish] = nil
		}
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		l := all[id]
		if ids, ok := due[l.wish]; ok {
			due[l.wish], l.search.next = append(ids, id), time.Time{}
			l.asked, l.nudged = now, false
		}
	}
	return slices.SortedFunc(maps.Values(due), slices.Compare)
}

// seekAlike looks for jobs of one wish.
func (t *Tracker) seekAlike(ctx context.Context, ids []string) {
	if _, settled := t.taken(ids); !settled {
		t.postpone(ids, seekBreath)
		return
	}
	begun := t.Now()
	var seekers []seeker
	for _, id := range ids {
		j, err := t.Store.Get(ctx, id)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, store.ErrNotFound):
			t.forget(id)
			continue
		case err != nil:
			t.Log.Error("reading a job that is looked for", "job", id, "err", err)
			t.postpone(ids, storeRetry)
			return
		case j.State != store.StateSubmitting:
			t.found(id, 0) // the store kept what it had called failed
			continue
		}
		fits, err := t.find(ctx, j)
		if ctx.Err() != nil {
			return // told to stop: the answer says nothing
		}
		if err != nil {
			t.miss(ctx, ids, err)
			return
		}
		seekers = append(seekers, seeker{id: id, source: j.Source, fits: fits})
	}
	seekers, err := t.unclaimed(ctx, ids, seekers)
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, errUnsettled):
		t.postpone(ids, seekBreath)
		return
	case err != nil:
		t.Log.Error("reading whose the generations are that are in Luma's list", "err", err)
		t.postpone(ids, storeRetry)
		return
	}
	for i, f := range decideSought(seekers, begun) {
		t.settle(ctx, seekers[i], f)
	}
}

// find looks for a job's generation in Luma's list.
func (t *Tracker) find(ctx context.Context, j store.Job) (fits []luma.Generation, err error) {
	began := t.Now()
	looking, cancel := context.WithTimeout(ctx, findLimit)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			t.Metrics.Panic("find")
			t.Log.Error("a look into Luma's list panicked", "job", j, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
		if ctx.Err() == nil {
			t.Metrics.LumaCall("find", result(err), t.Now().Sub(began))
			t.heard(err, func(b *breaker, now time.Time) notice { return b.queried(now, wordOf(err)) })
		}
	}()
	return t.Generator.Find(looking, t.request(j), j.SentAt.Add(-seekMargin), j.SentAt.Add(callLimit+seekMargin))
}

var errUnsettled = errors.New("a call is under way that asks for the same")

// unclaimed leaves seekers only the generations that no job has, and puts them into
// the order in which they were sent. errUnsettled where one may belong to somebody
// of whom too little is known.
func (t *Tracker) unclaimed(ctx context.Context, ids []string, seekers []seeker) ([]seeker, error) {
	// In this order: an answer that is no longer kept in memory is in the store.
	taken, settled := t.taken(ids)
	if !settled {
		return nil, errUnsettled
	}
	for _, g := range distinct(seekers) {
		if taken[g.ID] {
			continue
		}
		switch _, err := t.Store.ByRemote(ctx, g.ID); {
		case err == nil:
			taken[g.ID] = true
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var left []seeker
	sent := map[string]time.Time{}
	for _, s := range seekers {
		l, ok := t.live[s.id]
		if !ok || l.phase != seeking {
			continue
		}
		l.strikes = strikes{}
		l.search.looks++
		s.until, s.looks, sent[s.id] = l.search.until, l.search.looks, l.search.from
		s.fits = slices.DeleteFunc(s.fits, func(g luma.Generation) bool { return taken[g.ID] })
		left = append(left, s)
	}
	slices.SortFunc(left, func(a, b seeker) int { return cmp.Or(sent[a.id].Compare(sent[b.id]), cmp.Compare(a.id, b.id)) })
	return left, nil
}

// taken returns the generations that answers name which are not stored yet. settled
// says that whatever else is in the list by now, and could be one of these jobs', is
// nobody's whose call is under way, or who is looked for apart from them.
func (t *Tracker) taken(ids []string) (remotes map[string]bool, settled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	remotes, settled = map[string]bool{}, true
	var w wish
	var latest time.Time // when something that fits may have been accepted at the latest
	for _, id := range ids {
		if l, ok := t.live[id]; ok && l.search != nil {
			w = l.wish
			if at := l.search.from.Add(callLimit + 2*seekMargin); at.After(latest) {
				latest = at
			}
		}
	}
	for id := range t.atLuma {
		l, ok := t.live[id]
		switch {
		case !ok:
		case l.phase == recording && l.remote != "":
			remotes[l.remote] = true
		case l.wish != w:
		case l.phase == calling && !l.began.After(latest), l.phase == seeking && !slices.Contains(ids, id):
			settled = false
		}
	}
	return remotes, settled
}
