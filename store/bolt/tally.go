package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// Tally implements store.Store.
func (s *Store) Tally(ctx context.Context, guild, member string) (store.Tally, error) {
	var t store.Tally
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		t, err = tally(tx, memberPrefix(member, guild))
		return err
	})
	return t, err
}

func tally(tx *bbolt.Tx, key string) (store.Tally, error) {
	b := tx.Bucket([]byte(bucketTally)).Get([]byte(key))
	if b == nil {
		return store.Tally{}, nil
	}
	return decodeTally(b)
}

func decodeTally(b []byte) (store.Tally, error) {
	var t store.Tally
	if err := json.Unmarshal(b, &t); err != nil {
		return store.Tally{}, fmt.Errorf("a tally is damaged: %w", err)
	}
	return t, nil
}

// addTallies adds what a change of a job has earned.
func addTallies(tx *bbolt.Tx, before, after store.Job) error {
	for member, more := range store.Earned(before, after) {
		key := memberPrefix(member, after.Guild)
		t, err := tally(tx, key)
		if err != nil {
			return err
		}
		t.Add(more)
		b, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if err := tx.Bucket([]byte(bucketTally)).Put([]byte(key), b); err != nil {
			return err
		}
	}
	return nil
}

// talliesOf returns the first keys of a member's tallies, in all servers, at most
// limit.
func talliesOf(tx *bbolt.Tx, member string, limit int) (keys []string) {
	prefix := appendPart(nil, member)
	c := tx.Bucket([]byte(bucketTally)).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(keys) < limit; k, _ = c.Next() {
		keys = append(keys, string(k))
	}
	return keys
}

func wholeTallies(tx *bbolt.Tx) error {
	return tx.Bucket([]byte(bucketTally)).ForEach(func(_, v []byte) error {
		if _, err := decodeTally(v); err != nil {
			return damaged("%w", err)
		}
		return nil
	})
}
