package bolt

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// Random implements community.Store. It counts to the prompt, from the nearer end.
func (c *Community) Random(ctx context.Context, guild string, draw float64) (community.Prompt, error) {
	var p shared
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		all, err := sumsOf(tx, guild)
		if err != nil {
			return err
		}
		if all.prompts == 0 {
			return fmt.Errorf("prompt of server %q: %w", guild, community.ErrNotFound)
		}
		at := max(0, min(int64(draw*float64(all.prompts)), all.prompts-1))
		prefix := []byte(keyOf(guild))
		cursor := tx.Bucket([]byte(bucketFresh)).Cursor()
		var value []byte
		if at < all.prompts/2 {
			_, value = cursor.Seek(prefix)
			for ; at > 0; at-- {
				_, value = cursor.Next()
			}
		} else {
			at = all.prompts - 1 - at
			backwards(cursor, prefix, func(_, v []byte) bool {
				value = v
				at--
				return at >= 0
			})
		}
		f, err := freshOf(value)
		if err != nil {
			return err
		}
		p, err = getListed(tx, f.id)
		return err
	})
	if err != nil {
		return community.Prompt{}, err
	}
	return p.Prompt, nil
}

// Voted implements community.Store.
func (c *Community) Voted(ctx context.Context, since time.Time, limit int) ([]community.Prompt, error) {
	var list []community.Prompt
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		newest := leaders{room: max(0, limit)}
		seen := map[string]bool{}
		add := func(f fresh, seq uint64) {
			if newest.room > 0 && newest.takes(float64(seq), 0) && !seen[f.id] {
				seen[f.id] = true
				newest.add(ranked{float64(seq), 0, f.id})
			}
		}
		if err := eachSince(tx, since, add); err != nil {
			return err
		}
		if err := eachEntry(tx, add); err != nil {
			return err
		}
		var err error
		list, err = readListed(tx, newest.ids(0))
		slices.SortStableFunc(list, func(a, b community.Prompt) int {
			return cmp.Or(b.SharedAt.Compare(a.SharedAt), cmp.Compare(a.ID, b.ID))
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the prompts that are voted for: %w", err)
	}
	return list, nil
}

// eachSince calls each with the prompts of all servers that were shared since a
// time. It goes from server to server, and in each from the newest on.
func eachSince(tx *bbolt.Tx, since time.Time, each func(f fresh, seq uint64)) error {
	c := tx.Bucket([]byte(bucketFresh)).Cursor()
	least := uint64(max(1, since.UnixMilli()))
	for k, v := c.Last(); k != nil; {
		guild, rest, err := partOf(k)
		if err != nil {
			return err
		}
		seq, err := seqOf(rest, 0)
		if err != nil {
			return err
		}
		if seq < least {
			if k, v = c.Seek([]byte(keyOf(guild))); k != nil {
				k, v = c.Prev()
			}
			continue
		}
		f, err := freshOf(v)
		if err != nil {
			return err
		}
		if !f.at.Before(since) {
			each(f, seq)
		}
		k, v = c.Prev()
	}
	return nil
}

// eachEntry calls each with the entries of the contests that run.
func eachEntry(tx *bbolt.Tx, each func(f fresh, seq uint64)) error {
	contests, err := current(tx)
	if err != nil {
		return err
	}
	for _, contest := range contests {
		if contest.State != community.ContestRunning {
			continue
		}
		prefix := []byte(keyOf(contest.ID))
		c := tx.Bucket([]byte(bucketEntries)).Cursor()
		for k, id := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, id = c.Next() {
			seq, err := seqOf(k, len(prefix)+4)
			if err != nil {
				return err
			}
			each(fresh{id: string(id)}, seq)
		}
	}
	return nil
}

// Standing implements community.Store. It goes through all prompts of the member in
// the server.
func (c *Community) Standing(ctx context.Context, guild, member string) (community.Standing, error) {
	var s community.Standing
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		s = community.Standing{}
		prefix := []byte(keyOf(member, guild))
		b := tx.Bucket([]byte(bucketFresh))
		c := tx.Bucket([]byte(bucketAuthor)).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if string(v) != authorShared {
				continue
			}
			seq, _, err := authorOf(k, len(prefix))
			if err != nil {
				return err
			}
			f, err := freshOf(b.Get([]byte(freshKey(guild, seq))))
			if err != nil {
				return err
			}
			s.Shared, s.Votes = s.Shared+1, s.Votes+int(f.votes)
		}
		return nil
	})
	if err != nil {
		return community.Standing{}, fmt.Errorf("count what a member has shared: %w", err)
	}
	return s, nil
}
