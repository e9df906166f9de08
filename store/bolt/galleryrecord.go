package bolt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/store"
)

// shared is a prompt as it is stored.
type shared struct {
	community.Prompt
	Seq   uint64 `json:"seq"`
	Words int    `json:"words"` // of its text
}

// listed reports whether a prompt is in the lists. nil: there is none.
func (p *shared) listed() bool { return p != nil && !p.Withdrawn }

// kept reports whether a prompt must stay, though it is withdrawn, as its post may
// stand yet.
func (p *shared) kept() bool {
	return !p.Withdrawn || p.Post.State == community.PostDue || p.Post.State == community.PostMade
}

// The values of the author index.
const (
	authorShared    = "s"
	authorWithdrawn = "w"
)

// pairs returns what leads to a prompt: the one place that says which prompt is in
// which index, terms and sums aside. Those that nobody owns are in no list of
// anybody.
func (p *shared) pairs() []pair {
	if p == nil {
		return nil
	}
	var list []pair
	if p.Author != store.Nobody {
		state := authorShared
		if p.Withdrawn {
			state = authorWithdrawn
		}
		list = append(list, pair{bucketAuthor, string(appendSeq([]byte(keyOf(p.Author, p.Guild)), p.Seq)) + p.ID, state})
	}
	if p.Due() {
		list = append(list, pair{bucketDuePosts, p.ID, ""})
	}
	if !p.listed() {
		return list
	}
	list = append(list,
		pair{bucketFresh, freshKey(p.Guild, p.Seq), freshValue(p)},
		pair{bucketBest, votesKey(p.Guild, p.Votes, ^p.Seq), p.ID})
	if p.Contest != "" {
		list = append(list, pair{bucketEntries, votesKey(p.Contest, p.Votes, p.Seq), p.ID})
	}
	if at := p.Post.Spot(); !at.IsZero() {
		list = append(list, pair{bucketPosts, at.Message, p.ID})
	}
	return list
}

func freshKey(guild string, seq uint64) string {
	return string(appendSeq([]byte(keyOf(guild)), seq))
}

// votesKey sorts by votes, the most first, and then by seq.
func votesKey(of string, votes int, seq uint64) string {
	key := binary.BigEndian.AppendUint32([]byte(keyOf(of)), math.MaxUint32-uint32(votes))
	return string(appendSeq(key, seq))
}

// fresh is what the index of that name says of a prompt.
type fresh struct {
	votes, words uint32
	at           time.Time
	id           string
}

func freshValue(p *shared) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(p.Votes))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Words))
	return string(append(appendTime(b, p.SharedAt), p.ID...))
}

func freshOf(value []byte) (fresh, error) {
	if len(value) <= 8+timeSize {
		return fresh{}, fmt.Errorf("value %q of %s is damaged", value, bucketFresh)
	}
	return fresh{votes: binary.BigEndian.Uint32(value), words: binary.BigEndian.Uint32(value[4:]),
		at: timeOf(value[8:]), id: string(value[8+timeSize:])}, nil
}

// encodeShared returns a prompt as a later reading returns it, and its record.
func encodeShared(p shared) (*shared, []byte, error) {
	if !p.Post.Spot().IsZero() {
		if err := validIDs(p.Post.Message); err != nil {
			return nil, nil, err
		}
	}
	p.SharedAt, p.Post.TriedAt = p.SharedAt.UTC(), p.Post.TriedAt.UTC() // as in encode
	record, err := json.Marshal(p)
	if err != nil {
		return nil, nil, fmt.Errorf("encode prompt %q: %w", p.ID, err)
	}
	after, err := decodeShared(p.ID, record)
	return &after, record, err
}

// decodeShared returns the prompt of a record that was found under an id.
func decodeShared(id string, record []byte) (shared, error) {
	var p shared
	if err := json.Unmarshal(record, &p); err != nil {
		return shared{}, fmt.Errorf("record of prompt %q is damaged: %w", id, err)
	}
	switch {
	case p.ID != id:
		return shared{}, fmt.Errorf("record of prompt %q is damaged: it holds prompt %q", id, p.ID)
	case p.Guild == "", p.Author == "", p.SharedAt.IsZero(), p.Seq == 0, p.Votes < 0:
		return shared{}, fmt.Errorf("record of prompt %q is damaged: it lacks the server, author, time or place", id)
	}
	return p, nil
}

// getShared returns a prompt and its record, withdrawn or not.
func getShared(tx *bbolt.Tx, id string) (shared, []byte, error) {
	record := tx.Bucket([]byte(bucketPrompts)).Get([]byte(id))
	if record == nil {
		return shared{}, nil, fmt.Errorf("prompt %q: %w", id, community.ErrNotFound)
	}
	p, err := decodeShared(id, record)
	return p, record, err
}

// getListed returns a prompt that is not withdrawn.
func getListed(tx *bbolt.Tx, id string) (shared, error) {
	p, _, err := getShared(tx, id)
	if err == nil && p.Withdrawn {
		return shared{}, fmt.Errorf("prompt %q: %w", id, community.ErrNotFound)
	}
	return p, err
}
