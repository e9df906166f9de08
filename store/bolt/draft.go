package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// Keep implements store.Store. A draft that lacks its id, member or time, or has
// ids that are not valid UTF-8, gives store.ErrTransition. It counts the drafts,
// which are never more than store.DraftsKept and one.
func (s *Store) Keep(ctx context.Context, d store.Draft) error {
	record, err := encodeDraft(d)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		if tx.Bucket([]byte(bucketDrafts)).Get([]byte(d.ID)) != nil {
			return nil, store.ErrExists
		}
		if err := s.room(tx); err != nil {
			return nil, err
		}
		return func() error { return putDraft(tx, d.ID, record) }, nil
	})
	if err != nil {
		return fmt.Errorf("keep draft %q: %w", d.ID, err)
	}
	return nil
}

// putDraft writes a draft and deletes those that are too many.
func putDraft(tx *bbolt.Tx, id string, record []byte) error {
	b := tx.Bucket([]byte(bucketDrafts))
	if err := b.Put([]byte(id), record); err != nil {
		return err
	}
	for n := countKeys(b); n > store.DraftsKept; n-- {
		least, _ := b.Cursor().First()
		if err := b.Delete(least); err != nil {
			return err
		}
	}
	return nil
}

// Draft implements store.Store.
func (s *Store) Draft(ctx context.Context, id string) (store.Draft, error) {
	var d store.Draft
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		record := tx.Bucket([]byte(bucketDrafts)).Get([]byte(id))
		if record == nil {
			return fmt.Errorf("draft %q: %w", id, store.ErrNotFound)
		}
		d, err = decodeDraft(id, record)
		return err
	})
	if err != nil {
		return store.Draft{}, err
	}
	return d, nil
}

func encodeDraft(d store.Draft) ([]byte, error) {
	switch {
	case d.ID == "", d.Member == "", d.CreatedAt.IsZero():
		return nil, fmt.Errorf("draft %q lacks its id, member or time: %w", d.ID, store.ErrTransition)
	case !utf8.ValidString(d.ID), !utf8.ValidString(d.Member):
		return nil, fmt.Errorf("draft %q of %q is not valid UTF-8: %w", d.ID, d.Member, store.ErrTransition)
	}
	d.Image.Expires, d.CreatedAt = d.Image.Expires.UTC(), d.CreatedAt.UTC() // as in encode
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode draft %q: %w", d.ID, err)
	}
	return b, nil
}

// decodeDraft returns the draft of a record that was found under an id.
func decodeDraft(id string, b []byte) (store.Draft, error) {
	var d store.Draft
	if err := json.Unmarshal(b, &d); err != nil {
		return store.Draft{}, fmt.Errorf("record of draft %q is damaged: %w", id, err)
	}
	switch {
	case d.ID != id:
		return store.Draft{}, fmt.Errorf("record of draft %q is damaged: it holds draft %q", id, d.ID)
	case d.Member == "", d.CreatedAt.IsZero():
		return store.Draft{}, fmt.Errorf("record of draft %q is damaged: it lacks the member or time", id)
	}
	return d, nil
}

// draftsOf returns the first ids of a member's drafts, at most limit. One that is
// damaged and holds the name is taken for theirs: nobody could go on with it.
func draftsOf(tx *bbolt.Tx, member string, limit int) (ids []string) {
	name, err := json.Marshal(member)
	if err != nil {
		return nil // which no string gives
	}
	c := tx.Bucket([]byte(bucketDrafts)).Cursor()
	for k, v := c.First(); k != nil && len(ids) < limit; k, v = c.Next() {
		if !bytes.Contains(v, name) {
			continue
		}
		if d, err := decodeDraft(string(k), v); err != nil || d.Member == member {
			ids = append(ids, string(k))
		}
	}
	return ids
}
