package bolt

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/money"
	"dreambot/store"
)

// The parts of a counter's key that follow its day say whose it is: a server by
// its id, a member of it by a digest alone. So what was used of a day stays
// counted when a member is forgotten, and still names nobody.
const (
	counterGuild  = "g"
	counterMember = "m"
)

// keyDigest is where the meta bucket keeps the key of the digests, digestSize
// random bytes that are made once. Without it, who has all ids of members could
// tell which digest is whose; with it, who has the file still can, for a day.
const (
	keyDigest  = "digest"
	digestSize = sha256.Size
)

// counterSize is the size of a counter that costs nothing: its dreams, and the length
// in nanoseconds. It is all that version 4 knew and can read, and what the migration
// to it writes. costedSize is that of one with the cost, in millionths of a US dollar.
const (
	counterSize = 8 + 8
	costedSize  = counterSize + 8
)

// expireStep is how many counters of old days go, at most, for every new one: more
// than come, so that the bucket shrinks to what is kept, and few enough that no
// writer waits for it.
const expireStep = 4

// Usage implements store.Store. What stands outside of servers takes nothing.
func (s *Store) Usage(ctx context.Context, guild, member string, at time.Time) (store.Usage, error) {
	var u store.Usage
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		key, err := counterKey(tx, guild, member, at)
		if err == nil {
			u, _, err = counter(tx, key)
		}
		return err
	})
	return u, err
}

// dayPrefix keeps the order of days.
func dayPrefix(begins time.Time) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(begins.Unix())^(1<<63)))
}

// counterKey returns the key of what a member of a server has begun on the day of
// a time, or the server as a whole where member is empty.
func counterKey(tx *bbolt.Tx, guild, member string, at time.Time) (string, error) {
	begins, _ := store.Day(at)
	day := dayPrefix(begins)
	if member == "" {
		return day + counterGuild + guild, nil
	}
	key, err := digestKey(tx)
	if err != nil {
		return "", err
	}
	digest := hmac.New(sha256.New, key)
	_, _ = digest.Write(append(appendPart([]byte(day), guild), member...)) // never fails
	return day + counterMember + string(digest.Sum(nil)), nil
}

func digestKey(tx *bbolt.Tx) ([]byte, error) {
	key := tx.Bucket([]byte(bucketMeta)).Get([]byte(keyDigest))
	if len(key) != digestSize {
		return nil, damaged("the key of the digests has %d bytes", len(key))
	}
	return key, nil
}

// counter returns a counter, and whether it is there.
func counter(tx *bbolt.Tx, key string) (u store.Usage, ok bool, err error) {
	b := tx.Bucket([]byte(bucketUsage)).Get([]byte(key))
	if b == nil {
		return store.Usage{}, false, nil
	}
	u, err = decodeCounter(b)
	return u, true, err
}

func decodeCounter(b []byte) (store.Usage, error) {
	if len(b) != counterSize && len(b) != costedSize {
		return store.Usage{}, damaged("a counter has %d bytes", len(b))
	}
	u := store.Usage{
		Dreams: int(binary.BigEndian.Uint64(b)),
		Length: time.Duration(binary.BigEndian.Uint64(b[8:])),
	}
	if len(b) == costedSize {
		u.Cost = money.Amount(binary.BigEndian.Uint64(b[counterSize:]))
	}
	return u, nil
}

// encodeCounter takes what is less than nothing for nothing.
func encodeCounter(u store.Usage) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(max(u.Dreams, 0)))
	b = binary.BigEndian.AppendUint64(b, uint64(max(u.Length, 0)))
	if u.Cost > 0 {
		b = binary.BigEndian.AppendUint64(b, uint64(u.Cost))
	}
	return b
}

// unspent returns a *store.SpentError where the day does not leave room for a new
// job in its allowance.
func unspent(tx *bbolt.Tx, j store.Job) error {
	if j.Allowance == (store.Allowance{}) {
		return nil
	}
	var used [2]store.Usage
	for i, member := range []string{j.Member, ""} {
		key, err := counterKey(tx, j.Guild, member, j.CreatedAt)
		if err != nil {
			return err
		}
		if used[i], _, err = counter(tx, key); err != nil {
			return err
		}
	}
	if err := j.Allowance.Spent(j, used[0], used[1]); err != nil {
		return err // as it is: a nil pointer would be an error
	}
	return nil
}

// count moves the counters of the day on which a job was created from what it took
// before, nil for a new job, to what it takes. A job whose member is forgotten takes
// the same as before, so that nothing is counted under another name.
func count(tx *bbolt.Tx, before *store.Job, after store.Job) error {
	change := after.Use()
	if before != nil {
		was := before.Use()
		change.Add(store.Usage{Dreams: -was.Dreams, Length: -was.Length, Cost: -was.Cost})
	}
	if change == (store.Usage{}) {
		return nil
	}
	for _, member := range []string{after.Member, ""} {
		key, err := counterKey(tx, after.Guild, member, after.CreatedAt)
		if err != nil {
			return err
		}
		if err := addCounter(tx, key, change); err != nil {
			return fmt.Errorf("%s: %w", bucketUsage, err)
		}
	}
	return nil
}

// addCounter changes a counter. One of which nothing is left goes; where it is of a
// day that is no longer kept, and so not there, what is given back to it is no more.
func addCounter(tx *bbolt.Tx, key string, change store.Usage) error {
	u, ok, err := counter(tx, key)
	if err != nil {
		return err
	}
	u.Add(change)
	b := tx.Bucket([]byte(bucketUsage))
	if u.Dreams <= 0 {
		return b.Delete([]byte(key))
	}
	if !ok {
		if err := expire(tx, key); err != nil {
			return err
		}
	}
	return b.Put([]byte(key), encodeCounter(u))
}

// expire deletes counters, the oldest first, of days that need not be kept once
// there is one of the day of a key.
func expire(tx *bbolt.Tx, key string) error {
	kept, err := dayOf(key)
	if err != nil {
		return err
	}
	// A day is kept for store.UsageKept from its beginning, and the later day has
	// only begun.
	end := dayPrefix(kept.Add(time.Second - store.UsageKept))
	b := tx.Bucket([]byte(bucketUsage))
	for range expireStep {
		k, _ := b.Cursor().First()
		if k == nil || string(k) >= end {
			return nil
		}
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// dayOf returns the beginning of the day that the key of a counter begins with.
func dayOf(key string) (time.Time, error) {
	if len(key) <= len(dayPrefix(time.Time{})) {
		return time.Time{}, damaged("%s has the key %q", bucketUsage, key)
	}
	return time.Unix(int64(binary.BigEndian.Uint64([]byte(key))^(1<<63)), 0).UTC(), nil
}

// wholeUsage checks the counters and the key of their digests.
func wholeUsage(tx *bbolt.Tx) error {
	if _, err := digestKey(tx); err != nil {
		return err
	}
	return tx.Bucket([]byte(bucketUsage)).ForEach(func(k, v []byte) error {
		begins, err := dayOf(string(k))
		if err != nil {
			return err
		}
		whose := k[len(dayPrefix(begins)):]
		member := whose[0] == counterMember[0] && len(whose) == 1+digestSize
		if day, _ := store.Day(begins); !day.Equal(begins) || !member && whose[0] != counterGuild[0] {
			return damaged("%s has the key %q", bucketUsage, k)
		}
		u, err := decodeCounter(v)
		if err == nil && (u.Dreams < 1 || u.Length < 0 || u.Cost < 0) {
			err = damaged("%s has a counter of %+v", bucketUsage, u)
		}
		return err
	})
}
