// Package watch is a store that tells of every job as it was stored: what looks
// on sees each state in its order, and has no part in it.
package watch

import (
	"context"
	"errors"
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

// New has tell called with each job that s creates or updates, and of a member's
// jobs when the member is forgotten, as it was stored. tell must not call s, and what it takes long for, s takes long for.
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
		admitted.Allowance = store.Allowance{} // which is not stored
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

// Forget implements store.Store. Jobs of others from which the name is gone are not
// told of: what is drawn of them is due, and told of once that is done.
func (s *Store) Forget(ctx context.Context, member string) error {
	var ids []string
	list := s.Each(ctx, member, func(j store.Job) error { ids = append(ids, j.ID); return nil })
	// What could not be listed is forgotten all the same.
	err := errors.Join(s.Store.Forget(ctx, member), list)
	for _, id := range ids {
		err = errors.Join(err, s.again(ctx, id))
	}
	return err
}

// again tells of a job as it is.
func (s *Store) again(ctx context.Context, id string) error {
	defer s.lock(id)()
	j, err := s.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound): // it was pruned meanwhile
		return nil
	case err == nil:
		s.tell(j)
	}
	return err
}
