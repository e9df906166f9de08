package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
)

// The names of the buckets of what members share, which version 4 has brought.
const (
	bucketSettings = "settings"
	bucketPrompts  = "prompts"
	bucketFresh    = "fresh"
	bucketBest     = "best"
	bucketAuthor   = "author"
	bucketPosts    = "posts"
	bucketDuePosts = "dueposts"
	bucketVotes    = "votes"
	bucketVoters   = "voters"
	bucketContests = "contests"
	bucketCurrent  = "current"
	bucketEntries  = "entries"
	bucketTerms    = "terms"
	bucketSums     = "sums"
	bucketMarks    = "marks"
)

// communityBuckets returns the names of the buckets of what members share.
func communityBuckets() []string {
	return []string{bucketSettings, bucketPrompts, bucketFresh, bucketBest, bucketAuthor, bucketPosts,
		bucketDuePosts, bucketVotes, bucketVoters, bucketContests, bucketCurrent, bucketEntries, bucketTerms,
		bucketSums, bucketMarks}
}

// Community is the community.Store in the file of a Store, and shares its
// transactions. What is new gives store.ErrNoSpace where Create would; what is
// there can be changed and taken away.
//
// Its buckets, with what their keys are made of and what the values are:
//
//	settings  guild → JSON of the server's settings
//	prompts   id → JSON of the prompt, with its seq and the number of its words
//	fresh     guild, seq → votes, words, time, id; prompts that are not withdrawn
//	best      guild, votes falling, seq falling → id; likewise
//	author    member, guild, seq, id → "s", or "w" where it is withdrawn
//	posts     message → id; of posts that stand
//	dueposts  id → nothing; prompts for which Due holds
//	votes     guild, job, member → the places of the vote, a bit each
//	voters    member, guild, job → nothing
//	contests  id → JSON of the contest
//	current   guild, id → nothing; contests that are not closed
//	entries   contest, votes falling, seq → id; prompts that are not withdrawn
//	terms     guild, term, seq → the postings of that seq and of those after it
//	sums      guild → how many prompts fresh has, and words in them
//	marks     member → nothing; those who are to be forgotten
//
// A seq is when a prompt was shared, in milliseconds, or the next one that no other
// prompt of the server has. Terms are those of words.Terms.
type Community struct{ s *Store }

var _ community.Store = (*Community)(nil)

// Community returns what members share, in the same file.
func (s *Store) Community() *Community { return &Community{s: s} }

// Settings implements community.Store.
func (c *Community) Settings(ctx context.Context, guild string) (community.Settings, error) {
	var settings community.Settings
	err := c.s.view(ctx, func(tx *bbolt.Tx) (err error) {
		settings, _, err = getSettings(tx, guild)
		return err
	})
	return settings, err
}

// SetSettings implements community.Store.
func (c *Community) SetSettings(ctx context.Context, guild string, change func(*community.Settings) error) (community.Settings, error) {
	if err := validIDs(guild); err != nil {
		return community.Settings{}, fmt.Errorf("set the settings: %w", err)
	}
	var after community.Settings
	err := c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		next, old, err := getSettings(tx, guild)
		if err != nil {
			return nil, err
		}
		if err := changing("settings of server", guild, change)(&next); err != nil {
			return nil, err
		}
		next.Changed = next.Changed.UTC()
		record, err := json.Marshal(next)
		if err != nil {
			return nil, fmt.Errorf("encode the settings of server %q: %w", guild, err)
		}
		after = community.Settings{}
		if err := json.Unmarshal(record, &after); err != nil {
			return nil, err
		}
		if bytes.Equal(record, old) {
			return nil, nil
		}
		if old == nil {
			if err := c.s.room(tx); err != nil {
				return nil, err
			}
		}
		return func() error { return tx.Bucket([]byte(bucketSettings)).Put([]byte(guild), record) }, nil
	})
	if err != nil {
		return community.Settings{}, err
	}
	return after, nil
}

