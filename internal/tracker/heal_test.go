package tracker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
)

// reborn gives the world a process of its own, which is dead once it is killed.
func (w *world) reborn(s store.Store) *life {
	w.t.Helper()
	l := &life{Store: s}
	w.with(func(c *tracker.Config) { c.Store = l })
	w.run()
	return l
}

// Whenever the process is killed, the next one adopts what Luma has accepted, once.
func TestACrashAnywhereInASearchEndsInTheSame(t *testing.T) {
	for name, kill := range map[string]func(l *ledger, m *memory, now *life){
		"never": func(*ledger, *memory, *life) {},
		"before the first look": func(_ *ledger, _ *memory, now *life) {
			now.dead.Store(true)
		},
		"during a look": func(l *ledger, _ *memory, now *life) {
			l.finding(func() error {
				now.dead.Store(true)
				return nil
			})
		},
		"after a look, before it is stored": func(_ *ledger, m *memory, now *life) {
			m.faults(func(op string) (before, after error) {
				if op == "remote" {
					now.dead.Store(true)
				}
				return nil, nil
			})
		},
		"after it is stored": func(_ *ledger, m *memory, now *life) {
			m.faults(func(op string) (before, after error) {
				if op == "update" {
					now.dead.Store(true)
					return nil, errDead
				}
				return nil, nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, fate{accepted: true, back: time.Minute}, fate{accepted: true, back: time.Minute})
				l.finish()
				m := w.store.(*memory)
				now := w.reborn(m)
				list := w.alike(2)
				now.dead.Store(true) // with both calls under way
				w.stop()
				for range 2 {
					now = &life{Store: m}
					w.with(func(c *tracker.Config) { c.Store = now })
					kill(l, m, now)
					w.run()
					settle(10 * time.Second)
					w.stop()
					l.finding(nil)
					m.faults(nil)
				}
				w.reborn(m)
				defer w.end()
				settle(20 * time.Second)
				w.settled(list, store.StateCompleted)
				if got := w.remotes(list); got != "gen-0 gen-1" {
					t.Errorf("they have %q", got)
				}
				if n := len(l.payments()); n != 2 {
					t.Errorf("%d paid calls", n)
				}
			})
		})
	}
}

// A start long after finds it too, in few looks.
func TestAStartLongAfterFindsWhatWasAccepted(t *testing.T) {
	for name, accepted := range map[string]bool{"accepted": true, "not accepted": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := listed(t, 5, fate{accepted: accepted, back: time.Minute})
				l.finish()
				now := w.reborn(w.store)
				j := w.answered(w.submit(1))
				settle(time.Second)
				now.dead.Store(true)
				w.stop()
				time.Sleep(30 * 24 * time.Hour)
				w.reborn(w.store)
				defer w.end()
				settle(15 * time.Second)
				if accepted {
					w.expect(j.ID, store.StateCompleted, "")
				} else {
					w.expect(j.ID, store.StateFailed, store.FailureUncertain)
				}
				if n := l.timesSought(); n > 3 {
					t.Errorf("looked for %d times", n)
				}
				if n := len(l.payments()); n != 1 {
					t.Errorf("%d paid calls", n)
				}
			})
		})
	}
}

// A wall clock that is set makes no search endless.
func TestALostCallFromTheFutureEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 5, unsent)
		w.run()
		defer func() { w.end() }()
		j := w.answered(w.submit(1))
		settle(time.Second)
		m := w.store.(*memory)
		m.mu.Lock()
		ahead := m.jobs[j.ID]
		ahead.SentAt = ahead.SentAt.Add(24 * time.Hour).Round(0)
		m.jobs[j.ID] = ahead
		m.mu.Unlock()
		w.restart()
		settle(4 * time.Minute)
		w.expect(j.ID, store.StateFailed, store.FailureUncertain)
		if n := l.timesSought(); n > 20 {
			t.Errorf("looked for %d times", n)
		}
	})
}

// Trouble of the store while something is found neither loses nor doubles it.
func TestTroubleOfTheStoreDuringASearch(t *testing.T) {
	for _, op := range []string{"get", "remote", "update"} {
		for _, kept := range []bool{false, true} {
			t.Run(op, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, l := listed(t, 5, lost)
					w.run()
					defer w.end()
					l.finding(func() error { return err503 })
					j := w.answered(w.submit(1))
					settle(5 * time.Second)
					m := w.store.(*memory)
					left := 3
					m.faults(func(now string) (before, after error) {
						if now != op || left == 0 {
							return nil, nil
						}
						if left--; kept {
							return nil, errDisk
						}
						return errDisk, nil
					})
					l.finding(nil)
					l.finish()
					settle(2 * time.Minute)
					w.settled([]store.Job{j}, store.StateCompleted)
				})
			})
		}
	}
}

func TestAPanicInALookIsNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 5, lost, lost)
		panics := 3
		l.finding(func() error {
			if panics--; panics >= 0 {
				panic("find")
			}
			return nil
		})
		l.finish()
		w.run()
		defer w.end()
		list := w.all(2)
		settle(5 * time.Minute)
		w.settled(list, store.StateCompleted)
	})
}

// Where Luma has no list, nobody can tell, as ever.
func TestWithoutAListNobodyIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 5, lost, fate{accepted: true, back: time.Minute})
		w.with(func(c *tracker.Config) { c.Capabilities.List = false })
		now := w.reborn(w.store)
		list := w.all(2)
		settle(time.Second)
		w.expect(list[0].ID, store.StateFailed, store.FailureUncertain)
		now.dead.Store(true)
		w.stop()
		w.reborn(w.store)
		defer w.end()
		settle(time.Second)
		w.expect(list[1].ID, store.StateFailed, store.FailureUncertain)
		if n := l.timesSought(); n != 0 {
			t.Errorf("looked for %d times", n)
		}
	})
}

// What a look says of Luma, the breaker hears.
func TestTheBreakerHearsLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 1, unsent)
		l.are(err503)
		l.finding(func() error { return err503 })
		w.run()
		defer w.end()
		list := w.all(3)
		settle(3 * time.Minute)
		if holds := w.holds(list); holds[store.HoldUnreachable] != 2 {
			t.Errorf("the cards say %v", holds)
		}
		l.are(nil)
		l.finding(nil)
		l.finish()
		settle(20 * time.Minute)
		w.expect(list[0].ID, store.StateFailed, store.FailureUncertain)
		for _, j := range list[1:] {
			w.expect(j.ID, store.StateCompleted, "")
		}
	})
}

// A search is not told to people: the reply says the same as before it was sent.
func TestASearchIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := listed(t, 1, unsent)
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(2 * time.Minute)
		if now := w.get(j.ID); now.State != store.StateSubmitting || now.Revision != j.Revision {
			t.Errorf("it is %s, at revision %d", now.State, now.Revision)
		}
		if err := w.Cancel(context.Background(), j.ID, "m"); err == nil {
			t.Error("it can be taken back")
		}
	})
}

// The ledger's own generation fails, and so does the job, for its reason.
func TestWhatIsFoundMayHaveFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := listed(t, 1, fate{accepted: true, lag: time.Minute, err: errSilent})
		w.run()
		defer w.end()
		j := w.answered(w.submit(1))
		settle(10 * time.Second)
		l.mu.Lock()
		l.list[0].State, l.list[0].Reason = luma.StateFailed, luma.ReasonPromptModerated
		l.mu.Unlock()
		settle(2 * time.Minute)
		w.expect(j.ID, store.StateFailed, store.FailurePromptRejected)
	})
}
