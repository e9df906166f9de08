package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"dreambot/store"
)

// over stores jobs that are answered, completed and shown; the nth of them ended
// n seconds after the start, whenever it was created.
func over(t *testing.T, s store.Store, ids ...string) {
	t.Helper()
	together(len(ids), func(i int) {
		j := job(ids[i], len(ids)-i)
		j.Message, j.Remote = "m-"+j.ID, "r-"+j.ID
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create(%q): %v", j.ID, err)
		}
		for _, change := range []func(*store.Job){
			func(j *store.Job) { j.AnsweredAt, j.SentAt, j.State = at(0), at(0), store.StateSubmitting },
			// The end is shown with the revision that it makes.
			func(j *store.Job) { j.FinishedAt, j.State, j.Shown = at(i), store.StateCompleted, j.Revision+1 },
		} {
			if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { change(j); return nil }); err != nil {
				t.Errorf("Update(%q): %v", j.ID, err)
			}
		}
	})
}

// dropped stores jobs that were taken back before their first reply, the nth of
// them n seconds after the start.
func dropped(t *testing.T, s store.Store, ids ...string) {
	t.Helper()
	together(len(ids), func(i int) {
		j := job(ids[i], 0)
		j.Message, j.Remote = "m-"+j.ID, "r-"+j.ID
		if err := s.Create(t.Context(), j); err != nil {
			t.Errorf("Create(%q): %v", j.ID, err)
		}
		if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error {
			j.State, j.FinishedAt = store.StateCancelled, at(i)
			return nil
		}); err != nil {
			t.Errorf("Update(%q): %v", j.ID, err)
		}
	})
}

// numbered returns n ids, in order.
func numbered(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("j%04d", i))
	}
	return list
}

func prune(t *testing.T, s store.Store, before time.Time, limit, want int) {
	t.Helper()
	if n, err := s.Prune(t.Context(), before, limit); err != nil || n != want {
		t.Errorf("Prune to %v, %d at most: %d, %v; want %d", before, limit, n, err, want)
	}
}

// wantLeft checks that these jobs are left and these are gone, by every way that
// leads to a job.
func wantLeft(t *testing.T, s store.Store, left, gone []string) {
	t.Helper()
	for _, id := range left {
		get(t, s, id)
		wantStory(t, s, id, id)
		if j, err := s.ByMessage(t.Context(), "m-"+id); err != nil || j.ID != id {
			t.Errorf("ByMessage of %s, which is left: %q, %v", id, j.ID, err)
		}
		wantRemote(t, s, "r-"+id, id)
	}
	for _, id := range gone {
		_, err := s.Get(t.Context(), id)
		wantError(t, "Get of "+id, err, store.ErrNotFound)
		wantStory(t, s, id)
		_, err = s.ByMessage(t.Context(), "m-"+id)
		wantError(t, "ByMessage of "+id, err, store.ErrNotFound)
		wantRemote(t, s, "r-"+id, "")
		_, err = s.Update(t.Context(), id, func(*store.Job) error { return nil })
		wantError(t, "Update of "+id, err, store.ErrNotFound)
	}
	for _, q := range []store.Query{{Channel: "20", Limit: 3}, {Member: "30", Guild: "10"}} {
		got := map[string]bool{}
		for _, page := range pages(t, s, q) {
			for _, id := range page {
				got[id] = true
			}
		}
		for _, id := range left {
			if !got[id] {
				t.Errorf("List(%+v) lacks %s, which is left", q, id)
			}
		}
		if len(got) != len(left) {
			t.Errorf("List(%+v) has %d jobs, want %d", q, len(got), len(left))
		}
	}
}

