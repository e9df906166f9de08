package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"dreambot/internal/community"
	"dreambot/store"
)

// The bits of a vote.
const (
	onResult byte = 1 << iota
	onPost
)

func bitOf(p community.Place) (byte, error) {
	switch p {
	case community.PlaceResult:
		return onResult, nil
	case community.PlacePost:
		return onPost, nil
	}
	return 0, fmt.Errorf("%q is no place of votes", p)
}

// Vote implements community.Store.
func (c *Community) Vote(ctx context.Context, v community.Vote, given bool) (int, error) {
	votes := 0
	bit, err := bitOf(v.Place)
	if err == nil {
		err = validIDs(v.Guild, v.Prompt, v.Member)
	}
	if err == nil {
		err = c.s.write(ctx, func(tx *bbolt.Tx) (write func() error, err error) {
			places := placesOf(tx, v.Guild, v.Prompt, v.Member)
			next := places &^ bit
			if given {
				next |= bit
			}
			votes, write, err = c.setVotes(tx, v.Guild, v.Prompt, []voting{{v.Member, places, next}})
			return write, err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("vote for prompt %q: %w", v.Prompt, err)
	}
	return votes, nil
}

// SetVotes implements community.Store.
func (c *Community) SetVotes(ctx context.Context, guild, prompt string, at community.Place, members []string) (int, error) {
	votes := 0
	bit, err := bitOf(at)
	if err == nil {
		err = validIDs(append([]string{guild, prompt}, members...)...)
	}
	if err == nil {
		err = c.s.write(ctx, func(tx *bbolt.Tx) (write func() error, err error) {
			votes, write, err = c.setVotes(tx, guild, prompt, recount(tx, guild, prompt, bit, members))
			return write, err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("set the votes for prompt %q: %w", prompt, err)
	}
	return votes, nil
}

// voting is a member whose vote changes: where it stood, and where it stands.
type voting struct {
	member       string
	before, next byte
}

// recount returns what changes where members are the only ones at a place.
func recount(tx *bbolt.Tx, guild, prompt string, bit byte, members []string) []voting {
	want := make(map[string]bool, len(members))
	for _, m := range members {
		want[m] = true
	}
	var list []voting
	eachVote(tx, guild, prompt, func(member string, places byte) {
		next := places &^ bit
		if want[member] {
			next |= bit
		}
		list = append(list, voting{member, places, next})
		delete(want, member)
	})
	for _, m := range members {
		if want[m] {
			list = append(list, voting{m, 0, bit})
			delete(want, m)
		}
	}
	return list
}

// setVotes returns how many votes a prompt has after changes, and what writes them;
// nil where nothing changes.
func (c *Community) setVotes(tx *bbolt.Tx, guild, id string, list []voting) (votes int, write func() error, err error) {
	p, err := voted(tx, guild, id)
	if err != nil {
		return 0, nil, err
	}
	if p != nil {
		votes = p.Votes
	} else {
		votes = countVotes(tx, guild, id)
	}
	changed, more := false, 0
	for _, v := range list {
		changed = changed || v.before != v.next
		if v.before == 0 && v.next != 0 {
			more++
		}
		if v.before != 0 && v.next == 0 {
			more--
		}
	}
	if !changed {
		return votes, nil, nil
	}
	if more > 0 {
		if err := c.s.room(tx); err != nil {
			return 0, nil, err
		}
	}
	votes += more
	return votes, func() error {
		for _, v := range list {
			if err := putVote(tx, guild, id, v); err != nil {
				return err
			}
		}
		return revote(tx, p, votes)
	}, nil
}

// voted returns the prompt that a vote is for; nil: it is not shared. ErrNotFound
// where it is another server's.
func voted(tx *bbolt.Tx, guild, id string) (*shared, error) {
	record := tx.Bucket([]byte(bucketPrompts)).Get([]byte(id))
	if record == nil {
		return nil, nil
	}
	p, err := decodeShared(id, record)
	if err == nil && p.Guild != guild {
		err = community.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// revote writes how many votes a prompt has; nil: it is not shared.
func revote(tx *bbolt.Tx, p *shared, votes int) error {
	if p == nil || p.Votes == votes {
		return nil
	}
	next := *p
	next.Votes = votes
	after, record, err := encodeShared(next)
	if err != nil {
		return err
	}
	return putShared(tx, p, after, record)
}

// putVote writes what has changed of a member's vote.
func putVote(tx *bbolt.Tx, guild, prompt string, v voting) error {
	vote, voter := []byte(keyOf(guild, prompt)+v.member), []byte(keyOf(v.member, guild)+prompt)
	votes, voters := tx.Bucket([]byte(bucketVotes)), tx.Bucket([]byte(bucketVoters))
	switch {
	case v.before == v.next:
		return nil
	case v.next == 0:
		if err := votes.Delete(vote); err != nil {
			return err
		}
		return voters.Delete(voter)
	case v.before == 0:
		if err := voters.Put(voter, []byte{}); err != nil {
			return err
		}
	}
	return votes.Put(vote, []byte{v.next})
}

// placesOf returns where a member's vote stands.
func placesOf(tx *bbolt.Tx, guild, prompt, member string) byte {
	if v := tx.Bucket([]byte(bucketVotes)).Get([]byte(keyOf(guild, prompt) + member)); len(v) == 1 {
		return v[0]
	}
	return 0
}

// eachVote calls each with every vote for a prompt.
func eachVote(tx *bbolt.Tx, guild, prompt string, each func(member string, places byte)) {
	prefix := []byte(keyOf(guild, prompt))
	c := tx.Bucket([]byte(bucketVotes)).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if len(v) == 1 {
			each(string(k[len(prefix):]), v[0])
		}
	}
}

func countVotes(tx *bbolt.Tx, guild, prompt string) int {
	n := 0
	eachVote(tx, guild, prompt, func(string, byte) { n++ })
	return n
}

// deleteVotes deletes all votes for a prompt.
func deleteVotes(tx *bbolt.Tx, guild, prompt string) error {
	var list []voting
	eachVote(tx, guild, prompt, func(member string, places byte) { list = append(list, voting{member, places, 0}) })
	for _, v := range list {
		if err := putVote(tx, guild, prompt, v); err != nil {
			return err
		}
	}
	return nil
}

// forgetVotes deletes the votes for the result of a job that is deleted, unless it
// is shared: what is shared outlasts its job.
func forgetVotes(tx *bbolt.Tx, j store.Job) error {
	if j.Guild == "" || tx.Bucket([]byte(bucketPrompts)).Get([]byte(j.ID)) != nil {
		return nil
	}
	return deleteVotes(tx, j.Guild, j.ID)
}
