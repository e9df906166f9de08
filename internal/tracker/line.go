package tracker

import (
	"context"
	"errors"
	"sync"
	"time"

	"dreambot/store"
)

// labelDelay is how long moves of the line are gathered before places are shown
// anew: hundreds who come at once are answered first, and cost an edit each,
// not one for everybody who comes behind them.
const labelDelay = time.Second

// shown is what the reply of a waiting job says of the line.
type shown struct {
	place int
	hold  store.Hold
}

// join puts a waiting job into the line, if it is not there already, and notes
// whether it was answered. One that has ended meanwhile stays out.
func (t *Tracker) join(j store.Job) {
	t.mu.Lock()
	l, ok := t.live[j.ID]
	if _, sending := t.atLuma[j.ID]; sending || !ok {
		t.mu.Unlock()
		return
	}
	if j.Answered() {
		t.agenda.At(j.ID, l.patience)
	} else {
		t.agenda.At(j.ID, l.confirm)
	}
	if t.line.has(j.ID) {
		if j.Answered() {
			t.line.answer(j.ID)
		}
		t.mu.Unlock()
		return
	}
	t.line.join(j, l.had)
	t.mu.Unlock()
	t.moved()
}

// leave takes a job out of the line and away from Luma.
func (t *Tracker) leave(id string) {
	t.mu.Lock()
	t.line.leave(id)
	delete(t.atLuma, id)
	t.mu.Unlock()
	t.moved()
	t.admit()
}

// place returns the place that a job is shown which has so many before it in
// line: 0 where there is room for it at Luma. It needs mu.
func (t *Tracker) place(before int) int {
	free := max(t.Concurrency-len(t.atLuma), 0)
	return shownPlace(max(before+1-free, 0))
}

// moved has the places in line shown anew.
func (t *Tracker) moved() {
	select {
	case t.relabel <- struct{}{}:
	default:
	}
}

// admit sends as many jobs as there are places free at Luma.
func (t *Tracker) admit() {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() { t.Metrics.Line(t.line.len(), len(t.atLuma)) }()
	now := t.Now()
	if now.Before(t.paused) {
		t.agenda.At(admitKey, t.paused)
		return
	}
	for t.open && len(t.atLuma) < t.Concurrency && t.breaker.admits(now) {
		id, had, ok := t.line.next()
		if !ok {
			return
		}
		if l, ok := t.live[id]; ok {
			l.had = had
		}
		t.atLuma[id] = struct{}{}
		epoch := t.breaker.begin()
		t.sending.Go(func() { t.send(id, epoch) })
		t.moved()
	}
}

// labellers is how many cards are labelled at once: writers share the store's
// transactions.
const labellers = 64

// label shows waiting jobs their places as the line moves, and why it stands
// still.
func (t *Tracker) label(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.relabel:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(labelDelay):
		}
		var group sync.WaitGroup
		room := make(chan struct{}, labellers)
		for _, l := range t.labels() {
			room <- struct{}{}
			group.Go(func() {
				defer func() { <-room }()
				t.relabelled(ctx, l.id, l.now, t.ready(ctx, l.measure, l.now))
			})
		}
		group.Wait()
	}
}

// due is a job in line of which something else is to be shown now.
type due struct {
	id      string
	measure store.Measure
	now     shown
}

// labels returns what has to be shown anew, the next to be sent first.
func (t *Tracker) labels() []due {
	t.mu.Lock()
	defer t.mu.Unlock()
	var changed []due
	hold := t.breaker.hold()
	for i, p := range t.line.order() {
		if now := (shown{t.place(i), hold}); now != p.shown && p.answered {
			changed = append(changed, due{p.id, p.measure, now})
		}
	}
	return changed
}

// relabelled stores what a waiting job shows of the line. Where that fails it
// is tried again with the next move.
func (t *Tracker) relabelled(ctx context.Context, id string, now shown, ready time.Time) {
	_, err := t.update(ctx, id, func(j *store.Job) error {
		if j.State != store.StateWaiting {
			return store.ErrConflict
		}
		j.Place, j.Ready, j.Hold = now.place, ready, now.hold
		return nil
	})
	if errors.Is(err, store.ErrConflict) || ctx.Err() != nil {
		return
	}
	if err != nil {
		t.Log.Error("showing a place in line", "job", id, "err", err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.line.jobs[id]; ok {
		p.shown = now
	}
}

// ready reckons when a job in line is done, by what jobs alike took: those
// before it free a place at Luma one after the other, and then it takes as long
// itself. It is zero where nothing is measured, the line stands still, or the
// job is about to be sent.
func (t *Tracker) ready(ctx context.Context, m store.Measure, at shown) time.Time {
	if at.place == 0 || at.hold != store.HoldNone {
		return time.Time{}
	}
	one := t.typical(ctx, m)
	if one == 0 {
		return time.Time{}
	}
	wait := one * time.Duration(at.place) / time.Duration(max(t.Concurrency, 1))
	return t.Now().Add(wait + one).UTC().Truncate(time.Second)
}
