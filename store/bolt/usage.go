package bolt

import (
	"context"
	"time"

	"dreambot/store"
)

// Usage implements store.Store.
func (s *Store) Usage(ctx context.Context, guild, member string, at time.Time) (store.Usage, error) {
	return store.Usage{}, nil
}

// Tally implements store.Store.
func (s *Store) Tally(ctx context.Context, guild, member string) (store.Tally, error) {
	return store.Tally{}, nil
}
