package tracker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dreambot/store"
)

// labelDelay is how long moves of the line are gathered before places are shown
// anew: hundreds who come at once are answered first, and cost an edit each,
// not one for everybody who comes behind them.
const labelDelay = time.Second

// place is a job's place in line.
type place struct {
	id       string
	created  time.Time
	answered bool
	shown    int
}

// join puts a waiting job into the line, if it is not there already, and notes
// whether it was answered.
func (t *Tracker) join(j store.Job) {
	t.mu.Lock()
	_, sending := t.atLuma[j.ID]
	at := slices.IndexFunc(t.line, func(p place) bool { return p.id == j.ID })
	if at >= 0 && j.Answered() {
		t.line[at].answered = true
	}
	if sending || at >= 0 {
		t.mu.Unlock()
		return
	}
	p := place{id: j.ID, created: j.CreatedAt, answered: j.Answered(), shown: j.Place}
	i, _ := slices.BinarySearchFunc(t.line, p, func(a, b place) int { return a.created.Compare(b.created) })
	for i < len(t.line) && t.line[i].created.Equal(p.created) {
		i++
	}
	t.line = slices.Insert(t.line, i, p)
	t.mu.Unlock()
	due := j.CreatedAt.Add(lineLimit)
	if !j.Answered() {
		due = j.CreatedAt.Add(confirmAfter)
	}
	t.agenda.At(j.ID, due)
	t.moved()
}

// leave takes a job out of the line and away from Luma.
func (t *Tracker) leave(id string) {
	t.mu.Lock()
	t.line = slices.DeleteFunc(t.line, func(p place) bool { return p.id == id })
	delete(t.atLuma, id)
	delete(t.strikes, id)
	t.mu.Unlock()
	t.moved()
	t.admit()
}

// place returns the place that the job at index i of the line is shown: 0
// where there is room for it at Luma. It needs mu.
func (t *Tracker) place(i int) int {
	free := max(t.Concurrency-len(t.atLuma), 0)
	return shownPlace(max(i+1-free, 0))
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
	defer func() { t.Metrics.Line(len(t.line), len(t.atLuma)) }()
	if now := t.Now(); now.Before(t.paused) {
		t.agenda.At(admitKey, t.paused)
		return
	}
	for t.open && len(t.atLuma) < t.Concurrency {
		i := slices.IndexFunc(t.line, func(p place) bool { return p.answered })
		if i < 0 {
			return
		}
		id := t.line[i].id
		t.line = slices.Delete(t.line, i, i+1)
		t.atLuma[id] = struct{}{}
		t.sending.Go(func() { t.send(id) })
		t.moved()
	}
}

// label shows waiting jobs their places as the line moves.
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
		t.mu.Lock()
		changed := map[string]int{}
		for i := range t.line {
			if now := t.place(i); now != t.line[i].shown && t.line[i].answered {
				t.line[i].shown = now
				changed[t.line[i].id] = now
			}
		}
		t.mu.Unlock()
		var group sync.WaitGroup
		room := make(chan struct{}, 64) // writers share the store's transactions
		for id, now := range changed {
			room <- struct{}{}
			group.Go(func() {
				defer func() { <-room }()
				_, err := t.update(ctx, id, func(j *store.Job) error {
					if j.State != store.StateWaiting {
						return store.ErrConflict
					}
					j.Place = now
					return nil
				})
				if err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
					t.Log.Error("showing a place in line", "job", id, "err", err)
					t.unlabelled(id)
				}
			})
		}
		group.Wait()
	}
}

// unlabelled has a job's place shown with the next move of the line.
func (t *Tracker) unlabelled(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.line {
		if t.line[i].id == id {
			t.line[i].shown = -1
		}
	}
}
