package tracker_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"dreambot/luma"
)

// fate is what becomes of a paid call.
type fate struct {
	way      time.Duration // until it arrives
	accepted bool
	lag      time.Duration // from then on, until it is in the list
	back     time.Duration // from then on, until there is an answer
	err      error         // the answer; nil: it names the generation
}

var (
	errSilent = &luma.Error{Op: "create", Kind: luma.ErrUnavailable, Uncertain: true}
	answered  = fate{accepted: true}
	lost      = fate{accepted: true, err: errSilent} // the answer is
	unsent    = fate{err: errSilent}
)

// entry is a generation in a ledger's list.
type entry struct {
	luma.Generation
	request luma.Request
	listed  time.Time
}

// ledger is a Luma that keeps a list of what it has accepted.
type ledger struct {
	service
	mu     sync.Mutex
	list   []entry
	fates  []fate // of the calls that come, in turn; then all are answered
	silent bool   // the list does not say at which addresses it calls back
	find   func() error
	finds  int
}

func (l *ledger) Create(ctx context.Context, r luma.Request) (luma.Generation, error) {
	l.mu.Lock()
	f := answered
	if len(l.fates) > 0 {
		f, l.fates = l.fates[0], l.fates[1:]
	}
	l.mu.Unlock()
	_, _ = l.service.Create(ctx, r) // counts it
	time.Sleep(f.way)
	var g luma.Generation
	if f.accepted {
		g = l.accept(r, f.lag)
	}
	select {
	case <-ctx.Done():
		return luma.Generation{}, errSilent
	case <-time.After(f.back):
	}
	if f.err != nil {
		return luma.Generation{}, f.err
	}
	return g, nil
}

// accept puts a generation into the list.
func (l *ledger) accept(r luma.Request, lag time.Duration) luma.Generation {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := luma.Generation{ID: fmt.Sprint("gen-", len(l.list)), State: luma.StateQueued, CreatedAt: time.Now()}
	l.list = append(l.list, entry{g, r, g.CreatedAt.Add(lag)})
	return g
}

// matches reports whether a generation asks for what a request does.
func (e entry) matches(r luma.Request, silent bool) bool {
	a, b := e.request, r
	if silent || a.CallbackURL == "" || b.CallbackURL == "" {
		a.CallbackURL, b.CallbackURL = "", ""
	}
	for _, r := range []*luma.Request{&a, &b} {
		r.Model = cmp.Or(r.Model, "the default")
	}
	return a.Kind == b.Kind && a.Prompt == b.Prompt && a.Model == b.Model && a.Source == b.Source && a.Second == b.Second &&
		a.CallbackURL == b.CallbackURL && a.Image.IsZero() == b.Image.IsZero()
}

func (l *ledger) Find(_ context.Context, r luma.Request, from, to time.Time) ([]luma.Generation, error) {
	l.mu.Lock()
	l.finds++
	find := l.find
	l.mu.Unlock()
	if find != nil {
		if err := find(); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var fits []luma.Generation
	for _, e := range l.list {
		if e.matches(r, l.silent) && !e.CreatedAt.Before(from) && !e.CreatedAt.After(to) && !time.Now().Before(e.listed) {
			fits = append(fits, e.Generation)
		}
	}
	return fits, nil
}

// timesSought is how often the list was looked into.
func (l *ledger) timesSought() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.finds
}

// finding has every look into the list begin with f.
func (l *ledger) finding(f func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.find = f
}
