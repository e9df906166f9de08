package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"dreambot/store"
)

// complete stores a job of the settings and takes it to completed within the
// time given.
func complete(t *testing.T, s store.Store, id string, m store.Measure, took time.Duration) {
	t.Helper()
	j := job(id, 0)
	j.Kind, j.Settings = m.Kind, store.Settings{Model: m.Model, Resolution: m.Resolution, Duration: m.Duration}
	create(t, s, j)
	update(t, s, id, func(j *store.Job) { j.State, j.SentAt = store.StateSubmitting, at(10) })
	update(t, s, id, func(j *store.Job) {
		j.State, j.FinishedAt = store.StateCompleted, at(10).Add(took)
	})
}

func wantDurations(t *testing.T, s store.Store, m store.Measure, want ...time.Duration) {
	t.Helper()
	got, err := s.Durations(t.Context(), m)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Durations(%+v) = %v, %v; want %v", m, got, err, want)
	}
}

func durations() []testCase {
	m := store.Measure{Kind: store.KindDream, Model: "ray-2", Resolution: "720p", Duration: 5 * time.Second}
	return []testCase{
		{"the last ones are kept, oldest first", func(t *testing.T, s store.Store) {
			wantDurations(t, s, m)
			var want []time.Duration
			for i := range store.DurationsKept + 3 {
				took := time.Duration(1000-i)*time.Millisecond + 1
				complete(t, s, fmt.Sprintf("j%02d", i), m, took)
				want = append(want, took)
				wantDurations(t, s, m, want[max(0, len(want)-store.DurationsKept):]...)
			}
		}},
		{"each measure has its own", func(t *testing.T, s store.Store) {
			measures := []store.Measure{
				m, {}, {Kind: store.KindExtend, Model: m.Model, Resolution: m.Resolution, Duration: m.Duration},
				{Kind: m.Kind, Model: "ray-2720p", Duration: m.Duration},
				{Kind: m.Kind, Model: "ray-2", Resolution: "720p", Duration: 9 * time.Second},
				{Kind: m.Kind, Model: "ray-2\x00", Resolution: "720p", Duration: m.Duration},
				{Kind: m.Kind, Model: "ray-2", Resolution: "\x00720p", Duration: m.Duration},
				{Kind: m.Kind, Resolution: "ray-2720p", Duration: m.Duration}, {Kind: m.Kind},
			}
			measures[1].Kind = "other"
			for i, m := range measures {
				complete(t, s, fmt.Sprint(i), m, time.Duration(i+1)*time.Second)
			}
			for i, m := range measures {
				wantDurations(t, s, m, time.Duration(i+1)*time.Second)
			}
		}},
		{"a completion counts, and nothing else", func(t *testing.T, s store.Store) {
			create(t, s, job("failed", 0), job("unsent", 1), job("backwards", 2), job("once", 3))
			none := store.Measure{Kind: store.KindDream}
			update(t, s, "failed", func(j *store.Job) {
				j.SentAt, j.FinishedAt, j.State, j.Failure = at(1), at(2), store.StateFailed, store.FailureLost
			})
			bring(t, s, "unsent", store.StateCompleted)
			bring(t, s, "backwards", store.StateQueued)
			update(t, s, "backwards", func(j *store.Job) {
				j.SentAt, j.FinishedAt, j.State = at(2), at(1), store.StateCompleted
			})
			wantDurations(t, s, none)
			bring(t, s, "once", store.StateDreaming)
			update(t, s, "once", func(j *store.Job) { j.SentAt, j.FinishedAt = at(1), at(3) })
			wantDurations(t, s, none)
			update(t, s, "once", enter(store.StateCompleted))
			wantDurations(t, s, none, 2*time.Second)
			update(t, s, "once", func(j *store.Job) { j.FinishedAt, j.Upload.ID = at(9), "u" })
			wantDurations(t, s, none, 2*time.Second)
		}},
		{"completions at once all count", func(t *testing.T, s store.Store) {
			const n = 20
			for i := range n {
				create(t, s, job(fmt.Sprint(i), i))
				bring(t, s, fmt.Sprint(i), store.StateQueued)
			}
			together(n, func(i int) {
				if _, err := s.Update(t.Context(), fmt.Sprint(i), func(j *store.Job) error {
					j.SentAt, j.FinishedAt, j.State = at(1), at(2+i), store.StateCompleted
					return nil
				}); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
			got, err := s.Durations(t.Context(), store.Measure{Kind: store.KindDream})
			slices.Sort(got)
			var want []time.Duration
			for i := range n {
				want = append(want, time.Duration(1+i)*time.Second)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("Durations = %v, %v; want %v", got, err, want)
			}
		}},
	}
}

// work stores what methods works on: the job "a" and the draft "d".
func work(t *testing.T, s store.Store) {
	t.Helper()
	create(t, s, reaction("p", "a", 0))
	keep(t, s, draft("d", 0))
	update(t, s, "a", func(j *store.Job) { j.Message, j.AnsweredAt = "50", at(1) })
}

// methods calls every method that takes a context.
func methods(s store.Store) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { return s.Create(ctx, job("new", 9)) },
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, "a"); return err },
		"Update": func(ctx context.Context) error {
			_, err := s.Update(ctx, "a", func(j *store.Job) error { j.Attempts++; return nil })
			return err
		},
		"Open":      func(ctx context.Context) error { _, err := s.Open(ctx); return err },
		"Due":       func(ctx context.Context) error { _, err := s.Due(ctx); return err },
		"ByMessage": func(ctx context.Context) error { _, err := s.ByMessage(ctx, "50"); return err },
		"List":      func(ctx context.Context) error { _, err := s.List(ctx, store.Query{Channel: "20"}); return err },
		"Prune":     func(ctx context.Context) error { _, err := s.Prune(ctx, start, 1); return err },
		"Carried":   func(ctx context.Context) error { _, err := s.Carried(ctx, "p"); return err },
		"Story":     func(ctx context.Context) error { _, err := s.Story(ctx, "p"); return err },
		"Keep":      func(ctx context.Context) error { return s.Keep(ctx, draft("new", 9)) },
		"Draft":     func(ctx context.Context) error { _, err := s.Draft(ctx, "d"); return err },
		"Durations": func(ctx context.Context) error { _, err := s.Durations(ctx, store.Measure{}); return err },
		"Usage":     func(ctx context.Context) error { _, err := s.Usage(ctx, "10", "30", start); return err },
		"Tally":     func(ctx context.Context) error { _, err := s.Tally(ctx, "10", "30"); return err },
		"Each":      func(ctx context.Context) error { return s.Each(ctx, "30", func(store.Job) error { return nil }) },
		"Forget":    func(ctx context.Context) error { return s.Forget(ctx, "99") },
	}
}

