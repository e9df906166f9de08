package tracker_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"dreambot/store"
)

// memory is a store without a disk, for tests with thousands of changes. It
// fails as fail says, before or after a change was kept.
type memory struct {
	mu   sync.Mutex
	jobs map[string]store.Job
	fail func(op string) (before, after error)
	// took are what Durations says of every measure.
	took []time.Duration
	// pruned are the times of Prune, and what it deleted.
	pruned []prune
}

type prune struct {
	at time.Time
	n  int
}

func newMemory() *memory { return &memory{jobs: map[string]store.Job{}} }

// faults has it fail as f says from now on; nil: not at all.
func (m *memory) faults(f func(op string) (before, after error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = f
}

// all returns all jobs, oldest first.
func (m *memory) all() []store.Job { return m.sorted(func(store.Job) bool { return true }) }

// drop takes a job away.
func (m *memory) drop(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.jobs, id)
}

// steps returns what was pruned so far.
func (m *memory) steps() []prune {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.pruned)
}

// do runs a change with the faults that the test wants.
func (m *memory) do(op string, change func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var before, after error
	if m.fail != nil {
		before, after = m.fail(op)
	}
	if before != nil {
		return before
	}
	if err := change(); err != nil {
		return err
	}
	return after
}

func (m *memory) Create(_ context.Context, j store.Job) error {
	return m.do("create", func() error {
		if _, ok := m.jobs[j.ID]; ok {
			return store.ErrExists
		}
		if j.Reaction {
			if last, ok := m.carried(j.Parent); ok && last.Claims() {
				return store.ErrClaimed
			}
		}
		j, err := store.Admit(j)
		if err == nil {
			m.jobs[j.ID] = j
		}
		return err
	})
}

func (m *memory) Get(_ context.Context, id string) (j store.Job, err error) {
	err = m.do("get", func() error {
		var ok bool
		if j, ok = m.jobs[id]; !ok {
			return store.ErrNotFound
		}
		return nil
	})
	return j, err
}

func (m *memory) Update(_ context.Context, id string, change func(*store.Job) error) (j store.Job, err error) {
	err = m.do("update", func() error {
		before, ok := m.jobs[id]
		if !ok {
			return store.ErrNotFound
		}
		if j, err = store.Apply(before, change); err != nil {
			return err
		}
		m.jobs[id] = j
		return nil
	})
	if err != nil {
		return store.Job{}, err
	}
	return j, nil
}

func (m *memory) sorted(keep func(store.Job) bool) []store.Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(slices.Collect(maps.Values(m.jobs)), func(j store.Job) bool { return !keep(j) })
	slices.SortFunc(list, func(a, b store.Job) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (m *memory) Open(context.Context) ([]store.Job, error) {
	return m.sorted(func(j store.Job) bool { return !j.State.Final() }), nil
}

func (m *memory) Due(context.Context) ([]store.Job, error) { return m.sorted(store.Job.Due), nil }

func (m *memory) ByRemote(_ context.Context, remote string) (j store.Job, err error) {
	err = m.do("remote", func() error { return nil })
	list := m.sorted(func(j store.Job) bool { return j.Remote == remote })
	switch {
	case err != nil:
		return store.Job{}, err
	case remote == "" || len(list) == 0:
		return store.Job{}, store.ErrNotFound
	}
	return list[len(list)-1], nil
}

func (m *memory) ByMessage(context.Context, string) (store.Job, error) {
	return store.Job{}, store.ErrNotFound
}

func (m *memory) List(context.Context, store.Query) (store.Page, error) { return store.Page{}, nil }

func (m *memory) Durations(context.Context, store.Measure) ([]time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.took), nil
}

// carried is what Carried returns. It needs mu.
func (m *memory) carried(parent string) (last store.Job, ok bool) {
	for _, j := range m.jobs {
		if j.Reaction && j.Parent == parent && (!ok || j.CreatedAt.After(last.CreatedAt)) {
			last, ok = j, true
		}
	}
	return last, ok
}

func (m *memory) Carried(_ context.Context, parent string) (store.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.carried(parent); ok {
		return last, nil
	}
	return store.Job{}, store.ErrNotFound
}

func (m *memory) Story(context.Context, string) ([]store.Job, error) { return nil, nil }

func (m *memory) Keep(context.Context, store.Draft) error { return nil }

func (m *memory) Draft(context.Context, string) (store.Draft, error) {
	return store.Draft{}, store.ErrNotFound
}

func (m *memory) Prune(_ context.Context, before time.Time, limit int) (n int, err error) {
	err = m.do("prune", func() error {
		for id, j := range m.jobs {
			if n < limit && j.State.Final() && j.FinishedAt.Before(before) && !j.Due() {
				delete(m.jobs, id)
				n++
			}
		}
		m.pruned = append(m.pruned, prune{time.Now(), n})
		return nil
	})
	return n, err
}

// What was used of a day is counted by the backends.
func (m *memory) Usage(context.Context, string, string, time.Time) (store.Usage, error) {
	return store.Usage{}, nil
}

func (m *memory) Tally(context.Context, string, string) (store.Tally, error) {
	return store.Tally{}, nil
}

func (m *memory) Each(_ context.Context, member string, each func(store.Job) error) error {
	for _, j := range m.sorted(func(j store.Job) bool { return j.Member == member }) {
		if err := each(j); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Forget(context.Context, string) error { return errors.ErrUnsupported }

func (m *memory) Close() error { return nil }
