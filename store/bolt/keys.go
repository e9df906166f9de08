package bolt

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// An entry is a key in an index. It ends in the place of the job: its time and
// its id, which in bucketDone is the time of its end.
type entry struct{ bucket, key string }

// indexBuckets returns the names of all indexes.
func indexBuckets() []string {
	return []string{bucketOpen, bucketDue, bucketMessage, bucketRemote, bucketMember, bucketChannel, bucketDone, bucketStory, bucketReaction}
}

// timeSize is the size of a time in a key: seconds and nanoseconds apart, as
// together they fit 64 bits for a part of all times only.
const timeSize = 8 + 4

// farthest sorts behind every place: no time has so many nanoseconds.
const farthest = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

func appendPart(key []byte, part string) []byte {
	key = binary.AppendUvarint(key, uint64(len(part)))
	return append(key, part...)
}

// cutPart returns what follows a part that others follow.
func cutPart(key []byte) (rest []byte, ok bool) {
	size, n := binary.Uvarint(key)
	if n <= 0 || size > uint64(len(key)-n) {
		return nil, false
	}
	return key[n+int(size):], true
}

// appendTime keeps the order of times, before 1970 too.
func appendTime(key []byte, t time.Time) []byte {
	key = binary.BigEndian.AppendUint64(key, uint64(t.Unix())^(1<<63))
	return binary.BigEndian.AppendUint32(key, uint32(t.Nanosecond()))
}

func place(j store.Job) string {
	return string(append(appendTime(nil, j.CreatedAt), j.ID...))
}

// doneEntry returns the entry of a job in the index of those that may be pruned,
// and whether it has one. A final job that has no end counts from its creation.
func doneEntry(j store.Job) (entry, bool) {
	end := j.FinishedAt
	if end.IsZero() {
		end = j.CreatedAt
	}
	return entry{bucketDone, string(append(appendTime(nil, end), j.ID...))}, j.State.Final() && !j.Due()
}

// remoteEntry returns the entry of a job in the index of Luma's ids, and whether it
// belongs there.
func remoteEntry(j store.Job) (entry, bool) {
	return entry{bucketRemote, remotePrefix(j.Remote) + place(j)}, j.Remote != ""
}

// idOf returns the id at the end of an index key whose prefix is as long as
// given.
func idOf(key []byte, prefix int) (string, error) {
	if len(key) <= prefix+timeSize {
		return "", fmt.Errorf("index key %q is damaged", key)
	}
	return string(key[prefix+timeSize:]), nil
}

func messagePrefix(message string) string { return string(appendPart(nil, message)) }

func remotePrefix(remote string) string { return string(appendPart(nil, remote)) }

func memberPrefix(member, guild string) string {
	return string(appendPart(appendPart(nil, member), guild))
}

func channelPrefix(channel string) string { return string(appendPart(nil, channel)) }

func storyPrefix(root string) string { return string(appendPart(nil, root)) }

func reactionPrefix(parent string) string { return string(appendPart(nil, parent)) }

func measureKey(m store.Measure) []byte {
	key := appendPart(nil, string(m.Kind))
	key = appendPart(key, m.Model)
	key = appendPart(key, m.Resolution)
	return binary.BigEndian.AppendUint64(key, uint64(m.Duration))
}

// entries returns all entries of a job: the one place that says which job is in
// which index.
func entries(j store.Job) []entry {
	at := place(j)
	list := []entry{
		{bucketMember, memberPrefix(j.Member, j.Guild) + at},
		{bucketChannel, channelPrefix(j.Channel) + at},
		{bucketStory, storyPrefix(j.Root) + at},
	}
	if j.Reaction {
		list = append(list, entry{bucketReaction, reactionPrefix(j.Parent) + at})
	}
	if !j.State.Final() {
		list = append(list, entry{bucketOpen, at})
	}
	if j.Due() {
		list = append(list, entry{bucketDue, at})
	}
	if j.Message != "" {
		list = append(list, entry{bucketMessage, messagePrefix(j.Message) + at})
	}
	if remote, ok := remoteEntry(j); ok {
		list = append(list, remote)
	}
	if done, ok := doneEntry(j); ok {
		list = append(list, done)
	}
	return list
}

// index moves the entries of a job from what it was, nil for a new one, to what
// it is, nil for one that is deleted.
func index(tx *bbolt.Tx, before, after *store.Job) error {
	var old, now []entry
	if before != nil {
		old = entries(*before)
	}
	if after != nil {
		now = entries(*after)
	}
	for _, e := range old {
		if slices.Contains(now, e) {
			continue
		}
		if err := tx.Bucket([]byte(e.bucket)).Delete([]byte(e.key)); err != nil {
			return fmt.Errorf("%s: %w", e.bucket, err)
		}
	}
	for _, e := range now {
		if slices.Contains(old, e) {
			continue
		}
		if err := tx.Bucket([]byte(e.bucket)).Put([]byte(e.key), nil); err != nil {
			return fmt.Errorf("%s: %w", e.bucket, err)
		}
	}
	return nil
}

// newestBefore returns the greatest key that is less than the limit; nil: none.
func newestBefore(c *bbolt.Cursor, limit string) []byte {
	k, _ := c.Seek([]byte(limit))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	return k
}

// cursorOf returns the cursor of the page that goes on behind the key: the
// place in it, without the prefix.
func cursorOf(key []byte, prefix int) string {
	return base64.RawURLEncoding.EncodeToString(key[prefix:])
}

// placeOf returns the place that a cursor holds, or store.ErrQuery. The empty
// cursor is before the newest job.
func placeOf(cursor string) (string, error) {
	if cursor == "" {
		return farthest, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) <= timeSize || len(b) > bbolt.MaxKeySize ||
		strings.ContainsAny(cursor, "\r\n") || // which base64 skips
		binary.BigEndian.Uint32(b[8:]) >= uint32(time.Second) {
		return "", fmt.Errorf("cursor %q: %w", cursor, store.ErrQuery)
	}
	return string(b), nil
}