func getSettings(tx *bbolt.Tx, guild string) (community.Settings, []byte, error) {
	var settings community.Settings
	record := tx.Bucket([]byte(bucketSettings)).Get([]byte(guild))
	if record == nil {
		return settings, nil, nil
	}
	if err := json.Unmarshal(record, &settings); err != nil {
		return community.Settings{}, nil, fmt.Errorf("record of the settings of server %q is damaged: %w", guild, err)
	}
	return settings, record, nil
}

// Mark implements community.Store.
func (c *Community) Mark(ctx context.Context, member string) error {
	if err := validIDs(member); err != nil {
		return fmt.Errorf("mark a member: %w", err)
	}
	return c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		b := tx.Bucket([]byte(bucketMarks))
		if b.Get([]byte(member)) != nil {
			return nil, nil
		}
		return func() error { return b.Put([]byte(member), []byte{}) }, nil
	})
}

// Marked implements community.Store.
func (c *Community) Marked(ctx context.Context) ([]string, error) {
	var list []string
	err := c.s.view(ctx, func(tx *bbolt.Tx) error {
		list = nil
		return tx.Bucket([]byte(bucketMarks)).ForEach(func(k, _ []byte) error {
			list = append(list, string(k))
			return nil
		})
	})
	return list, err
}

// Unmark implements community.Store.
func (c *Community) Unmark(ctx context.Context, member string) error {
	return c.s.write(ctx, func(tx *bbolt.Tx) (func() error, error) {
		b := tx.Bucket([]byte(bucketMarks))
		if b.Get([]byte(member)) == nil {
			return nil, nil
		}
		return func() error { return b.Delete([]byte(member)) }, nil
	})
}

var errInvalid = errors.New("an id is empty or not valid UTF-8")

// validIDs checks ids that become keys. JSON would replace what is not UTF-8, and so
// make one id of two.
func validIDs(ids ...string) error {
	for _, id := range ids {
		if id == "" || !utf8.ValidString(id) {
			return fmt.Errorf("%q: %w", id, errInvalid)
		}
	}
	return nil
}

// changing returns change with its panics turned into errors, as recovering does.
func changing[T any](what, id string, change func(*T) error) func(*T) error {
	return func(v *T) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("change of %s %q panicked: %v", what, id, p)
			}
		}()
		return change(v)
	}
}

// A pair is a key in an index of what is shared, and what it leads to.
type pair struct{ bucket, key, value string }

// reindex moves from pairs to others.
func reindex(tx *bbolt.Tx, old, now []pair) error {
	for _, p := range old {
		same := func(n pair) bool { return n.bucket == p.bucket && n.key == p.key }
		if slices.ContainsFunc(now, same) {
			continue
		}
		if err := tx.Bucket([]byte(p.bucket)).Delete([]byte(p.key)); err != nil {
			return fmt.Errorf("%s: %w", p.bucket, err)
		}
	}
	for _, p := range now {
		if slices.Contains(old, p) {
			continue
		}
		if err := tx.Bucket([]byte(p.bucket)).Put([]byte(p.key), []byte(p.value)); err != nil {
			return fmt.Errorf("%s: %w", p.bucket, err)
		}
	}
	return nil
}

// keyOf returns a key made of parts, each of which begins with its length.
func keyOf(parts ...string) string {
	var key []byte
	for _, p := range parts {
		key = appendPart(key, p)
	}
	return string(key)
}

// partOf returns the part that a key begins with, and the rest of the key.
func partOf(key []byte) (part string, rest []byte, err error) {
	size, n := binary.Uvarint(key)
	if n <= 0 || size > uint64(len(key)-n) {
		return "", nil, fmt.Errorf("index key %q is damaged", key)
	}
	return string(key[n : n+int(size)]), key[n+int(size):], nil
}

// seqSize is the size of a seq in a key.
const seqSize = 8

func appendSeq(key []byte, seq uint64) []byte { return binary.BigEndian.AppendUint64(key, seq) }

// seqOf returns the seq that ends a key whose prefix is as long as given.
func seqOf(key []byte, prefix int) (uint64, error) {
	if len(key) != prefix+seqSize {
		return 0, fmt.Errorf("index key %q is damaged", key)
	}
	return binary.BigEndian.Uint64(key[prefix:]), nil
}

// timeOf reads a time that appendTime has written.
func timeOf(b []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(b)^(1<<63)), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}
