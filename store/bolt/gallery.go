package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/internal/words"
)

// Share implements community.Store.
func (c *Community) Share(ctx context.Context, p community.Prompt) (community.Prompt, error) {
	err := validIDs(p.ID, p.Guild, p.Author)
	if err == nil && p.SharedAt.IsZero() {
		err = errors.New("it lacks its time")
	}
	var after *shared
	if err == nil {
		err = c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
			next, err := admit(tx, p)
			if err != nil {
				return nil, err
			}
			if err := c.s.room(tx); err != nil {
				return nil, err
			}
			var record []byte
			if after, record, err = encodeShared(next); err != nil {
				return nil, err
			}
			return func() error { return putShared(tx, nil, after, record) }, nil
		})
	}
	if err != nil {
		return community.Prompt{}, fmt.Errorf("share prompt %q: %w", p.ID, err)
	}
	return after.Prompt, nil
}

// admit returns a prompt as it is to be stored.
func admit(tx *bbolt.Tx, p community.Prompt) (shared, error) {
	if old := tx.Bucket([]byte(bucketPrompts)).Get([]byte(p.ID)); old != nil {
		before, err := decodeShared(p.ID, old)
		switch {
		case err != nil:
			return shared{}, err
		case before.Withdrawn:
			return shared{}, community.ErrConflict
		}
		return shared{}, community.ErrExists
	}
	p.Withdrawn = false
	if p.Contest != "" {
		contest, _, err := getContest(tx, p.Contest)
		if err != nil && !errors.Is(err, community.ErrNotFound) {
			return shared{}, err
		}
		if contest.Guild != p.Guild || contest.State != community.ContestRunning {
			p.Contest = ""
		}
	}
	p.Votes = countVotes(tx, p.Guild, p.ID)
	return shared{Prompt: p, Seq: nextSeq(tx, p.Guild, p.SharedAt), Words: len(words.Split(p.Text))}, nil
}

// nextSeq returns the seq of a prompt that is shared at a time.
func nextSeq(tx *bbolt.Tx, guild string, at time.Time) uint64 {
	seq := uint64(max(1, at.UnixMilli()))
	c := tx.Bucket([]byte(bucketFresh)).Cursor()
	for k, _ := c.Seek([]byte(freshKey(guild, seq))); k != nil && string(k) == freshKey(guild, seq); k, _ = c.Next() {
		seq++
	}
	return seq
}

// putShared writes the record of a prompt and all that follows from it. before is
// nil for a new one. One that need not be kept is deleted, with its votes.
func putShared(tx *bbolt.Tx, before, after *shared, record []byte) error {
	b := tx.Bucket([]byte(bucketPrompts))
	if !after.kept() {
		if err := deleteVotes(tx, after.Guild, after.ID); err != nil {
			return fmt.Errorf("delete the votes of prompt %q: %w", after.ID, err)
		}
		if err := b.Delete([]byte(after.ID)); err != nil {
			return fmt.Errorf("delete prompt %q: %w", after.ID, err)
		}
		after = nil
	} else if err := b.Put([]byte(after.ID), record); err != nil {
		return fmt.Errorf("write prompt %q: %w", after.ID, err)
	}
	if err := reindex(tx, before.pairs(), after.pairs()); err != nil {
		return fmt.Errorf("index a prompt: %w", err)
	}
	var err error
	switch {
	case after.listed() && !before.listed():
		err = enlist(tx, after)
	case before.listed() && !after.listed():
		err = unlist(tx, before)
	}
	if err != nil {
		return fmt.Errorf("index the words of a prompt: %w", err)
	}
	return nil
}

// Prompt implements community.Store.
func (c *Community) Prompt(ctx context.Context, guild, id string) (community.Prompt, error) {
	var p shared
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		if p, err = getListed(tx, id); err == nil && p.Guild != guild {
			err = fmt.Errorf("prompt %q: %w", id, community.ErrNotFound)
		}
		return err
	})
	if err != nil {
		return community.Prompt{}, err
	}
	return p.Prompt, nil
}

// ByPost implements community.Store.
func (c *Community) ByPost(ctx context.Context, message string) (community.Prompt, error) {
	var p shared
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		id := tx.Bucket([]byte(bucketPosts)).Get([]byte(message))
		if id == nil {
			return fmt.Errorf("prompt of post %q: %w", message, community.ErrNotFound)
		}
		p, err = getListed(tx, string(id))
		return err
	})
	if err != nil {
		return community.Prompt{}, err
	}
	return p.Prompt, nil
}

// Change implements community.Store. A panic of change is returned as an error, and
// nothing is stored.
func (c *Community) Change(ctx context.Context, id string, change func(*community.Prompt) error) (community.Prompt, error) {
	var after *shared
	err := c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		before, old, err := getShared(tx, id)
		if err != nil {
			return nil, err
		}
		changed, next := before.Prompt, before
		if err := changing("prompt", id, change)(&changed); err != nil {
			return nil, err
		}
		if before.Withdrawn && !changed.Withdrawn {
			return nil, fmt.Errorf("prompt %q was withdrawn: %w", id, community.ErrConflict)
		}
		next.Post, next.Withdrawn = changed.Post, changed.Withdrawn
		var record []byte
		if after, record, err = encodeShared(next); err != nil {
			return nil, err
		}
		if bytes.Equal(record, old) {
			return nil, nil
		}
		return func() error { return putShared(tx, &before, after, record) }, nil
	})
	if err != nil {
		return community.Prompt{}, err
	}
	return after.Prompt, nil
}

// Due implements community.Store.
func (c *Community) Due(ctx context.Context) ([]community.Prompt, error) {
	var list []community.Prompt
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		list = nil
		return tx.Bucket([]byte(bucketDuePosts)).ForEach(func(id, _ []byte) error {
			p, _, err := getShared(tx, string(id))
			list = append(list, p.Prompt)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the posts that are due: %w", err)
	}
	return list, nil
}
