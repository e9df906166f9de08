// Package bolt keeps jobs in one bbolt file, for a bot that runs on one
// machine. One process at a time has the file.
//
// Its buckets, with what their keys are made of and what the values are:
//
//	meta       "program" → "dreambot", "version" → number of the format, in decimal,
//	           "digest" → the key of the digests in usage
//	jobs       id → JSON of the job, with the interaction's token beside it
//	open       time, id → nothing; jobs whose state is not final
//	due        time, id → nothing; jobs whose reply shows less than is known
//	message    message, time, id → nothing
//	remote     Luma's id of the generation, time, id → nothing; jobs that have one
//	member     member, guild, time, id → nothing
//	channel    channel, time, id → nothing
//	done       end, id → nothing; final jobs that are not due
//	story      root, time, id → nothing
//	reaction   parent, time, id → nothing; jobs that a reaction asked for
//	drafts     id → JSON of the draft; the last store.DraftsKept by their ids
//	durations  kind, model, resolution, length → the last store.DurationsKept
//	           durations, oldest first, 8 bytes each, big endian, nanoseconds
//	usage      day, "g", guild → what was begun on that day in the server: dreams,
//	           length of video in nanoseconds and, unless it is 0, the cost in
//	           millionths of a US dollar, 8 bytes each, big endian
//	           day, "m", digest of day, guild and member → likewise of a member
//	tally      member, guild → JSON of the member's tally
//
// What members share has buckets of its own, which Community describes.
//
// The time is the job's CreatedAt; the end its FinishedAt, or else its CreatedAt.
// Whatever the parts of a key contain, two
// lists of parts never give one key: a part that others follow is preceded by
// its length, and times and lengths of videos have a fixed size.
//
// The file holds interaction tokens in the clear and is made for its owner
// alone. A token is dropped from the record once it leads nowhere: the job is
// final, answered and not due, or its route is past the reply.
//
// Version 4 had no remote, and no cost in usage.
// Version 3 had no usage, tally and buckets of what members share.
// Version 2 had no story, reaction and drafts. Its records lack root and part,
// and say of a picture when it was "given_at" in place of when it expires.
// Version 1 had no done, and its records say "unreachable" for route "none".
package bolt

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// The names of the buckets.
const (
	bucketMeta      = "meta"
	bucketJobs      = "jobs"
	bucketOpen      = "open"
	bucketDue       = "due"
	bucketMessage   = "message"
	bucketRemote    = "remote"
	bucketMember    = "member"
	bucketChannel   = "channel"
	bucketDone      = "done"
	bucketStory     = "story"
	bucketReaction  = "reaction"
	bucketDrafts    = "drafts"
	bucketDurations = "durations"
	bucketUsage     = "usage"
	bucketTally     = "tally"
)

// Store is a store.Store in a bbolt file. Writers that come together share a
// transaction, and so a sync of the file.
type Store struct {
	db      *bbolt.DB
	maxSize int64 // bytes; 0: no bound

	// mu is held for reading by every method under way, so that Close lets
	// them end instead of failing what waits for its turn to write.
	mu sync.RWMutex

	writers atomic.Int64 // in write
}

var _ store.Store = (*Store)(nil)

// Create implements store.Store. The ids of the job must be valid UTF-8, else
// store.ErrTransition; in other text, what is not becomes U+FFFD.
func (s *Store) Create(ctx context.Context, j store.Job) error {
	j, err := store.Admit(j)
	if err != nil {
		return err
	}
	record, err := encode(j)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		if tx.Bucket([]byte(bucketJobs)).Get([]byte(j.ID)) != nil {
			return nil, store.ErrExists
		}
		if err := unclaimed(tx, j); err != nil {
			return nil, err
		}
		if err := unspent(tx, j); err != nil {
			return nil, err
		}
		if err := s.room(tx); err != nil {
			return nil, err
		}
		return func() error { return put(tx, nil, j, record) }, nil
	})
	if err != nil {
		return fmt.Errorf("create job %q: %w", j.ID, err)
	}
	return nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id string) (store.Job, error) {
	var j store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		j, _, err = get(tx, id)
		return err
	})
	if err != nil {
		return store.Job{}, err
	}
	return j, nil
}

// Update implements store.Store. A panic of change is returned as an error,
// and nothing is stored.
func (s *Store) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	var after store.Job
	err := s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		before, old, err := get(tx, id)
		if err != nil {
			return nil, err
		}
		next, err := store.Apply(before, recovering(id, change))
		if err != nil {
			return nil, err
		}
		record, err := encode(next)
		if err != nil {
			return nil, err
		}
		// What is returned is what a later Get returns, to the last detail.
		if after, err = decode(id, record); err != nil {
			return nil, err
		}
		if bytes.Equal(record, old) {
			return nil, nil
		}
		return func() error { return put(tx, &before, after, record) }, nil
	})
	if err != nil {
		return store.Job{}, err
	}
	return after, nil
}

// recovering returns change with its panics turned into errors: it may run on
// a goroutine of bbolt's, for several writers at once.
func recovering(id string, change func(*store.Job) error) func(*store.Job) error {
	return func(j *store.Job) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("change of job %q panicked: %v", id, p)
			}
		}()
		return change(j)
	}
}

// get returns the job and its record, which is valid inside of the transaction
// only.
func get(tx *bbolt.Tx, id string) (store.Job, []byte, error) {
	record := tx.Bucket([]byte(bucketJobs)).Get([]byte(id))
	if record == nil {
		return store.Job{}, nil, fmt.Errorf("job %q: %w", id, store.ErrNotFound)
	}
	j, err := decode(id, record)
	return j, record, err
}

// put writes the record of a job and all that follows from it. Before is nil
// for a new job.
func put(tx *bbolt.Tx, before *store.Job, after store.Job, record []byte) error {
	if err := tx.Bucket([]byte(bucketJobs)).Put([]byte(after.ID), record); err != nil {
		return fmt.Errorf("write job %q: %w", after.ID, err)
	}
	if err := index(tx, before, &after); err != nil {
		return fmt.Errorf("index job %q: %w", after.ID, err)
	}
	if err := count(tx, before, after); err != nil {
		return fmt.Errorf("count job %q: %w", after.ID, err)
	}
	if before == nil {
		return nil
	}
	if err := addTallies(tx, *before, after); err != nil {
		return fmt.Errorf("tally job %q: %w", after.ID, err)
	}
	if took, ok := store.Took(*before, after); ok {
		if err := addDuration(tx, after.Measure(), took); err != nil {
			return fmt.Errorf("keep the duration of job %q: %w", after.ID, err)
		}
	}
	return nil
}

// Durations implements store.Store.
func (s *Store) Durations(ctx context.Context, m store.Measure) ([]time.Duration, error) {
	var list []time.Duration
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		list, err = durations(tx, m)
		return err
	})
	return list, err
}

// Close implements store.Store. Closing again does nothing; every other method
// returns an error from then on.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
