package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// List implements community.Store. Of as many votes the newest is first. Of all
// time, the top is read from an index; since a time, all prompts that were shared
// since are looked at, but not read. Only the records of the page are.
func (c *Community) List(ctx context.Context, q community.Query) (community.Page, error) {
	if q.Limit < 1 || q.Limit > community.MaxPage {
		q.Limit = community.MaxPage
	}
	q.Offset = max(0, q.Offset)
	var page community.Page
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		page = community.Page{}
		if q.Offset > community.MaxOffset {
			return nil
		}
		ids, err := find(ctx, tx, q)
		if err != nil {
			return err
		}
		if len(ids) > q.Limit {
			ids, page.More = ids[:q.Limit], q.Offset+q.Limit <= community.MaxOffset
		}
		page.Prompts, err = readListed(tx, ids)
		return err
	})
	if err != nil {
		return community.Page{}, fmt.Errorf("list prompts: %w", err)
	}
	return page, nil
}

// find returns the ids of a page, and one more where there is one after it.
func find(ctx context.Context, tx *bbolt.Tx, q community.Query) ([]string, error) {
	switch q.Order {
	case community.OrderNew:
		return findNew(tx, q)
	case community.OrderMine:
		return findMine(tx, q)
	case community.OrderTop:
		if q.Since.IsZero() {
			return findBest(tx, q), nil
		}
		return findTop(ctx, tx, q)
	case community.OrderSearch:
		return search(ctx, tx, q)
	}
	return nil, fmt.Errorf("%q is no order", q.Order)
}

func readListed(tx *bbolt.Tx, ids []string) ([]community.Prompt, error) {
	var list []community.Prompt
	for _, id := range ids {
		p, err := getListed(tx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, p.Prompt)
	}
	return list, nil
}

// backwards calls each with the keys that have a prefix, the greatest first, until
// it returns false.
func backwards(c *bbolt.Cursor, prefix []byte, each func(k, v []byte) bool) {
	end := slices.Concat(prefix, bytes.Repeat([]byte{0xff}, seqSize+1))
	var v []byte
	k, _ := c.Seek(end)
	if k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for ; bytes.HasPrefix(k, prefix) && each(k, v); k, v = c.Prev() {
	}
}

func findNew(tx *bbolt.Tx, q community.Query) (ids []string, err error) {
	passed := 0
	backwards(tx.Bucket([]byte(bucketFresh)).Cursor(), []byte(keyOf(q.Guild)), func(_, v []byte) bool {
		if passed++; passed <= q.Offset {
			return true
		}
		var f fresh
		f, err = freshOf(v)
		ids = append(ids, f.id)
		return err == nil && len(ids) <= q.Limit
	})
	return ids, err
}

func findMine(tx *bbolt.Tx, q community.Query) (ids []string, err error) {
	passed := 0
	prefix := []byte(keyOf(q.Author, q.Guild))
	backwards(tx.Bucket([]byte(bucketAuthor)).Cursor(), prefix, func(k, v []byte) bool {
		if string(v) != authorShared {
			return true
		}
		if passed++; passed <= q.Offset {
			return true
		}
		var id string
		_, id, err = authorOf(k, len(prefix))
		ids = append(ids, id)
		return err == nil && len(ids) <= q.Limit
	})
	return ids, err
}

// authorOf returns the seq and the id that end a key of the author index.
func authorOf(key []byte, prefix int) (seq uint64, id string, err error) {
	if len(key) <= prefix+seqSize {
		return 0, "", fmt.Errorf("index key %q is damaged", key)
	}
	return binary.BigEndian.Uint64(key[prefix:]), string(key[prefix+seqSize:]), nil
}

func findBest(tx *bbolt.Tx, q community.Query) (ids []string) {
	prefix := []byte(keyOf(q.Guild))
	c := tx.Bucket([]byte(bucketBest)).Cursor()
	passed := 0
	for k, id := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(ids) <= q.Limit; k, id = c.Next() {
		if passed++; passed > q.Offset {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// lookEvery is after how many entries a long look asks whether anybody still waits.
const lookEvery = 4096

func findTop(ctx context.Context, tx *bbolt.Tx, q community.Query) ([]string, error) {
	best := leaders{room: q.Offset + q.Limit + 1}
	prefix := []byte(keyOf(q.Guild))
	least := uint64(max(1, q.Since.UnixMilli()))
	var err error
	seen := 0
	backwards(tx.Bucket([]byte(bucketFresh)).Cursor(), prefix, func(k, v []byte) bool {
		var seq uint64
		if seq, err = seqOf(k, len(prefix)); err != nil || seq < least {
			return false
		}
		if seen++; seen%lookEvery == 0 && ctx.Err() != nil {
			err = ctx.Err()
			return false
		}
		if len(v) > 8+timeSize && !best.takes(float64(binary.BigEndian.Uint32(v)), seq) {
			return true
		}
		var f fresh
		if f, err = freshOf(v); err == nil && !f.at.Before(q.Since) {
			best.add(ranked{float64(f.votes), seq, f.id})
		}
		return err == nil
	})
	return best.ids(q.Offset), err
}
