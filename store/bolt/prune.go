package bolt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// pruneStep is how many jobs one transaction deletes: few enough that writers
// wait for it about as long as for each other.
const pruneStep = 50

// Prune implements store.Store. A job whose record is damaged is left as it is,
// for whoever can mend it, and leaves the index alone: what else leads to it is
// in the record, and met again and again it would stop the pruning of all that
// comes after it.
func (s *Store) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	end := string(appendTime(nil, before))
	limit = min(limit, store.MaxScan)
	step, deleted, seen := pruneStep, 0, 0
	for deleted < limit && seen < store.MaxScan {
		ask := min(step, limit-deleted, store.MaxScan-seen)
		gone, entries, err := s.prune(ctx, end, ask)
		if errors.Is(err, store.ErrNoSpace) && step > 1 {
			step = 1 // deleting writes too, if less than it frees
			continue
		}
		if err != nil {
			return deleted, fmt.Errorf("prune jobs: %w", err)
		}
		deleted, seen = deleted+gone, seen+entries
		if entries < ask {
			break
		}
	}
	return deleted, nil
}

// prune is one step: it takes the first entries below end, at most limit, and
// returns how many jobs it deleted, and how many entries there were.
func (s *Store) prune(ctx context.Context, end string, limit int) (deleted, seen int, err error) {
	err = s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		keys, jobs := prunable(tx, end, limit)
		deleted, seen = len(jobs), len(keys)
		if seen == 0 {
			return nil, nil
		}
		return func() error { return remove(tx, keys, jobs) }, nil
	})
	if err != nil {
		return 0, 0, err
	}
	return deleted, seen, nil
}

// prunable returns the first keys of the index below end, and those of their
// jobs that are what the index says.
func prunable(tx *bbolt.Tx, end string, limit int) (keys []string, jobs []store.Job) {
	c := tx.Bucket([]byte(bucketDone)).Cursor()
	for k, _ := c.First(); k != nil && string(k) < end && len(keys) < limit; k, _ = c.Next() {
		keys = append(keys, string(k))
		j, err := indexed(tx, bucketDone, k, 0)
		if err == nil && slices.Contains(entries(j), entry{bucketDone, string(k)}) {
			jobs = append(jobs, j)
		}
	}
	return keys, jobs
}

// remove deletes jobs with all their entries, and the keys of the index.
func remove(tx *bbolt.Tx, keys []string, jobs []store.Job) error {
	for _, j := range jobs {
		if err := tx.Bucket([]byte(bucketJobs)).Delete([]byte(j.ID)); err != nil {
			return fmt.Errorf("delete job %q: %w", j.ID, err)
		}
		if err := index(tx, &j, nil); err != nil {
			return fmt.Errorf("delete job %q: %w", j.ID, err)
		}
		if err := forgetVotes(tx, j); err != nil {
			return fmt.Errorf("delete the votes for job %q: %w", j.ID, err)
		}
	}
	for _, k := range keys {
		if err := tx.Bucket([]byte(bucketDone)).Delete([]byte(k)); err != nil {
			return fmt.Errorf("%s: %w", bucketDone, err)
		}
	}
	return nil
}
