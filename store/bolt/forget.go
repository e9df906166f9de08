package bolt

import (
	"context"

	"dreambot/store"
)

// Each implements store.Store.
func (s *Store) Each(ctx context.Context, member string, each func(store.Job) error) error {
	return nil
}

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, member string) error { return nil }
