package tracker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// lossy is a store that keeps some changes and calls them failed, as one does
// whose answer gets lost, and that cannot read some jobs.
type lossy struct {
	store.Store
	mu         sync.Mutex
	keepAndErr func(j store.Job) bool
	unreadable string
}

var errLost = errors.New("the answer is lost")

func (l *lossy) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	j, err := l.Store.Update(ctx, id, change)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.keepAndErr != nil && l.keepAndErr(j) {
		l.keepAndErr = nil // once
		return store.Job{}, errLost
	}
	return j, err
}

func (l *lossy) Get(ctx context.Context, id string) (store.Job, error) {
	l.mu.Lock()
	unreadable := l.unreadable
	l.mu.Unlock()
	if id == unreadable {
		return store.Job{}, errLost
	}
	return l.Store.Get(ctx, id)
}

// A change that the store keeps and calls failed leaves no job behind, and
// none is paid for twice.
func TestAChangeThatIsKeptAndCalledFailedStrandsNoJob(t *testing.T) {
	for name, at := range map[string]func(store.Job) bool{
		"the first reply":         func(j store.Job) bool { return j.State == store.StateWaiting && j.Answered() },
		"the intent":              func(j store.Job) bool { return j.State == store.StateSubmitting },
		"the answer":              func(j store.Job) bool { return j.State == store.StateQueued },
		"the answer to a query":   func(j store.Job) bool { return j.State == store.StateDreaming },
		"the end":                 func(j store.Job) bool { return j.State == store.StateCompleted },
		"a look-up that was late": func(j store.Job) bool { return j.State == store.StateWaiting && j.Message != "" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1)
				w.with(func(c *tracker.Config) { c.Store = &lossy{Store: w.store, keepAndErr: at} })
				start := time.Now()
				w.luma.get = func(id string) (luma.Generation, error) {
					if time.Since(start) < time.Minute {
						return luma.Generation{ID: id, State: luma.StateDreaming}, nil
					}
					return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
				}
				w.run()
				defer w.end()
				j := w.submit(1)
				if err := w.Answered(context.Background(), j.ID, "m", 1); err != nil {
					w.people.stands(j.ID, "m")
					w.Doubtful(j.ID) // as the bot does
				}
				settle(5 * time.Minute)
				w.expect(j.ID, store.StateCompleted, "")
				if n := len(w.luma.payments()); n != 1 {
					t.Errorf("%d paid calls", n)
				}
				if waiting, atLuma := w.Counts(); waiting+atLuma != 0 {
					t.Errorf("%d wait, %d are at Luma", waiting, atLuma)
				}
				w.people.mu.Lock()
				defer w.people.mu.Unlock()
				if w.people.changed[j.ID] < 3 { // queued, dreaming, completed
					t.Errorf("told %d times", w.people.changed[j.ID])
				}
			})
		})
	}
}

func TestOneUnreadableSourceHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.with(func(c *tracker.Config) { c.Store = &lossy{Store: w.store, unreadable: "damaged"} })
		w.run()
		defer w.end()
		j := job(1)
		j.Kind, j.Parent = store.KindExtend, "damaged"
		j, err := w.Submit(context.Background(), j)
		if err != nil {
			t.Fatal(err)
		}
		w.answered(j)
		settle(time.Second)
		other := w.answered(w.submit(2))
		settle(3 * time.Second)
		w.expect(other.ID, store.StateQueued, "")
		w.expect(j.ID, store.StateWaiting, "")
	})
}

// A start long after finds jobs whose pictures are dead: none is paid for.
func TestJobsBeyondTheLinesBoundAreNotPaidForAtAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		for n := range 20 {
			w.stored(n)
		}
		time.Sleep(72 * time.Hour)
		w.run()
		defer w.end()
		settle(time.Minute)
		if got := w.luma.payments(); len(got) != 0 {
			t.Errorf("paid for %v", got)
		}
		for n := range 20 {
			w.expect(job(n).ID, store.StateFailed, store.FailureLineTooLong)
		}
	})
}

func TestOne404AfterOtherTroubleIsNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		asked := 0
		w.luma.get = func(id string) (luma.Generation, error) {
			w.luma.mu.Lock()
			defer w.luma.mu.Unlock()
			switch asked++; {
			case asked < 10:
				return luma.Generation{}, &luma.Error{Op: "get", Status: 503, Kind: luma.ErrUnavailable}
			case asked == 10:
				return luma.Generation{}, &luma.Error{Op: "get", Status: 404, Kind: luma.ErrNotFound}
			}
			return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
		}
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(20 * time.Minute)
		w.expect(j.ID, store.StateCompleted, "")
	})
}

// A query that says nothing new tells nobody: a reply that cannot be edited yet
// keeps its backoff.
func TestOnlyAChangeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(20 * time.Minute)
		w.people.mu.Lock()
		told := w.people.changed[j.ID]
		w.people.mu.Unlock()
		if told != 2 || w.luma.timesAsked() < 100 {
			t.Errorf("told %d times over %d queries; want 2: queued, dreaming", told, w.luma.timesAsked())
		}
	})
}

func TestAPanicOfTheClientIsNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.luma.create = func(prompt string) (luma.Generation, error) {
			if prompt == "1" {
				panic("create")
			}
			return luma.Generation{ID: "g", State: luma.StateQueued}, nil
		}
		asked := 0
		w.luma.get = func(id string) (luma.Generation, error) {
			if asked++; asked == 1 {
				panic("get")
			}
			return luma.Generation{ID: id, State: luma.StateCompleted, Video: &luma.Video{URL: "https://v"}}, nil
		}
		w.run()
		defer w.end()
		paid, polled := w.answered(w.submit(1)), w.answered(w.submit(2))
		settle(5 * time.Minute)
		w.expect(paid.ID, store.StateFailed, store.FailureUncertain)
		w.expect(polled.ID, store.StateCompleted, "")
	})
}
