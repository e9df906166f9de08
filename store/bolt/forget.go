package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// forgetStep is how many records one transaction of Forget writes, or deletes: as
// many as one of Prune.
const forgetStep = pruneStep

// Each implements store.Store: the jobs of a guild after those of another, the
// oldest first. It reads them in pages, so that each may take its time, and change
// jobs.
func (s *Store) Each(ctx context.Context, member string, each func(store.Job) error) error {
	prefix := appendPart(nil, member)
	for after := prefix; after != nil; {
		jobs, last, err := s.eachPage(ctx, member, after)
		if err != nil {
			return fmt.Errorf("list jobs: %w", err)
		}
		for _, j := range jobs {
			if err := each(j); err != nil {
				return err
			}
		}
		after = last
	}
	return nil
}

// eachPage returns the next jobs of a member behind a key, at most store.MaxPage,
// and the last key; nil: there are no more.
func (s *Store) eachPage(ctx context.Context, member string, after []byte) (jobs []store.Job, last []byte, err error) {
	prefix := appendPart(nil, member)
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketMember)).Cursor()
		for k, _ := c.Seek(after); bytes.HasPrefix(k, prefix) && len(jobs) < store.MaxPage; k, _ = c.Next() {
			if bytes.Equal(k, after) {
				continue
			}
			at, ok := cutPart(k[len(prefix):]) // behind the guild
			if !ok {
				return damaged("%s has the key %q", bucketMember, k)
			}
			j, err := indexed(tx, bucketMember, k, len(k)-len(at))
			if err != nil {
				return err
			}
			jobs, last = append(jobs, j), slices.Clone(k)
		}
		return nil
	})
	return jobs, last, err
}

// Forget implements store.Store. It reads every record, as no index says whose
// names are among others' Reactors and Remixes. One that is damaged and may hold
// the name is left as it is, and all else is done before the error says so. What
// bbolt has freed of its file keeps what was there until it is written over.
func (s *Store) Forget(ctx context.Context, member string) error {
	if member == "" || member == store.Nobody {
		return nil
	}
	if err := s.forget(ctx, member); err != nil {
		return fmt.Errorf("forget a member: %w", err)
	}
	return nil
}

func (s *Store) forget(ctx context.Context, member string) error {
	err := s.view(ctx, func(tx *bbolt.Tx) error { return idle(tx, member) })
	if err != nil {
		return err
	}
	left, err := s.forgetJobs(ctx, member)
	if err != nil {
		return err
	}
	// The tallies come last: until a job's credit is Nobody's, its end adds to one.
	if err := s.forgetKeys(ctx, bucketDrafts, func(tx *bbolt.Tx) []string { return draftsOf(tx, member, forgetStep) }); err != nil {
		return err
	}
	if err := s.forgetKeys(ctx, bucketTally, func(tx *bbolt.Tx) []string { return talliesOf(tx, member, forgetStep) }); err != nil {
		return err
	}
	return left
}

// idle returns store.ErrConflict where a job of a member is not final.
func idle(tx *bbolt.Tx, member string) error {
	return tx.Bucket([]byte(bucketOpen)).ForEach(func(k, _ []byte) error {
		j, err := indexed(tx, bucketOpen, k, 0)
		if err == nil && j.Member == member {
			return fmt.Errorf("job %q is %s: %w", j.ID, j.State, store.ErrConflict)
		}
		return nil // of a record that is damaged, forgetJobs tells
	})
}

// A forgetting is a job without a member who is to be forgotten, and what it was.
type forgetting struct {
	before, after store.Job
	record        []byte
}

// forgetJobs takes a member out of all records. left says which of them it had to
// leave as they are.
func (s *Store) forgetJobs(ctx context.Context, member string) (left, err error) {
	step := forgetStep
	for after := ""; ; {
		last, damage, err := s.forgetSome(ctx, member, after, step)
		switch {
		case errors.Is(err, store.ErrNoSpace) && step > 1:
			step = 1 // alone it needs less room
			continue
		case err != nil:
			return nil, err
		case last == "":
			return left, nil
		case left == nil:
			left = damage
		}
		after = last
	}
}

// forgetSome is a step of forgetJobs: it goes on behind an id, with at most stageStep
// records and as many to be written as limit says, and returns the last id; empty:
// there are no more.
func (s *Store) forgetSome(ctx context.Context, member, after string, limit int) (last string, damage, err error) {
	name, err := json.Marshal(member)
	if err != nil {
		return "", nil, err
	}
	err = s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		last, damage = "", nil
		var list []forgetting
		c := tx.Bucket([]byte(bucketJobs)).Cursor()
		k, v := c.Seek([]byte(after))
		if string(k) == after {
			k, v = c.Next()
		}
		for n := 0; k != nil && n < stageStep && len(list) < limit; n++ {
			last = string(k)
			// Most records do not hold the name, which is cheaper to see than to decode them.
			if bytes.Contains(v, name) {
				f, ok, err := without(member, last, v)
				switch {
				case errors.Is(err, store.ErrConflict):
					return nil, err
				case err != nil && damage == nil:
					damage = err
				case ok:
					list = append(list, f)
				}
			}
			k, v = c.Next()
		}
		if len(list) == 0 {
			return nil, nil
		}
		return func() error { return putForgotten(tx, list) }, nil
	})
	return last, damage, err
}

// without returns a record's job without a member, and whether that is another.
func without(member, id string, record []byte) (f forgetting, ok bool, err error) {
	if f.before, err = decode(id, record); err != nil {
		return forgetting{}, false, err
	}
	if f.before.Member == member && !f.before.State.Final() {
		return forgetting{}, false, fmt.Errorf("job %q is %s: %w", id, f.before.State, store.ErrConflict)
	}
	if f.after, ok = store.Forgotten(f.before, member); !ok {
		return forgetting{}, false, nil
	}
	f.record, err = encode(f.after)
	return f, err == nil, err
}

func putForgotten(tx *bbolt.Tx, list []forgetting) error {
	for _, f := range list {
		if err := put(tx, &f.before, f.after, f.record); err != nil {
			return err
		}
	}
	return nil
}

// forgetKeys deletes the keys of a bucket that find returns, until it returns none.
func (s *Store) forgetKeys(ctx context.Context, bucket string, find func(*bbolt.Tx) []string) error {
	for more := true; more; {
		err := s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
			keys := find(tx)
			if more = len(keys) > 0; !more {
				return nil, nil
			}
			return func() error { return deleteKeys(tx, bucket, keys) }, nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", bucket, err)
		}
	}
	return nil
}

func deleteKeys(tx *bbolt.Tx, bucket string, keys []string) error {
	for _, k := range keys {
		if err := tx.Bucket([]byte(bucket)).Delete([]byte(k)); err != nil {
			return err
		}
	}
	return nil
}