func pruning() []testCase {
	return []testCase{
		{"the first to end go first, strictly before the time, and by every way", func(t *testing.T, s store.Store) {
			all := numbered(6)
			over(t, s, all...)
			wantDurations(t, s, store.Measure{Kind: store.KindDream}, keptDurations(t, s, 6)...)
			prune(t, s, at(0), 10, 0)
			wantLeft(t, s, all, nil)
			prune(t, s, at(3), 2, 2)
			wantLeft(t, s, all[2:], all[:2])
			prune(t, s, at(3), 2, 1) // the one that ended at the time itself stays
			wantLeft(t, s, all[3:], all[:3])
			prune(t, s, at(3), 2, 0)
			prune(t, s, at(3).Add(1), 2, 1)
			prune(t, s, at(1<<30), 10, 2)
			wantLeft(t, s, nil, all)
			wantDurations(t, s, store.Measure{Kind: store.KindDream}, keptDurations(t, s, 6)...)
			over(t, s, all[0]) // its id is free again
			wantLeft(t, s, all[:1], all[1:])
		}},
		{"only final jobs whose reply shows it go", func(t *testing.T, s store.Store) {
			var left, gone []string
			for i, state := range store.States() {
				for _, reply := range []string{"none", "due", "shown"} {
					j := job(string(state)+"-"+reply, i)
					j.Message, j.Remote = "m-"+j.ID, "r-"+j.ID
					create(t, s, j)
					bring(t, s, j.ID, state)
					update(t, s, j.ID, func(j *store.Job) {
						if state.Final() {
							j.FinishedAt = at(50)
						}
						if reply != "none" {
							j.AnsweredAt = at(1)
						}
						if j.Shown = 0; reply == "shown" {
							j.Shown = j.Revision
						}
					})
					if state.Final() && reply != "due" {
						gone = append(gone, j.ID)
					} else {
						left = append(left, j.ID)
					}
				}
			}
			prune(t, s, at(51), 100, len(gone))
			wantLeft(t, s, left, gone)
			prune(t, s, at(51), 100, 0)
			update(t, s, "completed-due", func(j *store.Job) { j.Shown = j.Revision })
			update(t, s, "waiting-shown", enter(store.StateFailed)) // and so its reply is due
			prune(t, s, at(51), 100, 1)
			get(t, s, "waiting-shown")
		}},
		{"a job that is due again stays, and goes by its last end", func(t *testing.T, s store.Store) {
			over(t, s, "a", "b", "c")
			update(t, s, "a", func(j *store.Job) { j.Removed = true })
			update(t, s, "b", func(j *store.Job) { j.FinishedAt = at(9) })
			prune(t, s, at(9), 10, 1)
			wantLeft(t, s, []string{"a", "b"}, []string{"c"})
			update(t, s, "a", func(j *store.Job) { j.Shown = j.Revision })
			prune(t, s, at(9), 10, 1)
			wantLeft(t, s, []string{"b"}, []string{"a"})
			prune(t, s, at(10), 10, 1)
		}},
		{"a job without an end goes by its creation", func(t *testing.T, s store.Store) {
			create(t, s, job("a", 5))
			bring(t, s, "a", store.StateCancelled)
			prune(t, s, at(5), 10, 0)
			prune(t, s, at(6), 10, 1)
		}},
		{"a limit below one deletes nothing", func(t *testing.T, s store.Store) {
			over(t, s, "a")
			for _, limit := range []int{0, -1, -1 << 31} {
				prune(t, s, at(100), limit, 0)
			}
			wantLeft(t, s, []string{"a"}, nil)
		}},
		{"MaxScan jobs go at once at most", func(t *testing.T, s store.Store) {
			const n = store.MaxScan + 30
			all := numbered(n)
			dropped(t, s, all...)
			prune(t, s, at(n), n, store.MaxScan)
			wantLeft(t, s, all[store.MaxScan:], all[:3])
			prune(t, s, at(n), n, n-store.MaxScan)
			prune(t, s, at(n), n, 0)
		}},
		{"a context that ends stops it between jobs, and the count is true", func(t *testing.T, s store.Store) {
			all := numbered(300)
			dropped(t, s, all...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n, err := s.Prune(&after{ctx, cancel, 6}, at(1000), 300)
			if err != nil && !errors.Is(err, context.Canceled) || (err == nil) != (n == 300) {
				t.Fatalf("Prune: %d, %v", n, err)
			}
			wantLeft(t, s, all[n:], all[:n])
			if n, err := s.Prune(ended(t), at(1000), 300); n != 0 || !errors.Is(err, context.Canceled) {
				t.Errorf("Prune in a context that is over: %d, %v", n, err)
			}
			prune(t, s, at(1000), 1000, 300-n)
		}},
		{"pruners and writers at once do each other no harm", pruneTogether},
	}
}

// keptDurations returns what is kept of n jobs, which end in any order.
func keptDurations(t *testing.T, s store.Store, n int) []time.Duration {
	t.Helper()
	got, err := s.Durations(t.Context(), store.Measure{Kind: store.KindDream})
	if err != nil || len(got) != n {
		t.Errorf("Durations = %v, %v; want %d", got, err, n)
	}
	return got
}

// after is a context that ends when it was asked so many times.
type after struct {
	context.Context
	cancel context.CancelFunc
	left   int
}

func (a *after) Err() error {
	if a.left--; a.left == 0 {
		a.cancel()
	}
	return a.Context.Err()
}

// pruneTogether has jobs asked to be removed while they are pruned: each is
// either gone, or due and whole.
func pruneTogether(t *testing.T, s store.Store) {
	const n = 120
	all := numbered(n)
	over(t, s, all...)
	removed, pruned := make([]bool, n), make([]int, n)
	together(2*n, func(i int) {
		if i%2 == 0 {
			var err error
			if pruned[i/2], err = s.Prune(t.Context(), at(n), 2); err != nil {
				t.Errorf("Prune: %v", err)
			}
			return
		}
		_, err := s.Update(t.Context(), all[i/2], func(j *store.Job) error { j.Removed = true; return nil })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Update: %v", err)
		}
		removed[i/2] = err == nil
	})
	var left, gone []string
	count := 0
	for i, id := range all {
		count += pruned[i]
		if removed[i] {
			left = append(left, id)
		} else {
			gone = append(gone, id)
		}
	}
	if count != len(gone) {
		t.Errorf("%d jobs were pruned by the count, and %d are gone", count, len(gone))
	}
	wantLeft(t, s, left, gone)
	jobs, err := s.Due(t.Context())
	if err != nil || len(jobs) != len(left) {
		t.Errorf("%d jobs are due, %v; want %d", len(jobs), err, len(left))
	}
}
