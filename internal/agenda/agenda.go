// Package agenda does keyed work when it is due: at most one run of a key at
// a time, by a bounded number of workers, earliest first.
//
// It holds times, not data: what is to be done for a key is read anew at each
// run, so that an agenda may be lost with the process and be made again from
// the store.
package agenda

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Do is the work for a key. It returns when the key is due again, or the zero
// time for not at all. ctx ends when the agenda's Run is told to end.
type Do func(ctx context.Context, key string) time.Time

// Agenda is a set of keys, each with the time when it is due. It is safe for
// concurrent use. It holds as many keys as its users put in: they bound it.
// How long it is to a time is reckoned once, when the time is given: a wall
// clock that is set afterwards hastens and delays nothing.
type Agenda struct {
	// Now is the clock of the times that it is given; nil: time.Now. Waits are
	// of real time.
	Now func() time.Time

	do      Do
	workers int

	mu      sync.Mutex
	entries map[string]*entry
	due     dueHeap
	running int
	wake    chan struct{} // holds one signal that something changed
}

type entry struct {
	key     string
	at      time.Time
	index   int  // in due; -1 while not in it
	running bool // do is at work
	dropped bool // since it is
}

// New returns an agenda whose Run calls do from at most workers goroutines.
func New(workers int, do Do) *Agenda {
	return &Agenda{do: do, workers: workers, entries: map[string]*entry{}, wake: make(chan struct{}, 1)}
}

// At makes key due at t, or earlier where it was due earlier already. A key
// that is being worked on runs once more, after t.
func (a *Agenda) At(key string, t time.Time) {
	a.mu.Lock()
	a.put(key, a.real(t))
	a.mu.Unlock()
	a.signal()
}

// Drop takes key off the agenda. A run of it under way comes to its end; when
// that run would have it due again no longer matters.
func (a *Agenda) Drop(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch e, ok := a.entries[key]; {
	case !ok:
	case e.running:
		e.at, e.dropped = time.Time{}, true
	default:
		heap.Remove(&a.due, e.index)
		delete(a.entries, key)
	}
}

// real is a time of Now's in this process's own time. One that was stored has no
// monotonic reading; this gives it one.
func (a *Agenda) real(t time.Time) time.Time {
	now := time.Now()
	if a.Now != nil {
		return now.Add(t.Sub(a.Now()))
	}
	return now.Add(t.Sub(now))
}

// put needs mu.
func (a *Agenda) put(key string, t time.Time) {
	e, ok := a.entries[key]
	if !ok {
		e = &entry{key: key, index: -1}
		a.entries[key] = e
	}
	switch {
	case e.running:
		if e.at.IsZero() || t.Before(e.at) {
			e.at = t
		}
	case e.index < 0:
		e.at = t
		heap.Push(&a.due, e)
	case t.Before(e.at):
		e.at = t
		heap.Fix(&a.due, e.index)
	}
}

// Len returns how many keys are due some time or being worked on.
func (a *Agenda) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.entries)
}

func (a *Agenda) signal() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, then waits for the runs under way. It must not run
// twice at once.
func (a *Agenda) Run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		for e := a.next(); e != nil; e = a.next() {
			workers.Go(func() { a.work(ctx, e) })
		}
		timer.Reset(a.idle())
		select {
		case <-ctx.Done():
		case <-a.wake:
		case <-timer.C:
		}
	}
}

// next takes the first key that is due and for which a worker is free, or nil.
func (a *Agenda) next() *entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running >= a.workers || len(a.due) == 0 || time.Now().Before(a.due[0].at) {
		return nil
	}
	e := heap.Pop(&a.due).(*entry)
	e.running, e.dropped, e.at = true, false, time.Time{}
	a.running++
	return e
}

// longIdle bounds a wait in which nothing is due; a signal ends it earlier.
const longIdle = time.Hour

// idle returns how long nothing can be begun for want of something due. Where
// workers are wanting, the end of a run signals.
func (a *Agenda) idle() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.due) == 0 || a.running >= a.workers {
		return longIdle
	}
	return min(time.Until(a.due[0].at), longIdle)
}

func (a *Agenda) work(ctx context.Context, e *entry) {
	again := a.do(ctx, e.key)
	if !again.IsZero() {
		again = a.real(again)
	}
	a.mu.Lock()
	e.running = false
	a.running--
	asked := e.at // by At, while it ran
	if e.dropped {
		again = time.Time{}
	}
	if again.IsZero() || !asked.IsZero() && asked.Before(again) {
		again = asked
	}
	if again.IsZero() {
		delete(a.entries, e.key)
	} else {
		a.put(e.key, again)
	}
	a.mu.Unlock()
	a.signal()
}

// dueHeap orders entries by time.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.index = -1
	return e
}
