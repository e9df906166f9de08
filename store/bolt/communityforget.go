package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// How much one transaction of Each and Forget looks at, or changes.
const (
	forgetPrompts = 20  // with their words, and votes where they go
	forgetVotesOf = 200 // and as many prompts that they were for
	forgetRecords = 200 // looked at, most of which nothing is changed of
)

// Forget implements community.Store. It goes through all prompts and contests. A
// prompt that stays until its post is gone is nobody's, without its text.
func (c *Community) Forget(ctx context.Context, member string) error {
	if err := validIDs(member); err != nil || member == store.Nobody {
		return err
	}
	for _, step := range []func() error{
		func() error { return c.drain(ctx, bucketAuthor, keyOf(member), forgetPrompts, forgetAuthor) },
		func() error {
			return c.drain(ctx, bucketVoters, keyOf(member), forgetVotesOf, func(tx *bbolt.Tx, key []byte) error {
				return forgetVote(tx, member, key)
			})
		},
		func() error { return c.rename(ctx, bucketPrompts, member, forgetCredits) },
		func() error { return c.rename(ctx, bucketContests, member, forgetContest) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("forget a member: %w", err)
		}
	}
	return nil
}

// drain lets take work on the keys of a bucket that have a prefix, in steps, until
// there are none: take must delete the key.
func (c *Community) drain(ctx context.Context, bucket, prefix string, limit int, take func(tx *bbolt.Tx, key []byte) error) error {
	for more := true; more; {
		err := c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
			keys, _ := behind(tx, bucket, prefix, nil, limit)
			more = len(keys) == limit
			if len(keys) == 0 {
				return nil, nil
			}
			for i := range keys {
				keys[i] = bytes.Clone(keys[i]) // as writing may move the file's mapping
			}
			return func() error {
				for _, k := range keys {
					if err := take(tx, k); err != nil {
						return err
					}
				}
				return nil
			}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetAuthor withdraws a prompt and takes out of it what is its author's.
func forgetAuthor(tx *bbolt.Tx, key []byte) error {
	id, err := authorID(key)
	if err != nil {
		return err
	}
	before, _, err := getShared(tx, id)
	if err != nil {
		return err
	}
	next := shared{Seq: before.Seq}
	next.ID, next.Guild, next.Author, next.SharedAt = before.ID, before.Guild, store.Nobody, before.SharedAt
	next.Post, next.Votes, next.Withdrawn = before.Post, before.Votes, true
	after, record, err := encodeShared(next)
	if err != nil {
		return err
	}
	return putShared(tx, &before, after, record)
}

func forgetVote(tx *bbolt.Tx, member string, key []byte) error {
	guild, prompt, err := voterOf(key)
	if err != nil {
		return err
	}
	p, err := voted(tx, guild, prompt)
	if err != nil {
		return err
	}
	places := placesOf(tx, guild, prompt, member)
	if err := putVote(tx, guild, prompt, voting{member, places, 0}); err != nil || p == nil {
		return err
	}
	return revote(tx, p, p.Votes-1)
}

// rename lets change work on the records of a bucket that hold a member's id.
func (c *Community) rename(ctx context.Context, bucket, member string, change func(tx *bbolt.Tx, id string, record []byte, member string) error) error {
	for last, seen := []byte(nil), forgetRecords; seen == forgetRecords; {
		var next []byte
		err := c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
			keys, values := behind(tx, bucket, "", last, forgetRecords)
			seen, next = len(keys), nil
			var ids []string
			var records [][]byte
			for i, k := range keys {
				next = bytes.Clone(k)
				if bytes.Contains(values[i], []byte(member)) {
					ids, records = append(ids, string(k)), append(records, bytes.Clone(values[i]))
				}
			}
			if len(ids) == 0 {
				return nil, nil
			}
			return func() error {
				for i, id := range ids {
					if err := change(tx, id, records[i], member); err != nil {
						return err
					}
				}
				return nil
			}, nil
		})
		if err != nil {
			return err
		}
		last = next
	}
	return nil
}

func forgetCredits(tx *bbolt.Tx, id string, record []byte, member string) error {
	before, err := decodeShared(id, record)
	if err != nil {
		return err
	}
	next := before
	next.Remixes = slices.Clone(before.Remixes)
	for i := range next.Remixes {
		if next.Remixes[i].Member == member {
			next.Remixes[i].Member = store.Nobody
		}
	}
	after, record, err := encodeShared(next)
	if err != nil {
		return err
	}
	return putShared(tx, &before, after, record)
}

func forgetContest(tx *bbolt.Tx, id string, record []byte, member string) error {
	contest, err := decodeContest(id, record)
	if err != nil {
		return err
	}
	if contest.StartedBy == member {
		contest.StartedBy = store.Nobody
	}
	for i := range contest.Winners {
		if contest.Winners[i].Author == member {
			contest.Winners[i].Author = store.Nobody
		}
	}
	after, record, err := encodeContest(contest)
	if err != nil {
		return err
	}
	return putContest(tx, after, record)
}