func ending() []testCase {
	return []testCase{
		{"a context that is over is honoured, and nothing is stored", func(t *testing.T, s store.Store) {
			work(t, s)
			before := get(t, s, "a")
			for name, call := range methods(s) {
				wantError(t, name, call(ended(t)), context.Canceled)
			}
			wantSame(t, "Get", get(t, s, "a"), before)
			wantOpen(t, s, "a")
			_, err := s.Draft(t.Context(), "new")
			wantError(t, "Draft", err, store.ErrNotFound)
			for name, call := range methods(s) {
				if err := call(t.Context()); err != nil {
					t.Errorf("%s, after others were cancelled: %v", name, err)
				}
			}
		}},
		{"a closed store gives errors, and closes again", func(t *testing.T, s store.Store) {
			work(t, s)
			closeStore(t, s)
			for name, call := range methods(s) {
				if err := call(t.Context()); err == nil {
					t.Errorf("%s succeeds", name)
				}
			}
			closeStore(t, s)
		}},
		{"what is under way when the store closes is stored or says no", func(t *testing.T, s store.Store) {
			together(20, func(i int) {
				if i == 10 {
					closeStore(t, s)
					return
				}
				// Which of the two is chance; that it returns is not.
				_ = s.Create(t.Context(), job(fmt.Sprint(i), i))
			})
		}},
	}
}
