package bolt

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// batchDelay is how long the first writer of a batch waits for company. A lone
// writer does not wait at all; those who come while it writes would wait for
// its sync anyway, which takes about as long. By the benchmarks, 300 writers at
// once take 6 ms with a delay of 1 or 2 ms and 16 ms with bbolt's own of 10 ms.
const batchDelay = 2 * time.Millisecond

// A decision reads what it needs, decides, and returns what writes the outcome:
// nil where there is nothing to write. It may run more than once, in
// transactions of which only the last one counts.
type decision func(tx *bbolt.Tx) (write func() error, err error)

// view runs fn in a read transaction.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.look(ctx, fn)
}

// look is view for who holds mu.
func (s *Store) look(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		return guard(func() error { return fn(tx) })
	})
}

// write runs decide in a write transaction and commits what it writes. An
// error of decide is returned as it is, and nothing is written.
func (s *Store) write(ctx context.Context, decide decision) error {
	s.mu.RLock()
	defer s.mu.RUnlock()

	// Most refusals, and changes that alter nothing, show in a read already,
	// which costs no sync and holds up no writer.
	idle := false
	err := s.look(ctx, func(tx *bbolt.Tx) error {
		write, err := decide(tx)
		idle = write == nil
		return err
	})
	if err != nil || idle {
		return err
	}

	// A refusal has written nothing. Kept apart from the errors that a
	// transaction must be rolled back for, it does not make bbolt run the rest
	// of the batch again.
	var refused error
	run := func(tx *bbolt.Tx) error {
		return guard(func() error {
			if refused = ctx.Err(); refused != nil {
				refused = fmt.Errorf("write the database: %w", refused)
				return nil
			}
			var write func() error
			if write, refused = decide(tx); refused != nil || write == nil {
				return nil
			}
			return write()
		})
	}
	if s.writers.Add(1) == 1 {
		err = s.db.Update(run)
	} else {
		err = s.db.Batch(run)
		if full(err) {
			err = s.db.Update(run) // alone it needs less room than all at once
		}
	}
	s.writers.Add(-1)
	if err != nil {
		// A refusal too would rest on what was not stored in the end.
		return fmt.Errorf("write the database: %w", noSpace(err))
	}
	return refused
}

// guard runs fn and turns a panic, or a fault, into store.ErrForeign: bbolt
// reads a mapped file and trusts what it finds, so that is how damage shows.
// A commit that meets damage cannot be guarded, as bbolt may run it on a
// goroutine of its own: it ends the process before anything counts as stored.
// Since a file's pages are walked before it is opened, only damage that came
// afterwards can do so.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w, or is damaged: %v", store.ErrForeign, p)
		}
	}()
	return fn()
}
