package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// Open implements store.Store.
func (s *Store) Open(ctx context.Context) ([]store.Job, error) {
	return s.all(ctx, bucketOpen, "", math.MaxInt)
}

// Due implements store.Store.
func (s *Store) Due(ctx context.Context) ([]store.Job, error) {
	return s.all(ctx, bucketDue, "", math.MaxInt)
}

// Story implements store.Store.
func (s *Store) Story(ctx context.Context, root string) ([]store.Job, error) {
	return s.all(ctx, bucketStory, storyPrefix(root), store.MaxScan)
}

// all returns the jobs of an index whose keys are the prefix and a place, oldest
// first: the first of them, up to the limit.
func (s *Store) all(ctx context.Context, bucket, prefix string, limit int) ([]store.Job, error) {
	var jobs []store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucket)).Cursor()
		for k, _ := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)) && len(jobs) < limit; k, _ = c.Next() {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("list the %s jobs: %w", bucket, err)
			}
			j, err := indexed(tx, bucket, k, len(prefix))
			if err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// ByMessage implements store.Store. Were there several jobs with this message,
// the newest would be returned.
func (s *Store) ByMessage(ctx context.Context, message string) (store.Job, error) {
	var j store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		j, err = newest(tx, bucketMessage, messagePrefix(message))
		return err
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("message %q: %w", message, err)
	}
	return j, nil
}

// ByRemote implements store.Store.
func (s *Store) ByRemote(ctx context.Context, remote string) (store.Job, error) {
	var j store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		j, err = newest(tx, bucketRemote, remotePrefix(remote))
		return err
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("generation %q: %w", remote, err)
	}
	return j, nil
}

// Carried implements store.Store.
func (s *Store) Carried(ctx context.Context, parent string) (store.Job, error) {
	var j store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		j, err = newest(tx, bucketReaction, reactionPrefix(parent))
		return err
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("reaction to job %q: %w", parent, err)
	}
	return j, nil
}

// unclaimed returns store.ErrClaimed where a new job is by a reaction and another
// one claims what it asks for. Of a job whose record is damaged nobody can tell,
// and so its error refuses the new one too.
func unclaimed(tx *bbolt.Tx, j store.Job) error {
	if !j.Reaction {
		return nil
	}
	switch last, err := newest(tx, bucketReaction, reactionPrefix(j.Parent)); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case last.Claims():
		return fmt.Errorf("by job %q: %w", last.ID, store.ErrClaimed)
	}
	return nil
}

// newest returns the newest job of an index under a prefix, or
// store.ErrNotFound.
func newest(tx *bbolt.Tx, bucket, prefix string) (store.Job, error) {
	k := newestBefore(tx.Bucket([]byte(bucket)).Cursor(), prefix+farthest)
	if !bytes.HasPrefix(k, []byte(prefix)) {
		return store.Job{}, store.ErrNotFound
	}
	return indexed(tx, bucket, k, len(prefix))
}

// List implements store.Store. A limit out of bounds is taken as MaxPage.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	var bucket, prefix string
	switch {
	case q.Member != "":
		bucket, prefix = bucketMember, memberPrefix(q.Member, q.Guild)
	case q.Channel != "":
		bucket, prefix = bucketChannel, channelPrefix(q.Channel)
	default:
		return store.Page{}, fmt.Errorf("neither a member nor a channel: %w", store.ErrQuery)
	}
	from, err := placeOf(q.Cursor)
	if err != nil {
		return store.Page{}, err
	}
	limit := q.Limit
	if limit < 1 || limit > store.MaxPage {
		limit = store.MaxPage
	}

	var page store.Page
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucket)).Cursor()
		var last []byte
		seen := 0
		for k := newestBefore(c, prefix+from); bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Prev() {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("list jobs: %w", err)
			}
			if len(page.Jobs) == limit || seen == store.MaxScan {
				page.Next = cursorOf(last, len(prefix))
				return nil
			}
			j, err := indexed(tx, bucket, k, len(prefix))
			if err != nil {
				return err
			}
			if (q.Channel == "" || j.Channel == q.Channel) && (q.State == "" || j.State == q.State) {
				page.Jobs = append(page.Jobs, j)
			}
			last = k
			seen++
		}
		return nil
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// indexed returns the job that an index key names. An entry without its record
// is damage, never store.ErrNotFound.
func indexed(tx *bbolt.Tx, bucket string, key []byte, prefix int) (store.Job, error) {
	id, err := idOf(key, prefix)
	if err != nil {
		return store.Job{}, fmt.Errorf("%s: %w", bucket, err)
	}
	j, _, err := get(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Job{}, fmt.Errorf("%s: record of job %q is missing", bucket, id)
	}
	return j, err
}
