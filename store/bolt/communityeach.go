package bolt

import (
	"bytes"
	"context"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// Each implements community.Store. It goes through all contests. each is called
// outside of transactions.
func (c *Community) Each(ctx context.Context, member string, each func(any) error) error {
	if err := c.eachPrompt(ctx, member, each); err != nil {
		return err
	}
	if err := c.eachVote(ctx, member, each); err != nil {
		return err
	}
	return c.eachContest(ctx, member, each)
}

// pages calls page with the keys of a bucket that have a prefix and are behind a
// key, and with what they lead to, in steps of at most limit. page returns what is
// to be done after its transaction.
func (c *Community) pages(ctx context.Context, bucket, prefix string, limit int, page func(tx *bbolt.Tx, keys [][]byte, values [][]byte) (func() error, error)) error {
	for last := []byte(nil); ; {
		var keys, values [][]byte
		var then func() error
		err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
			keys, values = behind(tx, bucket, prefix, last, limit)
			if len(keys) > 0 {
				last = bytes.Clone(keys[len(keys)-1])
				then, err = page(tx, keys, values)
			}
			return err
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := then(); err != nil {
			return err
		}
	}
}

// behind returns the first keys of a bucket with a prefix behind a key, nil being
// before all, and their values, at most limit. They are valid in the transaction.
func behind(tx *bbolt.Tx, bucket, prefix string, last []byte, limit int) (keys, values [][]byte) {
	cursor := tx.Bucket([]byte(bucket)).Cursor()
	from := []byte(prefix)
	if last != nil {
		from = append(bytes.Clone(last), 0)
	}
	for k, v := cursor.Seek(from); k != nil && bytes.HasPrefix(k, []byte(prefix)) && len(keys) < limit; k, v = cursor.Next() {
		keys, values = append(keys, k), append(values, v)
	}
	return keys, values
}

func (c *Community) eachPrompt(ctx context.Context, member string, each func(any) error) error {
	prefix := keyOf(member)
	return c.pages(ctx, bucketAuthor, prefix, stageStep, func(tx *bbolt.Tx, keys, _ [][]byte) (func() error, error) {
		var list []any
		for _, k := range keys {
			id, err := authorID(k)
			if err != nil {
				return nil, err
			}
			p, _, err := getShared(tx, id)
			if err != nil {
				return nil, err
			}
			list = append(list, p.Prompt)
		}
		return func() error { return hand(list, each) }, nil
	})
}

// authorID returns the id that ends a key of the author index.
func authorID(key []byte) (string, error) {
	_, rest, err := partOf(key)
	if err == nil {
		_, rest, err = partOf(rest)
	}
	if err != nil {
		return "", err
	}
	_, id, err := authorOf(rest, 0)
	return id, err
}

func (c *Community) eachVote(ctx context.Context, member string, each func(any) error) error {
	return c.pages(ctx, bucketVoters, keyOf(member), stageStep, func(tx *bbolt.Tx, keys, _ [][]byte) (func() error, error) {
		var list []any
		for _, k := range keys {
			guild, prompt, err := voterOf(k)
			if err != nil {
				return nil, err
			}
			places := placesOf(tx, guild, prompt, member)
			for _, at := range []community.Place{community.PlaceResult, community.PlacePost} {
				if bit, err := bitOf(at); err == nil && places&bit != 0 {
					list = append(list, community.Vote{Guild: guild, Prompt: prompt, Member: member, Place: at})
				}
			}
		}
		return func() error { return hand(list, each) }, nil
	})
}

// voterOf returns the server and the prompt in a key of the voters.
func voterOf(key []byte) (guild, prompt string, err error) {
	_, rest, err := partOf(key)
	if err == nil {
		guild, rest, err = partOf(rest)
	}
	return guild, string(rest), err
}

func (c *Community) eachContest(ctx context.Context, member string, each func(any) error) error {
	return c.pages(ctx, bucketContests, "", stageStep, func(tx *bbolt.Tx, keys, values [][]byte) (func() error, error) {
		var list []any
		for i, k := range keys {
			if !bytes.Contains(values[i], []byte(member)) {
				continue
			}
			contest, err := decodeContest(string(k), values[i])
			if err != nil {
				return nil, err
			}
			if contest.StartedBy == member || slices.ContainsFunc(contest.Winners, func(w community.Winner) bool { return w.Author == member }) {
				list = append(list, contest)
			}
		}
		return func() error { return hand(list, each) }, nil
	})
}

func hand(list []any, each func(any) error) error {
	for _, v := range list {
		if err := each(v); err != nil {
			return err
		}
	}
	return nil
}
