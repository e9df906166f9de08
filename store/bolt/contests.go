package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// contestStates are in the order in which a contest goes through them.
func contestStates() []community.ContestState {
	return []community.ContestState{community.ContestRunning, community.ContestOver, community.ContestClosed}
}

// StartContest implements community.Store.
func (c *Community) StartContest(ctx context.Context, contest community.Contest) error {
	err := validIDs(contest.ID, contest.Guild)
	if err == nil {
		err = c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
			if tx.Bucket([]byte(bucketContests)).Get([]byte(contest.ID)) != nil {
				return nil, community.ErrExists
			}
			_, runs, err := running(tx, contest.Guild)
			if err != nil {
				return nil, err
			}
			if runs {
				return nil, community.ErrExists
			}
			if err := c.s.room(tx); err != nil {
				return nil, err
			}
			next := contest
			next.State = community.ContestRunning
			after, record, err := encodeContest(next)
			if err != nil {
				return nil, err
			}
			return func() error { return putContest(tx, after, record) }, nil
		})
	}
	if err != nil {
		return fmt.Errorf("start contest %q: %w", contest.ID, err)
	}
	return nil
}

// Contest implements community.Store.
func (c *Community) Contest(ctx context.Context, id string) (community.Contest, error) {
	var contest community.Contest
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		contest, _, err = getContest(tx, id)
		return err
	})
	return contest, err
}

// Running implements community.Store.
func (c *Community) Running(ctx context.Context, guild string) (community.Contest, error) {
	var contest community.Contest
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		runs := false
		if contest, runs, err = running(tx, guild); err == nil && !runs {
			err = fmt.Errorf("contest of server %q: %w", guild, community.ErrNotFound)
		}
		return err
	})
	return contest, err
}

// running returns the contest that runs in a server, and whether there is one.
func running(tx *bbolt.Tx, guild string) (community.Contest, bool, error) {
	prefix := []byte(keyOf(guild))
	c := tx.Bucket([]byte(bucketCurrent)).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		contest, _, err := getContest(tx, string(k[len(prefix):]))
		if err != nil || contest.State == community.ContestRunning {
			return contest, err == nil, err
		}
	}
	return community.Contest{}, false, nil
}

// Contests implements community.Store.
func (c *Community) Contests(ctx context.Context) ([]community.Contest, error) {
	var list []community.Contest
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		list, err = current(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list contests: %w", err)
	}
	return list, nil
}

// current returns the contests that are not closed.
func current(tx *bbolt.Tx) ([]community.Contest, error) {
	var list []community.Contest
	err := tx.Bucket([]byte(bucketCurrent)).ForEach(func(k, _ []byte) error {
		_, id, err := partOf(k)
		if err != nil {
			return err
		}
		contest, _, err := getContest(tx, string(id))
		list = append(list, contest)
		return err
	})
	return list, err
}

// ChangeContest implements community.Store. A change of the id or of the server is
// ErrConflict, too. A panic of change is returned as an error, and nothing is stored.
func (c *Community) ChangeContest(ctx context.Context, id string, change func(*community.Contest) error) (community.Contest, error) {
	var after community.Contest
	err := c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		before, old, err := getContest(tx, id)
		if err != nil {
			return nil, err
		}
		next := before
		next.Winners = slices.Clone(before.Winners)
		if err := changing("contest", id, change)(&next); err != nil {
			return nil, err
		}
		states := contestStates()
		if next.ID != before.ID || next.Guild != before.Guild ||
			slices.Index(states, next.State) < slices.Index(states, before.State) {
			return nil, fmt.Errorf("contest %q: from %s to %q: %w", id, before.State, next.State, community.ErrConflict)
		}
		var record []byte
		if after, record, err = encodeContest(next); err != nil {
			return nil, err
		}
		if bytes.Equal(record, old) {
			return nil, nil
		}
		return func() error { return putContest(tx, after, record) }, nil
	})
	if err != nil {
		return community.Contest{}, err
	}
	return after, nil
}

// Entries implements community.Store. It counts the entries.
func (c *Community) Entries(ctx context.Context, contest string, limit int) ([]community.Prompt, int, error) {
	var list []community.Prompt
	count := 0
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		list, count = nil, 0
		prefix := []byte(keyOf(contest))
		c := tx.Bucket([]byte(bucketEntries)).Cursor()
		for k, id := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, id = c.Next() {
			if count++; count > limit {
				continue
			}
			p, err := getListed(tx, string(id))
			if err != nil {
				return err
			}
			list = append(list, p.Prompt)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list the entries of contest %q: %w", contest, err)
	}
	return list, count, nil
}

// encodeContest returns a contest as a later reading returns it, and its record.
func encodeContest(c community.Contest) (community.Contest, []byte, error) {
	c.Starts, c.Ends, c.TriedAt = c.Starts.UTC(), c.Ends.UTC(), c.TriedAt.UTC() // as in encode
	record, err := json.Marshal(c)
	if err != nil {
		return community.Contest{}, nil, fmt.Errorf("encode contest %q: %w", c.ID, err)
	}
	after, err := decodeContest(c.ID, record)
	return after, record, err
}

// decodeContest returns the contest of a record that was found under an id.
func decodeContest(id string, record []byte) (community.Contest, error) {
	var c community.Contest
	if err := json.Unmarshal(record, &c); err != nil {
		return community.Contest{}, fmt.Errorf("record of contest %q is damaged: %w", id, err)
	}
	switch {
	case c.ID != id:
		return community.Contest{}, fmt.Errorf("record of contest %q is damaged: it holds contest %q", id, c.ID)
	case c.Guild == "", !slices.Contains(contestStates(), c.State):
		return community.Contest{}, fmt.Errorf("record of contest %q is damaged: it lacks the server, or has state %q", id, c.State)
	}
	return c, nil
}

// getContest returns a contest and its record.
func getContest(tx *bbolt.Tx, id string) (community.Contest, []byte, error) {
	record := tx.Bucket([]byte(bucketContests)).Get([]byte(id))
	if record == nil {
		return community.Contest{}, nil, fmt.Errorf("contest %q: %w", id, community.ErrNotFound)
	}
	c, err := decodeContest(id, record)
	return c, record, err
}

// putContest writes the record of a contest, and whether it is closed.
func putContest(tx *bbolt.Tx, c community.Contest, record []byte) error {
	if err := tx.Bucket([]byte(bucketContests)).Put([]byte(c.ID), record); err != nil {
		return fmt.Errorf("write contest %q: %w", c.ID, err)
	}
	b, key := tx.Bucket([]byte(bucketCurrent)), []byte(keyOf(c.Guild)+c.ID)
	if c.State == community.ContestClosed {
		return b.Delete(key)
	}
	return b.Put(key, []byte{})
}
