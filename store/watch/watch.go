// Package watch is a store that tells of every job as it was stored: what looks
// on sees each state in its order, and has no part in it.
package watch

import (
	"context"
	"hash/maphash"
	"sync"

	"dreambot/store"
)

// stripes is how many jobs can be stored and told of at once.
const stripes = 64

// Store is a store.Store that is watched.
type Store struct {
	store.Store
	tell  func(store.Job)
	seed  maphash.Seed
	locks [stripes]sync.Mutex // a job's changes are told in the order in which they were stored
}

// New has tell called with each job that s creates or updates, as it was
// stored. tell must not call s, and what it takes long for, s takes long for.
func New(s store.Store, tell func(store.Job)) *Store {
	return &Store{Store: s, tell: tell, seed: maphash.MakeSeed()}
}

func (s *Store) lock(id string) (unlock func()) {
	l := &s.locks[maphash.String(s.seed, id)%stripes]
	l.Lock()
	return l.Unlock
}

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, j store.Job) error {
	defer s.lock(j.ID)()
	if err := s.Store.Create(ctx, j); err != nil {
		return err
	}
	admitted, err := store.Admit(j)
	if err == nil {
		s.tell(admitted)
	}
	return err
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	defer s.lock(id)()
	j, err := s.Store.Update(ctx, id, change)
	if err == nil {
		s.tell(j)
	}
	return j, err
}
