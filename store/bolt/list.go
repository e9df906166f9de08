package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// Open implements store.Store.
func (s *Store) Open(ctx context.Context) ([]store.Job, error) {
	return s.all(ctx, bucketOpen)
}

// Due implements store.Store.
func (s *Store) Due(ctx context.Context) ([]store.Job, error) {
	return s.all(ctx, bucketDue)
}

// all returns the jobs of an index whose keys are places, oldest first.
func (s *Store) all(ctx context.Context, bucket string) ([]store.Job, error) {
	var jobs []store.Job
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(k, _ []byte) error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("list the %s jobs: %w", bucket, err)
			}
			j, err := indexed(tx, bucket, k, 0)
			jobs = append(jobs, j)
			return err
		})
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
	prefix := messagePrefix(message)
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		k := newestBefore(tx.Bucket([]byte(bucketMessage)).Cursor(), prefix+farthest)
		if !bytes.HasPrefix(k, []byte(prefix)) {
			return fmt.Errorf("message %q: %w", message, store.ErrNotFound)
		}
		j, err = indexed(tx, bucketMessage, k, len(prefix))
		return err
	})
	if err != nil {
		return store.Job{}, err
	}
	return j, nil
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
